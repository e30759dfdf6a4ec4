"""The spec of every port, found by running each node on torch's meta device, remembered by what went in."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping

import msgspec
import networkx

from graph.analysis import Analysis as Analysis
from graph.analysis import NodeReport as NodeReport
from graph.building import Fields, Misfit, Shapes, known_of
from graph.catalogue import NodeType
from graph.document import MAIN, Change, Document, NodeKey, Port, Wire, port_order
from graph.flat import Cell, Flat, flat_of
from graph.mending import insertion
from graph.mistakes import advised
from graph.networks import original, types_of
from graph.problems import DataError, Fix, Problem
from graph.rules import missing_inputs, static_problems
from graph.specs import TensorSpec, spec_words
from graph.weights import resized
from graph.wiring import closes_a_loop
from graph.wording import Worded

MOST_TYPED = 4096  # numbers that a mend fills in to be typed over


def analyse(document: Document, fields: Fields) -> Analysis:
    """Infer every node that can be and collect every problem; never raises for a faulty document.

    fields: gives the field specs of a data source by its name; raises DataError with a sentence where it cannot

    The nodes of placed networks are reported where they are drawn, as they are in the first node that places their
    network, and under their path in ``main`` for every such node.
    """
    problems = static_problems(document)
    faulty = {problem.owner for problem in problems if problem.severity == "error" and problem.node}
    flat = flat_of(document)
    survey = Survey(document, flat, fields, faulty)
    survey.go()
    reports, learned = survey.reports, [key for key in survey.reports if key not in flat.links]
    total = sum(reports[key].parameters for key in learned)
    found = {**reports, **survey.inner}
    found |= _holders(flat, reports)
    drawn: dict[NodeKey, NodeReport] = {}
    for key, report in found.items():
        drawn.setdefault(survey.drawn_at(key), report)
    once = {(each.owner, each.port, each.message): each for each in reversed(survey.problems)}
    problems.extend(reversed(once.values()))  # said once, however often the network is placed
    known = {Port(*key, name): spec for key, report in reports.items() for name, spec in report.outputs.items()}
    problems = advised(document, flat, known, problems)
    return Analysis({**found, **drawn}, tuple(problems), total)


class Survey:
    """Infers the nodes of a flat document one after the other."""

    def __init__(self, document: Document, flat: Flat, fields: Fields, faulty: Collection[NodeKey]) -> None:
        self.reports: dict[NodeKey, NodeReport] = {}
        self.inner: dict[NodeKey, NodeReport] = {}  # what stands within recurrences, by path
        self.problems: list[Problem] = []
        self._inner_origins: dict[NodeKey, NodeKey] = {}
        self._document = document
        self._flat = flat
        self._fields = fields
        self._faulty = faulty
        self._types = types_of(flat.document)
        self._shapes: dict[NodeKey, Shapes] = {}

    def drawn_at(self, key: NodeKey) -> NodeKey:
        return self._inner_origins.get(key) or self._flat.origins.get(key) or self._flat.holders.get(key, key)

    def go(self, known: Mapping[NodeKey, NodeReport] = {}, guess: bool = False) -> None:
        """Infer what can be. ``guess`` takes unknown inputs to be like the first known one, and finds no problem.

        known: reports of nodes that are not to be inferred
        """
        flat = self._flat
        self.reports.update(known)
        wired = flat.document.inputs_by_node()
        for key in ordered(flat.document):
            node_type = self._types.get(flat.document.nodes[key].type)
            origin = flat.origin(key)
            if key in known or origin in self._faulty or node_type is None or missing_inputs(node_type, wired[key]):
                continue
            if not guess:
                self.problems.extend(_absent_fields(self._document, origin, wired[key], self.reports, node_type))
            arriving = _arriving(wired[key], self.reports, guess)
            if arriving is None:
                continue
            try:
                self._infer(key, node_type, arriving)
            except Misfit as misfit:
                if not guess:
                    self.problems.append(_problem(self._document, origin, misfit))
            except DataError as error:
                self.problems.append(Problem("error", *origin, "", str(error)))
        self._check_links()

    def _infer(self, key: NodeKey, node_type: NodeType, arriving: Mapping[str, TensorSpec]) -> None:
        params = self._flat.document.nodes[key].params
        if key not in self._flat.cells:
            found = known_of(node_type, params, arriving, self._fields)
            self.reports[key], self._shapes[key] = found.report, found.shapes
            return
        cell = self._flat.cells[key]
        origins = {NodeKey(MAIN, f"{key.node}.{at.node}"): cell.flat.origin(at) for at in cell.flat.document.nodes}
        self._inner_origins |= origins
        self.reports[key], inner, problems = survey_cell(self._document, cell, arriving, self._fields, self._faulty)
        self.inner |= {NodeKey(MAIN, f"{key.node}.{at.node}"): report for at, report in inner.items()}
        self._inner_origins |= {NodeKey(MAIN, f"{key.node}.{a.node}"): d for a, d in cell.flat.origins.items()}
        self.problems.extend(problems)
        self._shapes[key] = tuple((f"{at.node}", (report.parameters,)) for at, report in inner.items())

    def _check_links(self) -> None:
        """Nodes that share weights need weights of the same shapes."""
        for key, first in self._flat.links.items():
            own, other = self._shapes.get(key), self._shapes.get(first)
            if own is None or other is None or own == other:
                continue
            sizes = [
                " and ".join("×".join(map(str, shape)) for _, shape in shapes) or "none" for shapes in (other, own)
            ]
            origin = self._flat.origin(key)
            self.problems.append(Problem(
                "error", *origin, "", f"It shares the weights of “{first.node}”, whose sizes are {sizes[0]}; what "
                f"arrives here would need {sizes[1]}. Give both inputs of the same shape, or unlink it.",
            ))  # fmt: skip


def survey_cell(
    document: Document, cell: Cell, arriving: Mapping[str, TensorSpec], fields: Fields, faulty: Collection[NodeKey]
) -> tuple[NodeReport, dict[NodeKey, NodeReport], list[Problem]]:
    """What a recurrence gives, what its nodes give at one step, and what is wrong in it.

    What a delay holds follows from what is wired to it, which may depend on the delay: first guesses are made without
    knowing it, then confirmed until nothing changes. Raises Misfit where the inputs have no time to go over.
    """
    flat, time = cell.flat, _time(cell, arriving)
    inside = {name: spec for name, spec in arriving.items() if name in (*cell.steps, *cell.wholes)}
    inputs = _as_reports({
        NodeKey(MAIN, name): msgspec.structs.replace(spec, shape=spec.shape[name in cell.steps :])
        for name, spec in inside.items()
    })  # fmt: skip
    sizes = {key: flat.document.nodes[key].params.get("size", 0) for key in cell.nexts}
    held = {key: TensorSpec((size,)) for key, size in sizes.items() if isinstance(size, int) and size}
    sized = set(held)
    for _ in range(len(cell.nexts) + 2):
        survey = Survey(document, flat, fields, faulty)
        survey.go(inputs | _as_reports(held), guess=len(held) < len(cell.nexts))
        origins = {key: cell.starts.get(key) or port for key, port in cell.nexts.items() if key not in sized}
        specs = {key: _spec_at(survey.reports, port) for key, port in origins.items()}
        found = {**held, **{key: spec for key, spec in specs.items() if spec is not None}}
        if found == held:
            break
        held = found
    survey = Survey(document, flat, fields, faulty)
    survey.go(inputs | _as_reports(held))
    problems = [*survey.problems, *_delay_problems(document, cell, held, survey.reports)]
    learned = sum(held[key].size for key in cell.nexts if key in held and _starts_learned(flat, key, cell))
    results = {}
    for name, (port, every) in cell.outputs.items():
        if result := _spec_at(survey.reports, port):
            results[name] = msgspec.structs.replace(result, shape=(time, *result.shape)) if every else result
    total = learned + sum(report.parameters for key, report in survey.reports.items() if key not in flat.links)
    ends = _as_reports({at.owner: spec for at, port in flat.passing.items()
                        if (spec := _spec_at(survey.reports, port))})  # fmt: skip
    return NodeReport(results, total), {**survey.reports, **survey.inner, **ends}, problems


def _as_reports(specs: Mapping[NodeKey, TensorSpec]) -> dict[NodeKey, NodeReport]:
    return {key: NodeReport({"output": spec}) for key, spec in specs.items()}


def _starts_learned(flat: Flat, key: NodeKey, cell: Cell) -> bool:
    return flat.document.nodes[key].params.get("start") == "learned" and key not in cell.starts


def _time(cell: Cell, arriving: Mapping[str, TensorSpec]) -> int:
    """How many steps there are."""
    lengths = {}
    for name in cell.steps:
        if name in arriving:
            if not arriving[name].shape:
                raise Misfit(f"It goes over time; what arrives is {spec_words(arriving[name])}, without an axis of "
                             "time. Wire a sequence, or let the input inside bring the whole.", name)  # fmt: skip
            lengths[name] = arriving[name].shape[0]
    if not lengths:
        raise Misfit("It holds a delay, so it runs over time, but no input brings a sequence: wire one to it.")
    if len(set(lengths.values())) > 1:
        words = " and ".join(f"{length} steps at “{name}”" for name, length in lengths.items())
        raise Misfit(f"Its inputs differ in length: {words}. They are gone through together and need the same.")
    return next(iter(lengths.values()))


def _delay_problems(
    document: Document, cell: Cell, held: Mapping[NodeKey, TensorSpec], reports: Mapping[NodeKey, NodeReport]
) -> Iterator[Problem]:
    flat = cell.flat
    for key, port in cell.nexts.items():
        origin, spec, arrives = flat.origin(key), held.get(key), _spec_at(reports, port)
        if spec is None:
            if port is not None and not document.nodes[origin].params.get("size"):
                yield Problem("error", *origin, "x", "What it holds cannot be worked out, because that depends on it "
                              "alone: set its size.")  # fmt: skip
        elif arrives is not None and (arrives.shape, arrives.dtype) != (spec.shape, spec.dtype):
            words = f"It begins with {spec_words(spec)}, but {spec_words(arrives)} follows"
            yield Problem("error", *origin, "x", f"{words}: what it holds has to stay of one shape.")


def _spec_at(reports: Mapping[NodeKey, NodeReport], port: Port | None) -> TensorSpec | None:
    report = reports.get(port.owner) if port else None
    return report.outputs.get(port.port) if report and port else None


def _holders(flat: Flat, reports: Mapping[NodeKey, NodeReport]) -> dict[NodeKey, NodeReport]:
    """What placing nodes give, and what passes through the ends of placed networks."""
    outputs: dict[NodeKey, dict[str, TensorSpec]] = {key: {} for key in flat.holders}
    for port, at in flat.passing.items():
        if (spec := _spec_at(reports, at)) is not None:
            outputs.setdefault(port.owner, {})[port.port] = spec
    sums = dict.fromkeys(flat.holders, 0)
    for key, report in reports.items():
        path = key.node
        while "." in path:
            path = path.rpartition(".")[0]
            if (holder := NodeKey(MAIN, path)) in sums:
                sums[holder] += report.parameters
    return {key: NodeReport(specs, sums.get(key, 0)) for key, specs in outputs.items()}


def ordered(document: Document) -> Iterator[NodeKey]:
    """The nodes in an order in which every wire points forward but those into delays, the same for the same drawing.

    None come where the wires run in a circle.
    """
    graph: networkx.DiGraph[NodeKey] = networkx.DiGraph()
    graph.add_nodes_from(document.nodes)
    graph.add_edges_from(
        (NodeKey(port.network, wire.node), port.owner) for port, wire in document.wires.items()
        if not closes_a_loop(document, port)
        and port.owner in document.nodes and NodeKey(port.network, wire.node) in document.nodes
    )  # fmt: skip
    try:
        yield from networkx.lexicographical_topological_sort(graph, key=lambda key: (key.network, port_order_of(key)))
    except networkx.NetworkXUnfeasible:
        return


def port_order_of(key: NodeKey) -> tuple[str, int]:
    """Sorting key of node ids that puts ``conv_2`` before ``conv_10``."""
    stem, _, number = key.node.rpartition("_")
    return port_order(f"{stem or key.node}.{number}")


def _arriving(
    wired: Mapping[str, Port], reports: Mapping[NodeKey, NodeReport], guess: bool
) -> dict[str, TensorSpec] | None:
    """The specs at a node's inputs, or None where one is not known and may not be guessed from the others."""
    found = {name: _spec_at(reports, port) for name, port in wired.items()}
    first = next((spec for spec in found.values() if spec is not None), None) if guess else None
    filled = {name: spec or first for name, spec in found.items()}
    known = {name: spec for name, spec in filled.items() if spec is not None}
    return known if len(known) == len(wired) else None


def _absent_fields(
    document: Document, key: NodeKey, wired: Mapping[str, Port], reports: Mapping[NodeKey, NodeReport],
    node_type: NodeType,
) -> Iterator[Problem]:  # fmt: skip
    """The wires from outputs that a data set does not have; the mend takes the only field that fits, or none."""
    for name, port in wired.items():
        report = reports.get(port.owner)
        if report is None or port.port in report.outputs:
            continue
        has = ", ".join(f"“{field}”" for field in report.outputs)
        declared, target = node_type.input(name), Port(*key, name)
        fitting = [field for field, spec in report.outputs.items() if declared and declared.wants.accepts(spec)]
        fix = None
        if (wire := document.wires.get(target)) and wire.node == port.node:
            one = fitting[0] if len(fitting) == 1 else ""
            label = Worded("Take “{field}”", field=one) if one else "Remove the wire"
            fix = Fix(label, (Change("wires", target, wire, Wire(port.node, one) if one else None),))
        yield Problem("error", *key, name, f"“{port.node}” has no field “{port.port}”; its data has {has}.", fix)


def _problem(document: Document, key: NodeKey, misfit: Misfit) -> Problem:
    target = Port(*key, misfit.port)
    fix = insertion(document, target, misfit.insert) if misfit.insert and target in document.wires else None
    return Problem("error", *key, misfit.port, str(misfit), fix or _fill(document, key, misfit))


def _fill(document: Document, key: NodeKey, misfit: Misfit) -> Fix | None:
    """Bring typed numbers to their size, unless that many are not typed by hand or are typed elsewhere."""
    key = original(document, key)
    shown = [place for places in document.networks[key.network].promoted.values() for place in places]
    if not misfit.parameter or math.prod(misfit.shape) > MOST_TYPED or f"{key.node}.{misfit.parameter}" in shown:
        return None
    node = document.nodes[key]
    numbers = resized(node.params.get(misfit.parameter), misfit.shape)
    new = msgspec.structs.replace(node, params={**node.params, misfit.parameter: numbers})
    label = Worded("Make it {shape} numbers", shape="×".join(map(str, misfit.shape)))
    return Fix(label, (Change("nodes", key, node, new),))
