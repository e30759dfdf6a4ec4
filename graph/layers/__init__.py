"""The node types: one short annotated function each, one file a family. A file dropped here is found by itself.

``NETLOOM_PLUGINS`` names a folder of further families, the user's own; ``LEFT_OUT`` says which of them did not load.
"""

import importlib
import os
import pkgutil
from pathlib import Path

from graph.catalogue import CATALOGUE as CATALOGUE
from graph.catalogue import load_plugins

for _family in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_family.name}")

_plugins = os.environ.get("NETLOOM_PLUGINS", "")
LEFT_OUT = load_plugins(Path(_plugins)) if _plugins else []
