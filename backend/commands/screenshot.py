"""Take a picture of the studio, with no display needed: of a template, a design or a run."""

from __future__ import annotations

import argparse
import re

HELP = "take a picture of the studio"
EXAMPLES = (
    "screenshot --template digits-cnn --to canvas.png",
    "screenshot --run RUN --panel plots --size 1600x900 --theme light --to plots.png",
)
LARGEST = 16384  # pixels; Qt draws no larger picture


def declare(parser: argparse.ArgumentParser) -> None:
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument("--template", metavar="NAME", help="show a template")
    shown.add_argument("--open", metavar="FILE", help="show a design")
    shown.add_argument("--run", metavar="RUN", dest="run_folder", help="show a run, with its curves")
    parser.add_argument("--panel", metavar="NAME", help="bring this panel to the front")
    parser.add_argument("--size", type=size, metavar="WxH", default=(1440, 900), help="pixels; 1440x900 by default")
    parser.add_argument("--theme", choices=("light", "dark"), default="dark", help="dark by default")
    parser.add_argument("--to", metavar="FILE.png", required=True, help="where to write it")


def size(text: str) -> tuple[int, int]:
    """``1440x900`` as two numbers."""
    found = re.fullmatch(r"(\d{1,5})[x×](\d{1,5})", text)
    width, height = (int(found[1]), int(found[2])) if found else (0, 0)
    if not (1 <= width <= LARGEST and 1 <= height <= LARGEST):
        raise argparse.ArgumentTypeError(f"a size is WIDTHxHEIGHT in pixels, such as 1440x900; got “{text}”.")
    return width, height


def run(arguments: argparse.Namespace) -> int:
    from backend.problems import TrainProblem

    raise TrainProblem("Pictures are taken of the studio: python main.py screenshot …")
