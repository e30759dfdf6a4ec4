"""What is wrong with a drawing before a single tensor is made, in plain words and with fixes."""

from __future__ import annotations

import graphlib
import itertools
from collections.abc import Callable, Iterable, Iterator

from graph.bypass import ENDS, mute_problem, stand_in
from graph.catalogue import Input, NodeType, Parameter
from graph.document import MAIN, Change, Document, Node, NodeKey, Port, Value, Wire
from graph.findings import Drawing, capital, changed, deletion, error, nearest, shown, warning
from graph.layers import CATALOGUE
from graph.network_rules import NETWORK_RULES
from graph.networks import DELAY, INPUT, placed
from graph.plan import split_names
from graph.problems import Fix, Problem, Severity
from graph.settings import SETTINGS, setting_problem
from graph.wiring import (
    closes_a_loop,
    input_problem,
    kind_problem,
    may_connect,
    next_free_input,
    output_problem,
    path_words,
)
from graph.wording import Worded

MAY_STRAY = ("layer", "metric")  # a node of these that nothing is wired to takes no part, and hinders nothing
CANDIDATES = 12  # so many loose ends are tried for a missing wire
CIRCLES = 20  # so many are reported at once


def static_problems(document: Document) -> list[Problem]:
    """Everything that can be said without shapes, errors first. Errors block training, warnings don't."""
    drawing = Drawing.of(document)
    found = [problem for rule in RULES for problem in rule(drawing)]
    return sorted(found, key=lambda problem: problem.severity != "error")


# -- nodes and parameters ---------------------------------------------------------------------------------------------


def unknown_types(drawing: Drawing) -> Iterator[Problem]:
    for key, node in drawing.document.nodes.items():
        if node.type not in drawing.types and not placed(node.type):
            near = nearest(node.type, CATALOGUE)
            advice = f" Did you mean “{near}”?" if near else " It may belong to a plug-in or a newer version."
            change = Change("nodes", key, node, changed(node, type=near)) if near else None
            fix = Fix(Worded("Make it a {type}", type=near), (change,)) if change else None
            yield error(key, f"“{node.type}” is no node type that this Netloom knows.{advice}", fix)


def parameters(drawing: Drawing) -> Iterator[Problem]:
    for key, node, node_type in drawing.typed:
        for name, value in node.params.items():
            declared = node_type.parameter(name)
            if declared is None:
                yield _unknown_parameter(key, node, node_type, name)
            elif problem := declared.problem(value):
                better = _allowed(declared, value)
                fix = _reset(Worded("Use {value}", value=shown(better)), key, node, declared, better)
                yield error(key, capital(problem), fix)


def _unknown_parameter(key: NodeKey, node: Node, node_type: NodeType, name: str) -> Problem:
    known = [parameter.name for parameter in node_type.parameters]
    has = f"it has {', '.join(known)}" if known else "it has none"
    near = nearest(name, [other for other in known if other not in node.params])
    kept = {other: value for other, value in node.params.items() if other != name}
    if near:
        kept[near] = node.params[name]
    label = Worded("Rename it to “{name}”", name=near) if near else Worded("Remove “{name}”", name=name)
    fix = Fix(label, (Change("nodes", key, node, changed(node, params=kept)),))
    return error(key, f"{capital(node_type.title)} has no parameter “{name}”; {has}.", fix)


def _allowed(declared: Parameter, value: Value) -> Value:
    """The allowed value nearest to one that is not: a bound for a number, else the default."""
    low, high = declared.limits.low, declared.limits.high
    if isinstance(value, int | float) and not isinstance(value, bool) and declared.type in (int, float):
        bound = low if low is not None and value < low else high if high is not None and value > high else None
        if bound is not None:
            return declared.type(bound)  # type: ignore[no-any-return]
    default: Value = declared.default
    return default


def _reset(label: str, key: NodeKey, node: Node, declared: Parameter, value: Value) -> Fix:
    params = {other: kept for other, kept in node.params.items() if other != declared.name}
    if value != declared.default:
        params[declared.name] = value
    return Fix(label, (Change("nodes", key, node, changed(node, params=params)),))


# -- wires ------------------------------------------------------------------------------------------------------------


def wrong_wires(drawing: Drawing) -> Iterator[Problem]:
    document = drawing.document
    known = {key for key, _, _ in drawing.typed}
    for target, wire in document.wires.items():
        source = Port(target.network, wire.node, wire.port)
        there = [owner in document.nodes for owner in (source.owner, target.owner)]
        if all(there) and not {source.owner, target.owner} <= known:
            continue  # the unknown type is a problem of its own
        problem = output_problem(document, source) or input_problem(document, target)
        problem = problem or kind_problem(document, source, target)
        if problem:
            fix = Fix("Remove the wire", (Change("wires", target, wire, None),))
            yield error(target.owner if there[1] else NodeKey(target.network, ""), problem, fix, target.port)


def circles(drawing: Drawing) -> Iterator[Problem]:
    """One problem a circle. The mend takes the wire away that closed it, as far as the order of the wires tells."""
    document = drawing.document
    wires = {port: wire for port, wire in document.wires.items() if not closes_a_loop(document, port)}
    for _ in range(CIRCLES):
        steps: dict[NodeKey, set[NodeKey]] = {}
        for port, wire in wires.items():
            steps.setdefault(port.owner, set()).add(NodeKey(port.network, wire.node))
        try:
            graphlib.TopologicalSorter(steps).prepare()
            return
        except graphlib.CycleError as circle:
            way = circle.args[1]
        joints = set(itertools.pairwise(way))
        last = [port for port, wire in wires.items() if (NodeKey(port.network, wire.node), port.owner) in joints][-1]
        fix = Fix(
            Worded("Remove the wire into “{node}”", node=last.node), (Change("wires", last, wires.pop(last), None),)
        )
        yield error(last.owner, f"The wires run in a circle: {path_words(way)}. Values flow one way, from the data to "
                     "the losses: take one of these wires away, or let it pass a delay.", fix, last.port)  # fmt: skip


def missing_wires(drawing: Drawing) -> Iterator[Problem]:
    trainable = bool(drawing.of_kind("loss"))
    loose: list[Port] | None = None
    for key, _, node_type in drawing.typed:
        missing = missing_inputs(node_type, drawing.wired[key]) if key not in drawing.muted else []
        if missing and trainable and node_type.kind in MAY_STRAY and drawing.stray(key):
            yield warning(key, "It is wired to nothing, so it takes no part.", deletion(drawing.document, key))
            continue
        for declared in missing:
            loose = drawing.loose() if loose is None else loose
            yield _missing_wire(drawing, key, declared, loose)


def muted(drawing: Drawing) -> Iterator[Problem]:
    """Muted nodes that cannot be, and those that have nothing to pass on."""
    document = drawing.document
    used = {Port(port.network, wire.node, wire.port) for port, wire in document.wires.items()}
    for key, node, node_type in drawing.typed:
        if not node.muted:
            continue
        unmuting = Fix("Unmute it", (Change("nodes", key, node, changed(node, muted=False)),))
        if problem := mute_problem(document, key):
            yield error(key, problem, unmuting)
            continue
        for output in node_type.outputs:
            passing = node_type.kind in ENDS or stand_in(node_type, output, drawing.wired[key])
            if Port(*key, output) in used and not passing:
                yield error(key, f"It is muted, and no input is wired whose value could pass as its “{output}”: "
                            "wire one to it, or unmute it.", unmuting)  # fmt: skip


def missing_inputs(node_type: NodeType, wired: Iterable[str]) -> list[Input]:
    """The inputs of a node that need a wire and have none among the wired ports."""
    there = {port.partition(".")[0] for port in wired}
    return [declared for declared in node_type.inputs if not declared.optional and declared.name not in there]


def _missing_wire(drawing: Drawing, key: NodeKey, declared: Input, loose: list[Port]) -> Problem:
    document = drawing.document
    target = Port(*key, next_free_input(document, key, declared.name))
    ends = {ports["target"] for ports in drawing.wired.values() if "target" in ports}
    if declared.name != "target":
        ends = {port for port in loose if port.network == key.network and port.owner != key}
    fitting = [port for port in ends if not may_connect(document, port, target)] if len(ends) <= CANDIDATES else []
    fix = None
    if len(fitting) == 1:
        wire = Wire(fitting[0].node, fitting[0].port)
        fix = Fix(Worded("Wire “{node}” to it", node=wire.node), (Change("wires", target, None, wire),))
    return error(key, f"Nothing is wired to “{declared.name}”; it takes {declared.wants.words}.", fix, target.port)


# -- the design as a whole --------------------------------------------------------------------------------------------


def nothing_to_train(drawing: Drawing) -> Iterator[Problem]:
    if not drawing.document.nodes:
        yield warning(NodeKey(MAIN, ""), "The canvas is empty. Add data, layers and a loss, or open a template.")
        return
    losses = drawing.of_kind("loss")
    if not losses:
        yield warning(NodeKey(MAIN, ""), "There is no loss, so there is nothing to train: a loss says how far a "
                       "prediction is from its target.", _add_loss(drawing))  # fmt: skip
    if not any(drawing.document.nodes[key].type not in (INPUT, DELAY) for key in drawing.of_kind("source")):
        severity: Severity = "error" if losses else "warning"
        yield Problem(severity, MAIN, "", "", "There is no data, so there is nothing to learn from: add a data node "
                      "and wire its fields to the first layer and to the loss.", _add_data(drawing))  # fmt: skip


def _add_loss(drawing: Drawing) -> Fix | None:
    """A loss behind the one loose end of the layers, with the target that an output or a metric has already."""
    document = drawing.document
    layers = {key for key in drawing.of_kind("layer") if key.network == MAIN}
    sinks = set(drawing.of_kind("output", "metric"))
    ends = [key for key in layers if set(drawing.feeds.get(key, ())) <= sinks]
    if len(ends) != 1:
        return None
    end = document.nodes[ends[0]]
    prediction = Port(*ends[0], drawing.types[end.type].outputs[0])
    if end.type in ("softmax", "log_softmax"):  # cross entropy takes what comes before them
        prediction = drawing.wired[ends[0]].get("x", prediction)
    loss = "binary_cross_entropy" if end.type == "sigmoid" else "cross_entropy"
    targets = {ports["target"] for ports in drawing.wired.values() if "target" in ports}
    if loss not in CATALOGUE:
        return None
    key = NodeKey(MAIN, document.free_id(loss))
    changes = [
        Change("nodes", key, None, Node(loss, x=end.x + 240, y=end.y + 160)),
        Change("wires", Port(*key, "prediction"), None, Wire(prediction.node, prediction.port)),
    ]
    if len(targets) == 1:
        target = targets.pop()
        changes.append(Change("wires", Port(*key, "target"), None, Wire(target.node, target.port)))
    return Fix(Worded("Add a {type}", type=CATALOGUE[loss].title), tuple(changes))


def _add_data(drawing: Drawing) -> Fix | None:
    if "data" not in CATALOGUE:
        return None
    places = [(node.x, node.y) for node in drawing.document.in_network().values()] or [(0.0, 0.0)]
    key = NodeKey(MAIN, drawing.document.free_id("data"))
    node = Node("data", x=min(x for x, _ in places) - 240, y=min(y for _, y in places))
    return Fix("Add a data node", (Change("nodes", key, None, node),))


def losses_left_out(drawing: Drawing) -> Iterator[Problem]:
    drawn = drawing.of_kind("objective")
    for key in drawing.of_kind("loss") if drawn else ():
        if key in drawing.feeds:
            continue
        fix = None
        if len(drawn) == 1:
            port = Port(*drawn[0], next_free_input(drawing.document, drawn[0], "losses"))
            wire = Wire(key.node, drawing.types[drawing.document.nodes[key].type].outputs[0])
            fix = Fix(Worded("Wire it to “{node}”", node=drawn[0].node), (Change("wires", port, None, wire),))
        yield warning(key, "It goes into no objective, so it is shown but not minimised.", fix)


def unknown_trained(drawing: Drawing) -> Iterator[Problem]:
    """Names in “trains” that no node of the main network has."""
    known = [key.node for key in drawing.document.nodes if key.network == MAIN]
    for key in drawing.of_kind("objective"):
        node = drawing.document.nodes[key]
        names = split_names(str(node.params.get("trains", "")))
        for name in (name for name in names if name not in known):
            near = nearest(name, [each for each in known if each not in names])
            better = ", ".join(dict.fromkeys(near if each == name else each for each in names if near or each != name))
            new = changed(node, params={**node.params, "trains": better})
            label = Worded("Train “{name}”", name=near) if near else Worded("Leave “{name}” out", name=name)
            fix = Fix(label, (Change("nodes", key, node, new),))
            yield error(key, f"It is to train “{name}”, but no node of the main network is called that: give the ids "
                        "of nodes or networks, separated by commas, or nothing for all.", fix)  # fmt: skip


def same_names(drawing: Drawing) -> Iterator[Problem]:
    seen: dict[tuple[str, str], NodeKey] = {}
    for key in drawing.of_kind("output"):
        node = drawing.document.nodes[key]
        name = node.title or key.node
        first = seen.setdefault((key.network, name), key)
        if first != key:
            other = f"{name} ({key.node})"
            fix = Fix(Worded("Name it “{name}”", name=other), (Change("nodes", key, node, changed(node, title=other)),))
            yield error(key, f"“{first.node}” is named “{name}” too; every output needs a name of its own.", fix)


def dead_ends(drawing: Drawing) -> Iterator[Problem]:
    """Layers and sources that nothing uses. Without any sink the design is still being drawn, and nothing is dead."""
    if not drawing.of_kind(*ENDS):
        return
    for key, _, node_type in drawing.typed:
        stray_layer = node_type.kind in MAY_STRAY and drawing.stray(key)
        gives = bool(node_type.outputs)  # a placed network may hold its own losses and give nothing
        unused = gives and key not in drawing.feeds and key not in drawing.muted
        if unused and node_type.kind in ("layer", "source") and not stray_layer:
            yield warning(key, "Nothing uses what it gives: wire it onward, or delete it.",
                           deletion(drawing.document, key))  # fmt: skip


def settings(drawing: Drawing) -> Iterator[Problem]:
    defaults = {setting.name: setting.default for setting in SETTINGS}
    for name, value in drawing.document.settings.items():
        if problem := setting_problem(name, value):
            known = name in defaults
            label = (
                Worded("Use {value}", value=shown(defaults[name])) if known else Worded("Remove “{name}”", name=name)
            )
            fix = Fix(label, (Change("settings", name, value, None),))
            yield Problem("error", MAIN, "", "", f"Training settings: {problem}", fix)


RULES: tuple[Callable[[Drawing], Iterable[Problem]], ...] = (
    unknown_types, parameters, wrong_wires, circles, missing_wires, muted, same_names, settings, nothing_to_train,
    losses_left_out, unknown_trained, dead_ends, *NETWORK_RULES,
)  # fmt: skip
