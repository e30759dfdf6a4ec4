"""The node types: one short annotated function each, one file a family. A file dropped here is found by itself."""

import importlib
import pkgutil

from graph.catalogue import CATALOGUE as CATALOGUE

for _family in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_family.name}")
