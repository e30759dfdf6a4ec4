"""Draw new examples from a run that makes them of noise: a sheet of pictures, an animation, an array or a text."""

from __future__ import annotations

import argparse

HELP = "draw new examples from a run"
EXAMPLES = (
    "sample RUN --output image --count 64 --to sheet.png",
    "sample RUN --output digit --label 3 --label 8 --to digits.png",
    "sample RUN --output image --to training.gif",
)
MOST = 1_000_000


def declare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run_folder", metavar="RUN", help="the folder of a run")
    parser.add_argument("--output", metavar="NAME", required=True, help="the output to draw from")
    parser.add_argument("--count", type=_count, metavar="N", default=16, help="how many; 16 by default")
    parser.add_argument("--seed", type=_whole, metavar="N", help="fixes the noise; by default the run's seed")
    parser.add_argument(
        "--label", metavar="CLASS", action="append", default=[], dest="labels",
        help="draw only this class, by name or number, where the design draws by class; may be given several times",
    )  # fmt: skip
    parser.add_argument("--device", metavar="DEVICE", default="auto", help="auto, cpu, cuda or cuda:1")
    parser.add_argument(
        "--to", metavar="FILE", required=True,
        help="a .png, .txt or .npy to write; a .gif or .apng shows how the same noise looked throughout the training",
    )  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    from backend.loading import load_run
    from backend.questions.samples import WriteSamples
    from backend.samples import write

    model = load_run(arguments.run_folder, arguments.device)
    assert model.run is not None
    question = WriteSamples(arguments.output, arguments.count, arguments.seed, tuple(arguments.labels), to=arguments.to)
    write(model, model.run, question)
    print(arguments.to)
    return 0


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 12:
        raise argparse.ArgumentTypeError(f"a whole number from 0 on is needed; got “{text}”.")
    return int(text)


def _count(text: str) -> int:
    if not 1 <= _whole(text) <= MOST:
        raise argparse.ArgumentTypeError(f"a whole number from 1 to {MOST:,} is needed; got “{text}”.")
    return _whole(text)
