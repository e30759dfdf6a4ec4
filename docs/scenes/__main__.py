"""Takes the pictures of the documentation: ``python -m docs.scenes``, which renews those that docs/pictures holds.

Those with ``@2x`` in their names are for dense screens; more of either kind come with ``--only`` (and ``--scale 200``).
"""

from __future__ import annotations

import argparse
import io
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from docs.scenes import Scene, scenes

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

PICTURES: Final = Path(__file__).resolve().parent.parent / "pictures"
THEMES: Final = ("dark", "light")
SEEN: Final = 2.0  # of 255, the mean error from which on one sees that colours are missing
OWN: Final = {"XDG_CONFIG_HOME": "config", "XDG_CACHE_HOME": "cache", "XDG_DATA_HOME": "data",
              "XDG_STATE_HOME": "state", "NETLOOM_CACHE": "cache", "NETLOOM_PLUGINS": "plugins"}  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Take the pictures that are asked for; 1 where one cannot be taken, with a sentence on stderr."""
    asked = _parser().parse_args(arguments)
    every, code = scenes(), 0
    scale = asked.scale or 100
    if unknown := [name for name in asked.only if name not in every]:
        print(f"There is no scene “{unknown[0]}”; there are {', '.join(every)}.", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder, socket.socket() as silence:
        _begin(Path(folder), scale, silence)
        for scene, themes in _wanted(every, asked, scale):
            try:
                take(scene, themes, asked.to, scale)
            except (OSError, RuntimeError) as problem:
                print(f"{scene.name}: {problem}", file=sys.stderr)
                code = 1
    return max(code, 0 if asked.scale else _dense(asked))


def _dense(asked: argparse.Namespace) -> int:
    """Renew the pictures for dense screens too, in a process of its own: Qt takes its scale once, at the start."""
    if not _renews(asked):
        return 0
    theme = ["--theme", asked.theme] if asked.theme else []
    return subprocess.run([sys.executable, "-m", "docs.scenes", "--scale", "200", *theme], check=False).returncode


def _renews(asked: argparse.Namespace) -> bool:
    """Whether the pictures are meant that are there already."""
    return asked.to == PICTURES and not asked.only


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m docs.scenes", description=__doc__)
    parser.add_argument("--only", metavar="NAME", nargs="+", default=[], help="these scenes, also those that take long")
    parser.add_argument("--theme", choices=THEMES, help="one theme instead of both")
    parser.add_argument("--scale", type=int, choices=(100, 200), help="percent; 200 for dense screens")
    parser.add_argument("--to", metavar="FOLDER", type=Path, default=PICTURES,
                        help="every scene into a folder, instead of what docs/pictures holds")  # fmt: skip
    return parser


def _begin(folder: Path, scale: int, silence: socket.socket) -> None:
    """Start Qt with settings and caches that are nobody's, so that the pictures are the same everywhere.

    silence: takes every download and never answers, so that no picture depends on the network
    """
    for variable, name in OWN.items():
        os.environ[variable] = str(folder / name)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["QT_SCALE_FACTOR"] = str(scale / 100)
    silence.bind(("127.0.0.1", 0))
    silence.listen()
    os.environ["NETLOOM_MIRROR"] = f"http://127.0.0.1:{silence.getsockname()[1]}"
    from gui import app, mishaps

    app.application()
    mishaps.start_log()  # what Qt says of offscreen windows goes there


def _wanted(every: dict[str, Scene], asked: argparse.Namespace, scale: int) -> Iterator[tuple[Scene, list[str]]]:
    """The scenes to play, each with the themes to take it in."""
    renewed = _renews(asked)
    for scene in every.values():
        themes = [theme for theme in THEMES if asked.theme in (None, theme)]
        if renewed:
            themes = [theme for theme in themes if (PICTURES / file_name(scene.name, theme, scale)).exists()]
        if themes and (scene.name in asked.only if asked.only else renewed or not scene.long):
            yield scene, themes


def file_name(name: str, theme: str, scale: int = 100) -> str:
    """``studio-dark.png``, and with ``@2x`` for dense screens."""
    return f"{name}-{theme}{'@2x' if scale == 200 else ''}.png"


def take(scene: Scene, themes: Sequence[str], to: Path, scale: int = 100) -> None:
    """Play a scene and write a picture of it in every theme. Raises OSError or RuntimeError with a sentence."""
    from backend.data import known
    from docs.scenes._stage import Stage
    from gui import theme

    if missing := [name for name in scene.needs if not known.present(name)]:
        raise RuntimeError(f"It shows “{missing[0]}”, which is not on this machine: NETLOOM_DATA names its folder.")
    theme.set_theme(themes[0])
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        stage = Stage(Path(folder), scene.size)
        try:
            widget = scene.build(stage)
            for name in themes:
                theme.set_theme(name)
                stage.settle()
                path = to / file_name(scene.name, name, scale)
                to.mkdir(parents=True, exist_ok=True)
                path.write_bytes(png(widget))
                print(f"{path}  {path.stat().st_size // 1000} kB", flush=True)
        finally:
            stage.close()


def png(widget: QWidget) -> bytes:
    """A picture of a widget, in 256 colours where nobody sees the difference and else in all of them."""
    from PIL import Image, ImageChops, ImageStat
    from PySide6.QtGui import QImage

    grabbed = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    size = grabbed.width(), grabbed.height()
    picture = Image.frombytes("RGB", size, bytes(grabbed.constBits()), "raw", "RGB", grabbed.bytesPerLine())
    few = picture.quantize(256, dither=Image.Dither.NONE)
    away = ImageStat.Stat(ImageChops.difference(picture, few.convert("RGB"))).rms
    written = io.BytesIO()
    (few if max(away) < SEEN else picture).save(written, "PNG", optimize=True)
    return written.getvalue()


if __name__ == "__main__":
    sys.exit(main())
