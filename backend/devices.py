"""Where the numbers are crunched: finding, naming and checking the devices of this machine."""

from __future__ import annotations

import os
import platform
import re

import torch

from backend.problems import INPUT, MACHINE, TrainProblem


def devices() -> dict[str, str]:
    """The devices of this machine: the name a design asks for → words for people."""
    found = {"cpu": f"CPU ({platform.processor() or platform.machine()}, {torch.get_num_threads()} threads)"}
    for index in range(torch.cuda.device_count()):
        found[f"cuda:{index}"] = torch.cuda.get_device_name(index)
    return found


def resolve(name: str) -> torch.device:
    """The device for "auto", "cpu", "cuda" or "cuda:1"; raises TrainProblem where it is not to be had.

    "auto" is what ``NETLOOM_DEVICE`` names, else a graphics card where there is one.
    """
    if name == "auto":
        name = os.environ.get("NETLOOM_DEVICE") or ("cuda:0" if torch.cuda.is_available() else "cpu")
    if name == "cpu":
        return torch.device("cpu")
    wanted = re.fullmatch(r"cuda(?::(\d+))?", name)
    if not wanted:
        raise TrainProblem(f"A device is “auto”, “cpu”, “cuda” or one such as “cuda:1”; got “{name}”.", INPUT)
    index = int(wanted[1] or 0)
    count = torch.cuda.device_count()
    if index >= count:
        has = "no CUDA device" if count == 0 else f"only cuda:0 to cuda:{count - 1}" if count > 1 else "only cuda:0"
        raise TrainProblem(f"This machine has {has}, and “{name}” was asked for: choose “auto” or “cpu”.", MACHINE)
    _make_repeatable()
    return torch.device("cuda", index)


def _make_repeatable() -> None:
    """The same seed is to give the same numbers twice on one device, so the libraries may not pick by timing."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True


def memory_left(device: torch.device) -> int:
    """Bytes that can still be taken on a device; a guess of 4 GiB where the system does not say."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    try:
        with open("/proc/meminfo", encoding="ascii") as lines:
            return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration):
        return 4 << 30


def capacity(device: torch.device) -> int:
    """Bytes of memory that a device has in all; 0 where the system does not say."""
    if device.type == "cuda":
        return int(torch.cuda.get_device_properties(device).total_memory)
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 0


def wait_for(device: torch.device) -> None:
    """Return when everything that was asked of the device is done."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
