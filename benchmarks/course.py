"""Every template beside its bar, trained by the ordinary command line on real data; writes docs/results.md.

Run as ``python benchmarks/course.py [template]…`` with ``NETLOOM_DATA`` naming the folder of the data sets. Rows that
were not asked for keep what stands of them in the page. A row that misses its bar is listed as missing it.
"""

from __future__ import annotations

import os
import platform
import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from _measures import (
    CLASSICS,
    HOME,
    Bench,
    Measured,
    above_noise,
    asked_for,
    at_least,
    at_most,
    autoencoder,
    churn,
    coloured,
    committee,
    counting,
    depth,
    descent,
    dropout,
    exactly,
    filters,
    flowers,
    forecast,
    gates,
    painted,
    radial,
    ring,
    transfer,
    xor,
)

PAGE = HOME / "docs" / "results.md"


@dataclass(frozen=True)
class Row:
    """One template: its bar in words, and how it is measured."""

    template: str
    bar: str
    measure: Callable[[Bench], Measured]
    data: str = "built-in"


ROWS = (
    Row("xor-by-hand", "the table, exactly", at_most("loss", 0.0, "xor-by-hand")),
    Row("perceptron-gates", "4 of 4, 4 of 4, at most 3 of 4", gates),
    Row("xor", "4 of 4 for 19 of 20 seeds", xor),
    Row("backprop-by-hand", "loss 0.0000351 after 10,000 steps", at_most("loss", 3.515e-5, "backprop-by-hand")),
    Row(
        "logistic-digits", "accuracy ≥ 0.92", at_least("accuracy", 0.92, "logistic-digits", "--data", "mnist"), "MNIST"
    ),
    Row("descent-compared", "three runs", descent),
    Row("fashion-mlp-200", "accuracy ≥ 0.88", at_least("accuracy", 0.88, "fashion-mlp-200"), "Fashion-MNIST"),
    Row("fashion-mlp-300-100", "accuracy ≥ 0.885", at_least("accuracy", 0.885, "fashion-mlp-300-100"), "Fashion-MNIST"),
    Row("fashion-mlp-dropout", "loss gap at most half of that without", dropout, "Fashion-MNIST"),
    Row("telecom-churn", "AUC ≥ 0.835, accuracy ≥ 0.79", churn(0.835, 0.79, "telecom-churn"), "Telco churn"),
    Row("bank-churn", "AUC ≥ 0.84, accuracy ≥ 0.85", churn(0.84, 0.85, "bank-churn")),
    Row("rbf-network", "RMSE ≤ 0.12, accuracy ≥ 0.97", radial),
    Row("modular-network", "better than either expert", committee),
    Row("batch-norm-skip", "trains at 30 layers where plain does not", depth, "Fashion-MNIST"),
    Row("filters-by-hand", "the kernel is learned", filters),
    Row("digits-cnn", "accuracy ≥ 0.97", at_least("accuracy", 0.97, "digits-cnn")),
    Row("digits-cnn", "accuracy ≥ 0.99", at_least("accuracy", 0.99, "digits-cnn", "--data", "mnist"), "MNIST"),
    *(Row(name, f"{count:,} weights", exactly(count), "—") for name, count in CLASSICS.items()),
    Row("cifar10-cnn", "accuracy ≥ 0.48", at_least("accuracy", 0.48, "cifar10-cnn"), "CIFAR-10, 2000"),
    Row("flowers-cnn", "accuracy ≥ 0.55, above without", flowers, "flowers"),
    Row("transfer-digits", "accuracy ≥ 0.93, above from scratch", transfer, "MNIST"),
    Row("unet-shapes", "mean IoU ≥ 0.9", at_least("mean_iou", 0.9, "unet-shapes")),
    Row("elman-by-hand", "all numbers", at_most("loss", 1e-12, "elman-by-hand")),
    Row("jordan-by-hand", "all numbers", at_most("loss", 1e-12, "jordan-by-hand")),
    Row("lstm-by-hand", "all numbers", at_most("loss", 1e-12, "lstm-by-hand")),
    Row("counting-rnn", "LSTM and GRU solve it, RNN does not", counting),
    Row("forecast-lstm", "RMSE below seasonal-naive; below persistence", forecast, "passengers, temperatures"),
    Row("autoencoder-32", "BCE ≤ 0.100, error below PCA", autoencoder, "MNIST"),
    Row(
        "denoising-autoencoder",
        "5 dB above the noisy picture",
        above_noise("mended", "noisy", 5.0, "denoising-autoencoder"),
        "Fashion-MNIST",
    ),
    Row("colourise", "1 dB above grey", coloured, "flowers"),
    Row(
        "remove-watermark",
        "4 dB above the marked picture",
        above_noise("clean_psnr", "marked_psnr", 4.0, "remove-watermark"),
        "flowers",
    ),
    Row("vae", "negative ELBO ≤ 110 nats", at_most("loss", 110.0, "vae"), "MNIST"),
    Row("gan-2d", "8 modes, 80 % within 3 σ", ring),
    Row("dcgan", "every class ≥ 3 %, confidence ≥ 0.85", painted, "MNIST"),
    Row("cgan", "agreement ≥ 0.90", asked_for, "MNIST"),
)

HEAD = "| template | data | bar | measured | met | seconds | on |"


def line(row: Row, bench: Bench) -> str:
    """One row of the page, measured now."""
    started = time.perf_counter()
    try:
        words, met = row.measure(bench)
    except (RuntimeError, KeyError) as error:
        words, met = f"failed: {error}", False
    seconds = time.perf_counter() - started
    cells = [row.template, row.data, row.bar, words, "yes" if met else "**no**", f"{seconds:.0f}", f"{date.today()}"]
    return f"| {' | '.join(cells)} |"


def before() -> dict[tuple[str, str], str]:
    """The rows that stand in the page, by template and data."""
    text = PAGE.read_text("utf-8") if PAGE.exists() else ""
    rows = [re.split(r"\s*\|\s*", found.strip("| ")) for found in text.splitlines() if found.startswith("| ")]
    return {(cells[0], cells[1]): f"| {' | '.join(cells)} |" for cells in rows if cells[0] not in ("template", "---")}


def page(lines: dict[tuple[str, str], str]) -> str:
    import torch

    cores = os.cpu_count()
    machine = f"{cores} cores ({platform.machine()}), no GPU, PyTorch {torch.__version__}"
    rows = [lines[row.template, row.data] for row in ROWS if (row.template, row.data) in lines]
    missed = [text.split("|")[1].strip() for text in rows if "**no**" in text]
    summary = f"{len(rows) - len(missed)} of {len(rows)} rows meet their bar."
    told = f" These do not: {', '.join(missed)}." if missed else ""
    return "\n".join([
        "# Results", "",
        "Every template beside its bar, trained by `python main.py train` with its own settings. Seconds are those of "
        f"the whole row on {machine}. `python benchmarks/course.py` makes this page.", "",
        summary + told, "", HEAD, "| --- | --- | --- | --- | --- | --- | --- |", *rows, "",
    ])  # fmt: skip


def main() -> int:
    chosen, bench, lines = set(sys.argv[1:]), Bench(), before()
    known = {row.template for row in ROWS}
    if unknown := chosen - known:
        print(f"There is no row “{min(unknown)}”; there are {', '.join(sorted(known))}.", file=sys.stderr)
        return 2
    print(HEAD)
    for row in ROWS:
        if not chosen or row.template in chosen:
            lines[row.template, row.data] = line(row, bench)
            print(lines[row.template, row.data], flush=True)
            PAGE.write_text(page(lines), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
