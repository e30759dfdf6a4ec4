"""Data sets: named fields, splits and preparation. A format is one file, found by itself; importing loads no torch."""

import importlib
import pkgutil

from backend.data.dataset import DataSet as DataSet
from backend.data.dataset import Staged as Staged
from backend.data.dataset import download as download
from backend.data.dataset import fields as fields
from backend.data.dataset import given as given
from backend.data.dataset import load as load
from backend.data.dataset import load_table as load_table
from backend.data.inputs import inputs_from_files as inputs_from_files
from backend.data.loaders import loader_source as loader_source
from backend.data.loaders import rows_source as rows_source
from backend.data.loaders import table_source as table_source
from backend.data.preparation import AnyPreparation as AnyPreparation
from backend.data.preparation import Preparation as Preparation
from backend.data.registry import MissingData as MissingData
from backend.data.tables_preparation import preparation_from as preparation_from

for _format in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_format.name}")
