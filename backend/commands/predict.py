"""Ask a run about pictures, rows of tables (.csv) or arrays (.npy), prepared exactly as in its training."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from backend import terminal

if TYPE_CHECKING:
    from backend.predict import Prediction

HELP = "ask a run about files"
EXAMPLES = ("predict RUN --input seven.png", "predict RUN --input rows.csv more.npy --json")
LIKELIEST = 3  # classes to show
FEW = 16  # values to show


def declare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run_folder", metavar="RUN", help="the folder of a run")
    parser.add_argument("--input", metavar="FILE", nargs="+", required=True, action="extend", help="what to ask about")
    parser.add_argument("--output", metavar="NAME", default="", help="the output to ask; all by default")
    parser.add_argument("--device", metavar="DEVICE", default="auto", help="auto, cpu, cuda or cuda:1")
    parser.add_argument("--json", action="store_true", help="answer with one JSON object on the last line")


def run(arguments: argparse.Namespace) -> int:
    from backend.predict import as_json, predict

    found = predict(arguments.run_folder, arguments.input, arguments.output, arguments.device, terminal.tell)
    if arguments.json:
        terminal.answer({"run": arguments.run_folder, "predictions": [as_json(each) for each in found]})
        return 0
    several = len({each.output for each in found}) > 1
    counts = {each.file for each in found if each.row > 1}
    rows = []
    for each in found:
        place = f"{each.file}, {each.row}" if each.file in counts else each.file
        rows.append((place, *([each.output] if several else []), _words(each)))
    print(terminal.columns(rows))
    return 0


def _words(prediction: Prediction) -> str:
    if prediction.classes:
        return "   ".join(f"{name} {share:6.1%}" for name, share in prediction.classes[:LIKELIEST])
    values = prediction.values.flatten().tolist()
    if len(values) <= FEW:
        return "  ".join(map(terminal.number, values))
    shape = "×".join(map(str, prediction.values.shape))
    return f"{shape} values from {min(values):.4g} to {max(values):.4g} (all of them with --json)"
