"""Drawing new examples from a run that makes them of noise, and writing them as pictures, numbers or text."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from backend.evaluation import BATCH
from backend.export._subject import choose
from backend.loading import Model, load_run
from backend.predict import computed, drawn, reads
from backend.problems import INPUT, TrainProblem
from graph.disk import write_atomically
from graph.document import Port
from graph.plan import OutputPlan, outputs

ENLARGED = 128  # pixels that a side of a small picture is enlarged to at most, by whole factors
FRAME_MILLISECONDS = 200
BORDER = 2


def sample(run: str | Path, output: str, count: int, seed: int | None = None, device: str = "auto") -> np.ndarray:
    """New examples of an output, the examples first; pictures from 0 to 1. Raises TrainProblem with a sentence.

    seed: fixes the noise; None takes the run's
    """
    model = load_run(run, device)
    (plan,) = choose(outputs(model.document, model.root.specs), output)
    _check_drawn(plan, reads(model, plan), model)
    generator = torch.Generator(model.device).manual_seed(model.settings.seed if seed is None else seed)
    sizes = [min(BATCH, count - start) for start in range(0, count, BATCH)]
    values = torch.cat([computed(model, plan, drawn(model, size, generator)).cpu() for size in sizes]).float()
    found: np.ndarray = (_bright(values) if plan.kind == "image" else values).numpy()
    return found


def write(values: np.ndarray, to: str | Path) -> None:
    """Write examples in the format that a path's ending names. Raises TrainProblem for one that cannot hold them."""
    path = Path(to).expanduser()
    if path.suffix.lower() not in WRITERS:
        raise TrainProblem(f"“{to}” should end in {', '.join(WRITERS)}, which says how to write.", INPUT)
    encoded = WRITERS[path.suffix.lower()](values)
    path.absolute().parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path.absolute(), encoded)


def _check_drawn(plan: OutputPlan, ports: tuple[Port, ...], model: Model) -> None:
    fields = [port.port for port in ports if port.owner not in model.draws]
    if fields or not ports:
        reads = " and ".join(f"“{field}”" for field in fields) or "nothing"
        raise TrainProblem(f"“{plan.name}” is not made of noise (it reads {reads}), so there is nothing to draw: "
                           "ask it about files with python main.py predict.", INPUT)  # fmt: skip


def _bright(values: torch.Tensor) -> torch.Tensor:
    """Brightness from 0 to 1, for outputs from 0 to 1 and, as after tanh, from −1 to 1."""
    return ((values + 1) / 2 if bool((values < 0).any()) else values).clamp(0, 1)


def _png(values: np.ndarray) -> bytes:
    """The pictures side by side, about as many rows as columns."""
    pictures = _pictures(values)
    columns = math.ceil(math.sqrt(len(pictures)))
    width, height = pictures[0].width + BORDER, pictures[0].height + BORDER
    size = (columns * width + BORDER, math.ceil(len(pictures) / columns) * height + BORDER)
    sheet = Image.new(pictures[0].mode, size)
    for place, picture in enumerate(pictures):
        sheet.paste(picture, (place % columns * width + BORDER, place // columns * height + BORDER))
    return _encoded(sheet, "PNG")


def _gif(values: np.ndarray) -> bytes:
    """The pictures one after the other."""
    first, *others = _pictures(values)
    return _encoded(first, "GIF", save_all=True, append_images=others, duration=FRAME_MILLISECONDS, loop=0)


def _npy(values: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, values)
    return buffer.getvalue()


def _txt(values: np.ndarray) -> bytes:
    """A line for every example, its numbers separated by commas."""
    buffer = io.StringIO()
    np.savetxt(buffer, values.reshape(len(values), -1), "%.6g", ",")
    return buffer.getvalue().encode()


def _pictures(values: np.ndarray) -> list[Image.Image]:
    if values.ndim != 4 or values.shape[1] not in (1, 3):
        shape = "×".join(map(str, values.shape[1:])) or "one number"
        raise TrainProblem(f"Pictures have 1 or 3 channels, but an example of this output is {shape}: write it as .npy "
                           "or .txt.", INPUT)  # fmt: skip
    factor = max(1, ENLARGED // max(values.shape[2:]) // 2)
    pixels = (values * 255).round().clip(0, 255).astype(np.uint8).transpose(0, 2, 3, 1)
    pixels = pixels.repeat(factor, axis=1).repeat(factor, axis=2)
    return [Image.fromarray(each[:, :, 0] if each.shape[2] == 1 else each) for each in pixels]


def _encoded(picture: Image.Image, format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format, **options)
    return buffer.getvalue()


WRITERS: dict[str, Callable[[np.ndarray], bytes]] = {".png": _png, ".gif": _gif, ".txt": _txt, ".npy": _npy}
