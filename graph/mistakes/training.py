"""Mistakes in how a network is trained, and on what."""

from __future__ import annotations

from collections.abc import Iterator

from graph.advice import Reading, mistake
from graph.catalogue import CATALOGUE
from graph.document import Port
from graph.problems import Problem
from graph.settings import Settings

HIGHEST = {"adam": 0.3, "adamw": 0.3, "rmsprop": 0.3, "sgd": 100.0}  # above these no known network learns
LOWEST = 1e-7
USUAL = {"adam": 0.001, "adamw": 0.001, "rmsprop": 0.001, "sgd": 0.1}


@mistake
def batch_norm_of_one(reading: Reading) -> Iterator[Problem]:
    if reading.document.settings.get("batch_size") != 1:
        return
    for key, _ in reading.nodes("batch_norm"):
        yield reading.finding(key, "It compares the examples of a batch with one another, and a batch holds only one: "
                              "take larger batches, or a layer or group norm.",
                              reading.setting("batch_size", Settings.batch_size, Settings.batch_size))  # fmt: skip


@mistake
def absurd_learning_rate(reading: Reading) -> Iterator[Problem]:
    for key, _ in reading.kind("objective"):
        optimizer, rate = reading.value(key, "optimizer"), reading.value(key, "learning_rate")
        if optimizer not in HIGHEST or not isinstance(rate, int | float) or LOWEST <= rate <= HIGHEST[optimizer]:
            continue
        words = "so large that the weights jump about" if rate > LOWEST else "so small that hardly anything moves"
        yield reading.finding(key, f"A learning rate of {rate:g} is {words}. {USUAL[optimizer]:g} is usual for "
                              f"{optimizer}.", reading.set(key, "learning_rate", USUAL[optimizer]))  # fmt: skip


@mistake
def curvature_of_small_batches(reading: Reading) -> Iterator[Problem]:
    if reading.document.settings.get("batch_size", Settings.batch_size) == 0:
        return
    for key, _ in reading.kind("objective"):
        if reading.value(key, "optimizer") == "lbfgs":
            yield reading.finding(key, "L-BFGS learns the curvature from one step to the next, which small batches "
                                  "change every time: give it all examples at once (batch size 0).",
                                  reading.setting("batch_size", 0, Settings.batch_size))  # fmt: skip


@mistake
def nothing_kept_aside(reading: Reading) -> Iterator[Problem]:
    """Without examples that are not trained on nobody sees whether a network learns or memorises."""
    targets = {port for key, _ in reading.kind("loss") if (port := reading.inputs.get(key, {}).get("target"))}
    judged = {port.owner for port in targets if (spec := reading.specs.get(port)) and spec.meaning == "classes"}
    for key, node in reading.kind("source"):
        shares = [CATALOGUE[node.type].parameter(name) for name in ("validation", "test")]
        if key in judged and all(shares) and not reading.value(key, "validation") and not reading.value(key, "test"):
            yield reading.finding(key, "All examples are trained on and none are kept aside, so nothing shows whether "
                                  "it learns or only memorises.", reading.set(key, "validation", 0.1))  # fmt: skip


@mistake
def unscaled_pictures(reading: Reading) -> Iterator[Problem]:
    for key, _ in reading.nodes("data"):
        if reading.value(key, "scaling") != "none":
            continue
        used = [port for port in reading.users if port.owner == key]
        if any((spec := reading.specs.get(port)) and spec.meaning == "image" for port in used):
            yield reading.finding(key, "Its pictures come unscaled, mostly from 0 to 255; networks learn best from "
                                  "numbers around 0 and 1.", reading.set(key, "scaling", "0 to 1"))  # fmt: skip


@mistake
def only_answers_used(reading: Reading) -> Iterator[Problem]:
    """Data whose answers are wired and whose examples are not."""
    for key, node in reading.kind("source"):
        outputs = {port for port in reading.specs if port.owner == key}
        used = {port for port in outputs if port in reading.users}
        answers = {port for port in outputs if reading.specs[port].meaning == "classes"}
        if node.type != "data" or not used or not used <= answers or outputs <= answers:
            continue
        names = ", ".join(f"“{port.port}”" for port in sorted(outputs - answers, key=_name))
        yield reading.finding(key, f"Only its answers are used: wire {names} to the first layer, or there is nothing "
                              "to tell the answers from.")  # fmt: skip


def _name(port: Port) -> str:
    return port.port
