"""What Qt needs of the system, asked before Qt is loaded: a missing library would end the program without a word."""

from __future__ import annotations

import ctypes
import os
import re
import sys
from collections.abc import Mapping

NEEDED = {
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libfontconfig.so.1": "libfontconfig1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
}
NEEDED_ON_X11 = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}


def has_display(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether a window can be opened, on screen or wherever QT_QPA_PLATFORM says."""
    if not sys.platform.startswith("linux"):
        return True
    return any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def missing(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The libraries that are not there: file name → Debian package."""
    if not sys.platform.startswith("linux"):
        return {}
    platform = environment.get("QT_QPA_PLATFORM", "")
    x11 = platform == "xcb" or (not platform and bool(environment.get("DISPLAY")))
    wanted = NEEDED | NEEDED_ON_X11 if x11 else NEEDED
    return {library: package for library, package in wanted.items() if not _loads(library)}


def named_in(error: ImportError) -> str:
    """The library that the system's loader did not find for Qt, or "" where the import failed for another reason."""
    found = re.match(r"(lib\S+\.so\S*): cannot open shared object file", str(error))
    return found[1] if found else ""


def sentence(lacking: Mapping[str, str]) -> str:
    """What is missing and the line that installs it: the packages given, or all of Qt where one is not known."""
    named = lacking.values() if all(lacking.values()) else NEEDED.values()
    return (
        f"The window needs system libraries that are not installed ({', '.join(lacking)}). On Debian or Ubuntu, "
        f"this installs them: apt-get install --no-install-recommends {' '.join(dict.fromkeys(named))}"
    )


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    print(*dict.fromkeys(missing().values()))
