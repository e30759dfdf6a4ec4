"""The door: no arguments open the studio, a subcommand works without a window."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import Namespace

QUICK_START = "digits-cnn"
MACHINE_FAILED = 3


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the arguments ask for and return the exit code."""
    import platformdirs

    from backend import cli

    # By the environment, so that every worker process finds the same node types.
    os.environ.setdefault("NETLOOM_PLUGINS", str(platformdirs.user_data_path("netloom", appauthor=False) / "plugins"))
    return cli.main(argv, studio=studio, screenshot=screenshot)


def studio(arguments: Namespace) -> int:
    """Open the window; on a machine without a display, say so and train the quick start instead."""
    from gui import libraries

    if not libraries.has_display():
        return without_display(arguments.open or arguments.template)
    return with_qt(lambda app: app.run(open=arguments.open, template=arguments.template))


def screenshot(arguments: Namespace) -> int:
    """Take a picture of the studio, which needs no display."""
    from gui import libraries

    if not libraries.has_display():
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    return with_qt(lambda app: app.screenshot(
        arguments.to, template=arguments.template, open=arguments.open, run=arguments.run_folder,
        panel=arguments.panel, size=arguments.size, theme=arguments.theme,
    ))  # fmt: skip


def with_qt(use: Callable[[ModuleType], int]) -> int:
    """Do something with ``gui.app``, or say what the system lacks for it."""
    from gui import libraries

    if lacking := libraries.missing():
        return refuse(libraries.sentence(lacking))
    try:
        from gui import app
    except ImportError as error:
        if library := libraries.named_in(error):
            return refuse(libraries.sentence({library: ""}))
        raise
    return use(app)


def without_display(design: str | None) -> int:
    """Train where no window can be opened: the design that was asked for, else the quick start."""
    from backend import cli

    name = design or QUICK_START
    print(f"There is no display to open the studio on, so “{name}” is trained here in the terminal.", file=sys.stderr)
    return cli.main(["train", name])


def refuse(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return MACHINE_FAILED


if __name__ == "__main__":
    sys.exit(main())
