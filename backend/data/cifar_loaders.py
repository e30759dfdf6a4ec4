"""The source texts with which an exported script reads CIFAR."""

FOLDER = '''\
def contents() -> list[bytes]:
    """The files with training pictures."""
    return [(PLACE / name).read_bytes() for name in NAMES]
'''
ARCHIVE = '''\
def contents() -> list[bytes]:
    """The files with training pictures, read from the archive without unpacking it onto the disk."""
    found = {}
    with tarfile.open(PLACE) as archive:
        for member in archive:
            if (name := member.name.rpartition("/")[2]) in NAMES and member.isfile():
                found[name] = archive.extractfile(member).read()
    return [found[name] for name in NAMES]
'''
_END = '''

def load_data() -> dict[str, torch.Tensor]:
    """The pictures, with values from 0 to 255, and the class of each."""
    batches = BATCHES
    images, labels = (np.concatenate(parts) for parts in zip(*batches))
    return {
        "image": torch.tensor(images, dtype=torch.float32),
        "label": torch.tensor(labels, dtype=torch.int64),
    }
'''
PICKLES = """\
import io
import pickle
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

PLACE = Path("")
NAMES = []
MODULES = ()


READERS


CONTENTS
""" + _END.replace("BATCHES", "[read_pickle(content) for content in contents()]")
BINARY = """\
import tarfile
from pathlib import Path

import numpy as np
import torch

PLACE = Path("")
NAMES = []


READERS


CONTENTS
""" + _END.replace("BATCHES", "[read_binary(content, MARKS) for content in contents()]")
SHEETS = """\
import io
import json
from pathlib import Path

import numpy as np
import torch

PLACE = Path("")
NAMES = []


READERS


CONTENTS
""" + _END.replace(
    "    batches = BATCHES",
    '    labels = json.loads((PLACE / LABELS).read_text(encoding="utf-8"))\n'
    "    batches = [read_sheet(content, labels[name]) for name, content in zip(NAMES, contents())]",
)
