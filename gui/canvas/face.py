"""What stands on a node: its words and ports, read from the declaration, the wires and the analysis."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from graph.analysis import NodeReport
from graph.catalogue import CATALOGUE, Input, NodeType, Parameter
from graph.document import MAIN, Document, Node, NodeKey, port_order
from graph.networks import DELAY, INPUT, OUTPUT, REROUTE, is_recurrence, placed, type_of
from graph.problems import Problem
from graph.specs import TensorSpec
from graph.wiring import free_port

UNKNOWN: Final = "tensor"  # the meaning of what has not been inferred yet
ALWAYS_SHOWN: Final = frozenset({"kernel", "learning_rate"})
# values that say nothing as long as they are the default
IDLE: Final = (0, False, "", "auto", "none", "nothing", "each step", "zeros")
GAP: Final = " · "
MUTED: Final = "muted: what arrives passes on"


PORT_WORDS: Final = {
    "delay": {"x": "x[t]", "output": "x[t−1]"}, "input": {"output": ""}, "output": {"x": ""},
}  # fmt: skip
NETWORKS: Final = ("network", "recurrence")


class PortFace(NamedTuple):
    """One port as it is painted: ``open`` ones may stay without a wire."""

    name: str
    label: str
    meaning: str
    open: bool = False


class Face(NamedTuple):
    """Everything that the picture of a node depends on, apart from whether it is selected, hovered or lit."""

    title: str
    family: str
    details: str
    inputs: tuple[PortFace, ...]
    outputs: tuple[PortFace, ...]
    shape: str
    parameters: str
    severity: str = ""
    role: str = ""  # "network" or "recurrence" for one that places it, "input", "output", "delay" or "reroute"
    linked: bool = False  # whether it uses the weights of another node
    muted: bool = False
    collapsed: bool = False


class Kind(NamedTuple):
    """What a node is within its document: its type, the part that it plays, and whether it is linked."""

    type: NodeType | None
    role: str = ""
    linked: bool = False

    @classmethod
    def of(cls, document: Document, key: NodeKey) -> Kind:
        node = document.nodes[key]
        alike = node.type in (DELAY, REROUTE) or (node.type in (INPUT, OUTPUT) and key.network != MAIN)
        role = node.type if alike else ""
        if network := placed(node.type):
            role = "recurrence" if network in document.networks and is_recurrence(document, network) else "network"
        return cls(type_of(document, key), role, bool(node.link))


def face_of(
    name: str, node: Node, wired: Collection[str], used: Collection[str], report: NodeReport | None,
    arriving: Mapping[str, str], problems: Sequence[Problem] = (), kind: Kind | None = None,
) -> Face:  # fmt: skip
    """The face of a node.

    name: its id, which stands for a title that was not given
    wired, used: the names of its inputs and outputs that have wires
    report: what the analysis found of it, None before that
    arriving: the meanings at its inputs, as far as known
    kind: what it is; without it, what the catalogue says of its type
    """
    node_type, role, linked = kind or Kind(CATALOGUE.get(node.type))
    specs = report.outputs if report else {}
    return Face(
        title=node.title or (node_type.title if node_type and placed(node.type) else name),
        family=node_type.family if node_type else "",
        details=MUTED if node.muted else second_line(name, node, node_type),
        inputs=_called(input_ports(node_type, wired, arriving), role, wired),
        outputs=_called(output_ports(node_type, used, specs), role, used),
        shape=GAP.join(str(specs[name]) for name in _in_order(specs, node_type)[:3]),
        parameters="" if node.muted else parameters_text(node_type, report, linked),
        severity=severity_of(problems),
        role=role or ("network" if placed(node.type) else ""),
        linked=linked,
        muted=node.muted,
        collapsed=node.collapsed,
    )


def second_line(name: str, node: Node, node_type: NodeType | None) -> str:
    """What the node is, where its title does not say so, and its settings."""
    if node_type is None and placed(node.type):
        return f"unknown network “{placed(node.type)}”"
    if node_type is None:
        return f"unknown type “{node.type}”"
    details = details_of(node_type, node.params)
    if placed(node.type):
        return GAP.join(filter(None, (node_type.title if node.title else name, details)))
    return GAP.join(filter(None, (node_type.title, details))) if node.title or not details else details


def details_of(node_type: NodeType, params: Mapping[str, Any]) -> str:
    """The parameters worth a line on the node: the first, the telling ones, and whatever differs from its default."""
    values = node_type.complete(params)
    shown = [
        words_of(parameter, values[parameter.name], node_type)
        for place, parameter in enumerate(node_type.parameters)
        if (place == 0 and values[parameter.name] not in IDLE)
        or parameter.name in ALWAYS_SHOWN
        or values[parameter.name] != parameter.default
    ]
    return GAP.join(shown)


def words_of(parameter: Parameter, value: Any, node_type: NodeType) -> str:
    """A parameter in a word or two: ``14 filters``, ``1 unit``, ``5×5``, ``rate 0.5``, ``no bias``."""
    name = parameter.name.replace("_", " ")
    if isinstance(value, bool):
        return name if value else f"no {name}"
    if isinstance(value, str):
        return value or f"no {name}"
    if isinstance(value, float):
        return f"{name} {value:g}"
    if parameter.name == "kernel":
        return f"{value}×{value}" if node_type.name.endswith("2d") else f"{name} {value}"
    if isinstance(value, int) and (one := one_of(name)):
        return f"{value} {one if value == 1 else name}"
    return f"{name} {value}"


def one_of(name: str) -> str:
    """The singular of what is counted: ``unit`` of ``units``, ``class`` of ``classes``; "" where that is no plural."""
    if not name.endswith("s") or name.endswith(("is", "ss")):
        return ""
    if name.endswith("ies"):
        return name[:-3] + "y"
    return name.removesuffix("es") if name.endswith("sses") else name.removesuffix("s")


def input_ports(
    node_type: NodeType | None, wired: Collection[str], arriving: Mapping[str, str]
) -> tuple[PortFace, ...]:
    """The inputs from top to bottom. A growing input shows those wired and one free place to wire the next."""
    if node_type is None:
        return tuple(PortFace(port, port, arriving.get(port, UNKNOWN)) for port in sorted(wired, key=port_order))
    found: list[PortFace] = []
    for declared in node_type.inputs:
        meaning = declared.wants.meaning
        if not declared.growing:
            port = declared.name
            found.append(PortFace(port, words(port), arriving.get(port, meaning), declared.optional))
            continue
        for port in _grown(declared, wired):
            label = f"{words(declared.name)} {int(port.rpartition('.')[2]) + 1}"
            found.append(PortFace(port, label, arriving.get(port, meaning)))
        found.append(PortFace(free_port(declared.name, wired), f"+ {words(declared.name)}", meaning, True))
    return tuple(found)


def output_ports(
    node_type: NodeType | None, used: Collection[str], specs: Mapping[str, TensorSpec]
) -> tuple[PortFace, ...]:
    """The outputs from top to bottom; those of a data set come from the analysis, and before it from the wires."""
    declared = () if node_type is None or node_type.dynamic else node_type.outputs
    names = dict.fromkeys((*declared, *specs, *sorted(used)))
    usual = "scalar" if node_type is not None and node_type.kind == "loss" else UNKNOWN
    return tuple(PortFace(n, words(n), specs[n].meaning if n in specs else usual) for n in names)


def parameters_text(node_type: NodeType | None, report: NodeReport | None, linked: bool = False) -> str:
    """``1,064 params``, or ``1,064 shared``; nothing for a node that could not have any, such as a loss."""
    if report is None or node_type is None or (node_type.kind != "layer" and not report.parameters):
        return ""
    return f"{report.parameters:,} {'shared' if linked else 'params'}"


def severity_of(problems: Iterable[Problem]) -> str:
    """The worst severity among problems; "" where there are none."""
    found = {problem.severity for problem in problems}
    return next((severity for severity in ("error", "warning") if severity in found), "")


def _in_order(specs: Mapping[str, TensorSpec], node_type: NodeType | None) -> list[str]:
    """The outputs with known specs, in the order of the ports."""
    declared = node_type.outputs if node_type else ()
    return sorted(specs, key=lambda name: declared.index(name) if name in declared else len(declared))


def _called(ports: tuple[PortFace, ...], role: str, wired: Collection[str]) -> tuple[PortFace, ...]:
    """The ports of ends and delays by what they mean there; what an output has besides is for the main network."""
    other = PORT_WORDS.get(role, {})
    shown = [port for port in ports if role != "output" or port.name == "x" or port.name in wired]
    return tuple(port._replace(label=other.get(port.name, port.label)) for port in shown)


def words(name: str) -> str:
    """A port's name as its label."""
    return name.replace("_", " ")


def _grown(declared: Input, wired: Collection[str]) -> list[str]:
    return sorted((port for port in wired if port.partition(".")[0] == declared.name), key=port_order)
