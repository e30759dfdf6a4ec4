"""How much gradient flows along wires: one pass back from every objective's loss to the values on them."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from backend.gauges import Gauge, norms
from backend.loading import Model
from backend.probes import port_of
from backend.problems import INPUT, TrainProblem
from backend.questions.flow import Flow, Flowing
from backend.views import Subject, answers
from graph.compiler import upstream_of
from graph.document import Port
from graph.flat import flat_of
from graph.needs import owner_of
from graph.plan import ObjectivePlan, objectives

ENDED = 1 << 40  # an iteration after which every loss counts as much as it does in the end


@answers(Flow)
def flow(subject: Subject, question: Flow) -> Generator[None, None, Flowing]:
    model, largest = subject.model, dict[Port, tuple[float, str]]()
    asked = [port_of(model, *each) for each in question.ports]
    plans = objectives(model.document)
    if not plans:
        raise TrainProblem("There is no loss, so no gradient flows: put a loss node behind the network.", INPUT)
    refused = [port for port in asked if isinstance(port, str)]
    if refused and len(refused) == len(asked):
        raise TrainProblem(refused[0], INPUT)
    for plan in plans:
        ports = _with_gradients(model, plan, [port for port in asked if isinstance(port, Port)])
        measured = Gauge(model, plan, (), ports, ports).measure(subject.step or ENDED)
        there = [place for place, each in enumerate(measured.flows) if each is not None]
        lengths = norms(measured.flows, model.device).tolist()
        for place in there:
            before = largest.get(ports[place], (-1.0, ""))
            largest[ports[place]] = max(before, (lengths[place], plan.name), key=lambda each: each[0])
        yield
    found = [largest.get(port) if isinstance(port, Port) else None for port in asked]
    return Flowing(tuple(each[0] if each else None for each in found), tuple(each[1] if each else "" for each in found))


def _with_gradients(model: Model, plan: ObjectivePlan, ports: Sequence[Port]) -> list[Port]:
    """Those ports on the way to the losses whose values can have a gradient, each once."""
    reached, flat = upstream_of(model.document, plan.losses), flat_of(model.document)
    return [port for port in dict.fromkeys(ports)
            if owner_of(flat, port) in reached and model.root.specs[port].dtype.startswith("float")]  # fmt: skip
