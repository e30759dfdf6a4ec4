"""Write a run, or a design with its initial weights, as a file that needs no Netloom.

Each export is run in a fresh process and compared with the network before it counts."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from backend import terminal
from backend.export import FORMATS

if TYPE_CHECKING:
    from graph.document import Document

HELP = "write a run as PyTorch source, ONNX, PT2 or safetensors"
EXAMPLES = ("export RUN --format onnx --to digits.onnx", "export digits-cnn --format python --to digits/")


def declare(parser: argparse.ArgumentParser) -> None:
    formats = "; ".join(f"{format.name}: {format.about}" for format in FORMATS.values())
    parser.add_argument("what", metavar="RUN|DESIGN", help="the folder of a run, a file, or the name of a template")
    parser.add_argument("--format", required=True, choices=FORMATS, metavar="FORMAT", help=formats)
    part = parser.add_mutually_exclusive_group()
    part.add_argument("--output", metavar="NAME", default="", help="export this output only; all by default")
    part.add_argument("--network", metavar="NAME", default="", help="export this network of the design only")
    parser.add_argument("--to", metavar="PATH", required=True, help="where to write it; what is there is replaced")
    parser.add_argument("--json", action="store_true", help="answer with one JSON object on the last line")


def run(arguments: argparse.Namespace) -> int:
    from backend.export import export

    what = run_or_design(arguments.what)
    done = export(what, arguments.format, arguments.to, arguments.output, arguments.network)
    if arguments.json:
        terminal.answer({"format": done.format, "files": done.files, "note": done.note})
        return 0
    print("\n".join(done.files))
    terminal.tell(done.note)
    return 0


def run_or_design(text: str) -> Path | Document:
    """The folder of a run as it is given, anything else as a design. Raises FileProblem."""
    from graph.templates import find_design

    return Path(text) if Path(text).is_dir() else find_design(text)
