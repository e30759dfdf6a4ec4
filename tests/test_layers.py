"""The contract that every declared node type keeps; one dropped into graph/layers is tested with no edit here."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

import pytest
import torch
from declared import entwined
from exported import examples
from torch import nn

from graph.building import build, build_source, infer
from graph.catalogue import Input, NodeType, Parameter, Source
from graph.compiler import Root, compile_root, make_slice
from graph.document import Document, Port
from graph.inference import analyse
from graph.layers import CATALOGUE as EVERY_TYPE
from graph.networks import DELAY, INPUT
from graph.source import source_of
from graph.specs import TensorSpec

SAMPLES = {
    "number": TensorSpec((1,)),
    "vector": TensorSpec((8,)),
    "sequence": TensorSpec((6, 8)),
    "image": TensorSpec((8, 8, 8)),
    "volume": TensorSpec((8, 4, 4, 4)),
    "tokens": TensorSpec((6,), "int64", classes=8),
    "classes": TensorSpec((), "int64", classes=8),
    "yes or no": TensorSpec((), "int64", classes=2),
    "bytes": TensorSpec((), "uint8", classes=8),
    "pixel classes": TensorSpec((8, 8), "int64", classes=8),
    "scalar": TensorSpec((), batched=False),
}
RARE = [TensorSpec((8, 8, 8), "int64")]  # for ports that take none of the samples
COLOURED = TensorSpec((3, 8, 8))  # for types that need the three channels of colours
RUNNING = ("layer", "loss", "metric", "output")
READS_LESS_LATER = ("reparameterise",)  # once trained it gives the mean, and the variance gets no gradient


class Case(NamedTuple):
    """A node type with what arrives at it and parameters that differ from the defaults."""

    type: NodeType
    arriving: dict[str, TensorSpec]
    params: dict[str, Any]

    def __str__(self) -> str:
        words = [self.type.name, *(str(spec) for spec in self.arriving.values())]
        return "-".join([*words, *(f"{name}={value}" for name, value in self.params.items())])


def wirings(
    inputs: tuple[Input, ...], samples: Collection[TensorSpec] = SAMPLES.values()
) -> Iterator[dict[str, TensorSpec]]:
    """Every way to wire samples to what accepts them; growing inputs get two, optional ones one or none."""
    choices: list[list[dict[str, TensorSpec]]] = []
    for declared in inputs:
        names = [f"{declared.name}.0", f"{declared.name}.1"] if declared.growing else [declared.name]
        accepts = declared.wants.accepts
        fitting = [dict.fromkeys(names, spec) for spec in samples if accepts(spec)]
        fitting = fitting or [dict.fromkeys(names, spec) for spec in RARE if accepts(spec)]
        choices.append([{}, fitting[0]] if declared.optional else fitting)
    for chosen in itertools.product(*choices):
        yield {name: spec for each in chosen for name, spec in each.items()}


def works(case: Case) -> bool:
    """Whether the declaration takes the case; one that does not has to say why in a sentence."""
    refusal = ""
    try:
        with torch.device("meta"):
            build(case.type, case.params, case.arriving)
    except ValueError as error:
        refusal = str(error)
    assert refusal == "" or refusal.endswith("."), f"{case} is refused with “{refusal}”, which is no sentence"
    return not refusal


def other_values(parameter: Parameter) -> list[Any]:
    """Values of a parameter beside its default."""
    if parameter.choices:
        return [choice for choice in parameter.choices if choice != parameter.default]
    if parameter.type is bool:
        return [not parameter.default]
    if parameter.type in (str, list):
        return []
    nearby = [parameter.default + 1] if parameter.type is int else [parameter.default / 2 + 0.1]
    return [value for value in nearby if parameter.problem(value) is None]


def cases() -> list[Case]:
    """Every wiring with the defaults, and every other value of every parameter with the first wiring that works."""
    found = []
    for node_type in EVERY_TYPE.values():
        if node_type.kind not in RUNNING:
            continue
        plain = [case for wiring in wirings(node_type.inputs) if works(case := Case(node_type, wiring, {}))]
        if not plain:
            plain = [
                case for wiring in wirings(node_type.inputs, [COLOURED]) if works(case := Case(node_type, wiring, {}))
            ]
        found += plain
        for parameter in node_type.parameters:
            for value in other_values(parameter) if not parameter.group else ():
                varied = (Case(node_type, case.arriving, {parameter.name: value}) for case in plain)
                found += itertools.islice(filter(works, varied), 1)
    return found


CASES = cases()
every_case = pytest.mark.parametrize("case", CASES, ids=str)
every_type = pytest.mark.parametrize("node_type", EVERY_TYPE.values(), ids=lambda node_type: node_type.name)


def run(made: Any, case: Case, inputs: dict[str, torch.Tensor]) -> tuple[torch.Tensor, ...]:
    given = [inputs.get(declared.name) for declared in case.type.inputs if not declared.growing]
    torch.manual_seed(2)  # for what draws random numbers
    result = made(*given, *(value for name, value in inputs.items() if "." in name))
    return result if isinstance(result, tuple) else (result,)


@every_type
def test_everything_is_explained(node_type: NodeType) -> None:
    assert node_type.summary.endswith((".", "!"))
    assert len(node_type.summary) < 120
    assert node_type.search
    assert node_type.title
    assert node_type.help or node_type.kind == "source"
    for parameter in node_type.parameters:
        assert len(parameter.help) > 10
        assert parameter.problem(parameter.default) is None
        if parameter.type in (int, float) and not parameter.choices:
            assert None not in (parameter.limits.low, parameter.limits.high), f"{parameter.name} has no limits"


@every_type
def test_it_is_built_for_everything_its_ports_accept(node_type: NodeType) -> None:
    if node_type.kind not in RUNNING:
        return
    for declared in node_type.inputs:
        meanings = {declared.wants.meaning, *declared.wants.also}
        name = f"{declared.name}.0" if declared.growing else declared.name
        built = {case.arriving[name].meaning for case in CASES if case.type is node_type and name in case.arriving}
        assert built >= meanings - {"tensor"}
        assert built, f"nothing that {declared.name} accepts can be wired to it"


@every_case
@pytest.mark.parametrize(("batch", "training"), [(3, True), (1, False)], ids=["training", "a single one"])
def test_it_runs_forward_and_backward_as_inferred(case: Case, batch: int, training: bool) -> None:
    torch.manual_seed(0)
    made = build(case.type, case.params, case.arriving)
    if isinstance(made, nn.Module):
        made.train(training or case.type.name in READS_LESS_LATER)
    inputs = {name: examples(spec, batch) for name, spec in case.arriving.items()}
    real = [value.requires_grad_() for name, value in inputs.items() if value.is_floating_point() and name != "target"]
    results = run(made, case, entwined(inputs) if case.type.differentiates else inputs)
    report = infer(case.type, case.params, case.arriving, dict)
    for spec, result in zip(report.outputs.values(), results, strict=True):
        assert tuple(result.shape) == ((batch, *spec.shape) if spec.batched else spec.shape)
        assert str(result.dtype) == f"torch.{spec.dtype}"
        assert result.isfinite().all()
    if case.type.kind != "metric" and (real or case.type.weights):
        check_gradients(results, real if case.type.gradients else [], made)
    weights = list(made.parameters()) if isinstance(made, nn.Module) else []
    assert bool(weights) <= case.type.weights, "its declaration does not say that it has weights"
    assert report.parameters == sum(weight.numel() for weight in weights)


def check_gradients(results: tuple[torch.Tensor, ...], inputs: list[torch.Tensor], made: Any) -> None:
    """A gradient reaches every input and every weight, and is finite."""
    total = sum(result.square().sum() for result in results if result.requires_grad)
    if isinstance(total, torch.Tensor):
        total.backward()
    weights = list(made.parameters()) if isinstance(made, nn.Module) else []
    for reached in [*inputs, *weights]:
        assert reached.grad is not None
        assert reached.grad.isfinite().all()


def drawn(case: Case) -> Document:
    """The node with a field of a data set wired to every input and an Output at every output of a layer."""
    document = Document()
    with document.edit("Draw"):
        document.add_node("data", id="data_1")
        key = document.add_node(case.type.name, id="tested", params=case.params)
        for place, name in enumerate(case.arriving):
            document.connect(Port("main", "data_1", f"field_{place}"), Port(*key, name))
        for place, name in enumerate(case.type.outputs if case.type.kind == "layer" else ()):
            document.add_node("output", id=f"output_{place}")
            document.connect(Port(*key, name), Port("main", f"output_{place}", "x"))
    return document


def compiled(case: Case, document: Document) -> tuple[Root, str]:
    fields = {f"field_{place}": spec for place, spec in enumerate(case.arriving.values())}
    analysis = analyse(document, lambda source: fields)
    assert not analysis.errors
    root = compile_root(document, analysis).eval()
    return root, source_of(document, analysis)


@every_case
def test_state_can_be_saved_and_loaded(case: Case) -> None:
    first, second = (build(case.type, case.params, case.arriving) for _ in range(2))
    if not isinstance(first, nn.Module):
        return
    run(first, case, {name: examples(spec, 3) for name, spec in case.arriving.items()})  # moves running averages
    second.load_state_dict(first.state_dict())
    inputs = {name: examples(spec, 3) for name, spec in case.arriving.items()}
    for one, other in zip(run(first.eval(), case, inputs), run(second.eval(), case, inputs), strict=True):
        assert torch.equal(one, other)


@every_case
def test_exported_source_computes_the_same(case: Case) -> None:
    if case.type.kind == "metric":
        return  # the training that is exported watches its loss
    torch.manual_seed(1)
    document = drawn(case)
    root, source = compiled(case, document)
    space: dict[str, Any] = {"__name__": "exported"}
    exec(compile(source, "exported.py", "exec"), space)
    network = space["Network"]().eval()
    network.load_state_dict(root.state_dict())
    is_loss = case.type.kind == "loss"
    targets = [Port("main", "tested", name) for name in case.type.outputs]
    module = make_slice(document, root, targets)
    for batch in (1, 3):
        specs = [root.specs[port] for port in module.sources]
        inputs = [examples(spec, batch) for spec in specs]
        torch.manual_seed(2)
        expected = module(*inputs)
        torch.manual_seed(2)
        got = (network.loss if is_loss else network)(*inputs)
        for one, other in zip(expected if isinstance(expected, tuple) else (expected,),
                              got if isinstance(got, tuple) else (got,), strict=True):  # fmt: skip
            assert torch.equal(one, other)


DERIVED = ("table", "series")  # make their fields of columns, and are tested with them
SOURCES = [t for t in EVERY_TYPE.values() if t.kind == "source" and t.name not in (INPUT, DELAY, *DERIVED)]


@pytest.mark.parametrize("node_type", SOURCES, ids=lambda t: t.name)
def test_sources_give_what_they_promise(node_type: NodeType) -> None:
    if node_type.dynamic:
        specs = {"image": TensorSpec((1, 8, 8))}
        given = build_source(node_type, {}, lambda source: specs)
        rows = {name: TensorSpec(each.shape[1:], str(each.dtype)) for name, each in (given.rows or {}).items()}
        assert given.specs == (rows or specs)
        return
    for params in [{}, *({p.name: value} for p in node_type.parameters for value in other_values(p))]:
        source: Source = node_type.build(**node_type.complete(params))
        assert source.draw is not None
        generator = torch.Generator().manual_seed(4)
        values = source.draw(3, generator, torch.device("cpu"))
        again = source.draw(3, generator.manual_seed(4), torch.device("cpu"))
        assert set(values) == set(source.specs) == set(node_type.outputs)
        for name, spec in source.specs.items():
            assert tuple(values[name].shape) == (3, *spec.shape)
            assert str(values[name].dtype) == f"torch.{spec.dtype}"
            assert torch.equal(values[name], again[name])
