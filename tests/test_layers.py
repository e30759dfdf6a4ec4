"""The contract that every declared node type keeps; one dropped into graph/layers is tested with no edit here."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch
from declared import entwined
from exported import examples
from torch import nn

from graph.building import build, build_source, infer
from graph.catalogue import CATALOGUE, Input, NodeType, Parameter, Source
from graph.compiler import Root, compile_root, make_slice
from graph.document import Document, Port
from graph.inference import analyse
from graph.layers import CATALOGUE as EVERY_TYPE
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


def wirings(inputs: tuple[Input, ...]) -> Iterator[dict[str, TensorSpec]]:
    """Every way to wire samples to what accepts them; growing inputs get two, optional ones one or none."""
    choices: list[list[dict[str, TensorSpec]]] = []
    for declared in inputs:
        names = [f"{declared.name}.0", f"{declared.name}.1"] if declared.growing else [declared.name]
        accepts = declared.wants.accepts
        fitting = [dict.fromkeys(names, spec) for spec in SAMPLES.values() if accepts(spec)]
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


@pytest.mark.parametrize("node_type", [t for t in EVERY_TYPE.values() if t.kind == "source"], ids=lambda t: t.name)
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


def objectives() -> list[dict[str, Any]]:
    options = [{p.name: value} for p in CATALOGUE["objective"].parameters for value in other_values(p)]
    looking_ahead = {"optimizer": "sgd", "momentum": 0.9, "nesterov": True}
    return [{}, *options, looking_ahead, {"optimizer": "sgd", "clip_norm": 0.1}]


@pytest.mark.parametrize("params", objectives(), ids=str)
def test_an_objective_makes_a_loss_smaller(params: dict[str, Any]) -> None:
    made = build(CATALOGUE["objective"], {"learning_rate": 0.05, **params}, {})
    weight = nn.Parameter(torch.tensor([2.0, -1.0]))
    optimizer = made.optimizer([weight])
    schedule = made.schedule(optimizer, 20) if made.schedule else None
    rates = []

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = weight.square().sum()
        loss.backward()
        return loss

    for _ in range(20):
        optimizer.step(closure)
        rates.append(optimizer.param_groups[0]["lr"])
        if schedule:
            schedule.step()
    assert weight.square().sum() < 5.0
    assert bool(schedule) == (min(rates) < 0.05)


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd"])
def test_optimisers_are_fused_and_fall_back_where_torch_cannot(optimizer: str) -> None:
    made = build(CATALOGUE["objective"], {"optimizer": optimizer}, {})
    assert made.optimizer([nn.Parameter(torch.zeros(3))]).defaults["fused"]
    assert not made.optimizer([nn.Parameter(torch.zeros(3, dtype=torch.complex64))]).defaults["fused"]


def judged(metric: str, prediction: list[Any], target: list[Any], **params: Any) -> list[float]:
    values = {"prediction": torch.tensor(prediction), "target": torch.tensor(target)}
    specs = {
        name: TensorSpec(tuple(value.shape[1:]), str(value.dtype).removeprefix("torch."))
        for name, value in values.items()
    }
    return build(CATALOGUE[metric], params, specs)(*values.values()).tolist()


def test_accuracy_counts_classes_and_zeros_and_ones():
    assert judged("accuracy", [[0.1, 0.9], [0.8, 0.2]], [1, 1]) == [1.0, 0.0]
    assert judged("accuracy", [[0.6, 0.2], [0.6, 0.2]], [[1.0, 0.0], [1.0, 1.0]]) == [1.0, 0.0]
    assert judged("accuracy", [[0.6], [0.4]], [1, 1]) == [1.0, 0.0]
    assert judged("accuracy", [0.6, 0.4], [[1.0], [0.0]]) == [1.0, 1.0]
    assert judged("accuracy_from_logits", [[0.2], [-0.2]], [[1.0], [0.0]]) == [1.0, 1.0]
    assert judged("accuracy", [[0.2], [-0.2]], [[1.0], [0.0]], threshold=0.0) == [1.0, 1.0]
    a_step_each = [[[0.1, 0.9], [0.9, 0.1]]]
    assert judged("accuracy", a_step_each, [[1, 1]]) == [0.5]


def test_errors_of_numbers_are_those_of_the_textbook():
    assert judged("mean_absolute_error", [[1.0, 3.0]], [[2.0, 5.0]]) == [1.5]
    squares = judged("root_mean_squared_error", [[1.0], [2.0]], [[4.0], [6.0]])
    finish = CATALOGUE["root_mean_squared_error"].finish
    assert finish is not None
    assert finish(sum(squares) / 2) == pytest.approx(12.5**0.5)


def test_losses_of_converted_targets_are_those_of_torch():
    prediction, target = torch.tensor([[0.3], [0.8]]), torch.tensor([0, 1])
    specs = {"prediction": TensorSpec((1,)), "target": TensorSpec((), "int64", classes=2)}
    expected = nn.functional.binary_cross_entropy(prediction, target.float().unsqueeze(1))
    assert torch.equal(build(CATALOGUE["binary_cross_entropy"], {}, specs)(prediction, target), expected)
    logits, classes = torch.randn(2, 5, 3), torch.randint(3, (2, 5))
    specs = {"prediction": TensorSpec((5, 3)), "target": TensorSpec((5,), "int64", classes=3)}
    expected = nn.functional.cross_entropy(logits.reshape(10, 3), classes.reshape(10))
    assert torch.allclose(build(CATALOGUE["cross_entropy"], {}, specs)(logits, classes), expected)


def test_recurrent_states_are_those_after_the_last_step():
    sequence, last, cell = build(CATALOGUE["lstm"], {"layers": 2}, {"x": SAMPLES["sequence"]})(torch.rand(3, 6, 8))
    assert torch.equal(sequence[:, -1], last)
    assert cell.shape == last.shape
    both = {"bidirectional": True, "hidden_size": 5}
    sequence, last = build(CATALOGUE["gru"], both, {"x": SAMPLES["sequence"]})(torch.rand(3, 6, 8))
    assert torch.equal(last, torch.cat((sequence[:, -1, :5], sequence[:, 0, 5:]), dim=1))


def test_a_causal_convolution_does_not_see_the_future():
    made = build(CATALOGUE["conv1d"], {"padding": "causal", "dilation": 2}, {"x": SAMPLES["sequence"]})
    before, after = torch.rand(1, 6, 8), torch.rand(1, 6, 8)
    after[:, :4] = before[:, :4]
    assert torch.equal(made(before)[:, :4], made(after)[:, :4])
    assert not torch.equal(made(before)[:, 4:], made(after)[:, 4:])


@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 7])
def test_same_padding_keeps_the_size_and_transposed_multiplies_it(kernel: int) -> None:
    image = {"x": TensorSpec((2, 9, 9))}
    specs = infer(CATALOGUE["conv2d"], {"kernel": kernel}, image, dict).outputs
    assert specs["features"].shape == (32, 9, 9)
    for stride in range(1, kernel + 1):
        params = {"kernel": kernel, "stride": stride}
        specs = infer(CATALOGUE["conv_transpose2d"], params, image, dict).outputs
        assert specs["features"].shape == (32, 9 * stride, 9 * stride)


REFUSALS = [
    ("conv2d", {"x": SAMPLES["image"]}, {"groups": 3}, "3 groups .* 8 channels .* 32 filters .* such as 8"),
    ("conv_transpose2d", {"x": SAMPLES["image"]}, {"kernel": 2, "stride": 3}, "kernel of 2 leaves gaps .* stride of 3"),
    ("conv_transpose1d", {"x": SAMPLES["sequence"]}, {"padding": "custom", "extra": 2}, "extra of 2 is too much"),
    ("max_pool2d", {"x": SAMPLES["image"]}, {"border": 2}, "border of 2 .* window of 2: .* half of it, 1"),
    ("group_norm", {"x": SAMPLES["vector"]}, {"groups": 3}, "3 groups .* 8 channels"),
    ("embedding", {"x": TensorSpec((5,), "int64")}, {}, "entries"),
    ("embedding", {"x": SAMPLES["tokens"]}, {"entries": 5}, "5 entries is too small for 8"),
    ("reshape", {"x": SAMPLES["vector"]}, {"shape": "3, 3"}, "room for 9 numbers, but 8 arrive"),
    ("reshape", {"x": SAMPLES["vector"]}, {"shape": "-1, -1"}, "one of them may be -1"),
    ("reshape", {"x": SAMPLES["vector"]}, {"shape": "two by four"}, "written as whole numbers"),
    ("permute", {"x": SAMPLES["image"]}, {"order": "1, 2"}, "its axes are 1, 2, 3"),
    ("add", {}, {}, "Nothing is wired"),
    ("add", {"xs.0": SAMPLES["vector"], "xs.1": TensorSpec((7,))}, {}, "8 and 7 cannot be added"),
    ("concatenate", {"xs.0": SAMPLES["vector"]}, {"axis": 2}, "no axis 2: what arrives \\(8\\) has a single axis"),
    ("concatenate", {"xs.0": SAMPLES["image"], "xs.1": TensorSpec((8, 4, 4))}, {}, "cannot be joined along axis 1"),
    ("concatenate", {"xs.0": SAMPLES["vector"], "xs.1": SAMPLES["tokens"]}, {}, "put an embedding"),
    ("softmax", {"x": TensorSpec(())}, {}, "at least two features"),
    ("batch_norm", {"x": TensorSpec(())}, {}, "wire a vector"),
    ("cross_entropy", {"prediction": TensorSpec((7,)), "target": SAMPLES["classes"]}, {}, "7 numbers, .* 8 classes"),
    ("cross_entropy", {"prediction": SAMPLES["image"], "target": SAMPLES["classes"]}, {}, "does not fit the target"),
    ("cross_entropy", {"prediction": SAMPLES["vector"], "target": TensorSpec((7,))}, {}, "has to be class numbers"),
    ("mse_loss", {"prediction": SAMPLES["vector"], "target": TensorSpec((2, 2, 2))}, {}, "Put a flatten"),
    ("mse_loss", {"prediction": SAMPLES["vector"], "target": TensorSpec((7,))}, {}, "of the same shape"),
    ("binary_cross_entropy", {"prediction": SAMPLES["vector"], "target": SAMPLES["classes"]}, {}, "take cross_entropy"),
    ("objective", {}, {"optimizer": "sgd", "nesterov": True}, "set a momentum"),
]


@pytest.mark.parametrize(("name", "arriving", "params", "sentence"), REFUSALS, ids=lambda value: str(value)[:40])
def test_what_cannot_work_is_refused_with_a_sentence(
    name: str, arriving: dict[str, TensorSpec], params: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence) as refusal:
        build(CATALOGUE[name], params, arriving)
    assert str(refusal.value).endswith(".")


def test_layers_are_declared_without_torch():
    code = "import sys, graph.layers; print('torch' in sys.modules, len(graph.layers.CATALOGUE))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parent.parent, capture_output=True, text=True
    )
    assert done.stdout.split() == ["False", str(len(EVERY_TYPE))], done.stderr
