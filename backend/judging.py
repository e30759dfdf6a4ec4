"""What an output of a design tells and by what it is judged: classes, numbers in their unit, tokens, pictures."""

from __future__ import annotations

from typing import Final

import torch

from backend.data import DataSet
from backend.data.series_preparation import SeriesPreparation
from backend.data.texts_vocabulary import TextPreparation
from backend.loading import Model
from backend.problems import INPUT, TrainProblem
from backend.sampling import readable
from graph.document import Document, NodeKey, Port
from graph.flat import flat_of
from graph.plan import OutputPlan, outputs
from graph.specs import INTEGERS

LOGITS: Final = {"binary_cross_entropy_with_logits", "perceptron_criterion", "hinge_loss"}
MOST_TARGETS: Final = 64  # numbers of an output that can be chosen among
SEEN: Final = 4096  # targets that are looked at to learn whether they are yes or no
YES_OR_NO: Final = ("0", "1")


def plans(model: Model) -> tuple[OutputPlan, ...]:
    """The outputs of the design that can be computed."""
    return tuple(plan for plan in outputs(model.document, model.root.specs) if plan.port in model.root.specs)


def plan_of(model: Model, output: str) -> OutputPlan:
    """The output with this id, "" for the first. Raises TrainProblem where there is none."""
    found = [plan for plan in plans(model) if output in ("", plan.port.node)]
    if not found:
        raise TrainProblem(
            f"What was trained has no output “{output}”: train the design as it is now." if output else
            "The design has no output: add an Output node after what the network predicts, and train again.", INPUT
        )  # fmt: skip
    return found[0]


def target_of(model: Model, plan: OutputPlan) -> Port:
    """What an output should be. Raises TrainProblem where nothing says so."""
    if plan.target is None or plan.target not in model.root.specs:
        raise TrainProblem(f"Nothing says what “{plan.name}” should have been: wire its target to the Output node, or "
                           "to a loss that reads the same value, and train again.", INPUT)  # fmt: skip
    return plan.target


def class_names(model: Model, plan: OutputPlan) -> tuple[str, ...]:
    """The classes that an output tells, one an example; none where it tells something else."""
    if plan.target not in model.root.specs:
        return ()
    made, meant = model.root.specs[plan.port], model.root.specs[plan.target]
    if meant.meaning == "classes" and len(made.shape) <= 1:
        count = max(made.size, 2)
        names = meant.names or tuple(map(str, range(count)))
        return names[:count] if len(names) >= count else (*names, *map(str, range(len(names), count)))
    return YES_OR_NO if made.size == meant.size == 1 and plan.kind != "image" and _yes_or_no(model, plan.target) else ()


def place_names(model: Model, plan: OutputPlan) -> tuple[str, ...]:
    """The classes that an output tells of every place, as of every pixel; none where it tells something else."""
    if plan.target not in model.root.specs:
        return ()
    made, meant = model.root.specs[plan.port], model.root.specs[plan.target]
    if meant.dtype not in INTEGERS or len(meant.shape) < 2 or made.shape[1:] != meant.shape or made.channels < 2:
        return ()
    return meant.names if len(meant.names) == made.channels else tuple(map(str, range(made.channels)))


def _yes_or_no(model: Model, target: Port) -> bool:
    dataset = model.data.get(target.owner)
    if dataset is None or target.port not in dataset.splits["train"]:
        return False
    seen = dataset.splits["train"][target.port][:SEEN]
    return bool(len(seen)) and bool(((seen == 0) | (seen == 1)).all()) and bool((seen != seen[:1]).any())


def probabilities_of(model: Model, plan: OutputPlan, made: torch.Tensor) -> torch.Tensor:
    """What came out of all examples that are judged as probabilities of the classes, (examples, classes) in float64.

    Whether they are logits is what the loss that reads the same value says; else their range does.
    """
    values = made.reshape(len(made), -1).double()
    if values.shape[1] > 1:
        sums = values.sum(1)
        already = bool((values >= 0).all()) and torch.allclose(sums, torch.ones_like(sums), atol=1e-3)
        return values if already else values.softmax(1)
    inside = bool(((values >= 0) & (values <= 1)).all())
    losses = _losses_at(model.document, plan)
    logits = bool(losses & LOGITS) if losses else not inside and plan.kind == "classes"
    second = values.sigmoid() if logits else values.clamp(0, 1)
    return torch.cat([1 - second, second], 1)


def _losses_at(document: Document, plan: OutputPlan) -> set[str]:
    """The types of the losses that read what an output passes on."""
    flat = flat_of(document).document
    wired = flat.inputs_by_node()
    read = set(wired.get(plan.port.owner, {}).values()) - {plan.target} | {plan.port}
    return {flat.nodes[key].type for key, inputs in wired.items() if inputs.get("prediction") in read}


def tells_logits(model: Model, plan: OutputPlan) -> bool:
    """Whether a loss that reads what an output passes on takes it for logits."""
    return bool(_losses_at(model.document, plan) & LOGITS)


def truth_of(values: torch.Tensor) -> torch.Tensor:
    """Targets as class numbers, (examples,)."""
    flat = values.reshape(len(values))
    return (flat > 0.5).long() if flat.is_floating_point() else flat.long()


def target_names(model: Model, plan: OutputPlan) -> tuple[str, ...]:
    """What the numbers are called that an output tells; none where it tells something else."""
    if plan.target not in model.root.specs or plan.kind in ("image", "tokens", "latent"):
        return ()
    made, meant = model.root.specs[plan.port], model.root.specs[plan.target]
    if made.size != meant.size or meant.meaning in ("classes", "tokens") or not meant.size:
        return ()
    preparation = model.preparation(plan.target)
    if isinstance(preparation, SeriesPreparation):
        return _ahead(preparation, meant.size)
    own = _column(model.document, plan.target)
    if meant.size == 1:
        return (own or plan.name,)
    names = meant.names if len(meant.names) == meant.size else tuple(f"{own or plan.target.port} {n + 1}"
                                                                     for n in range(meant.size))  # fmt: skip
    return names[:MOST_TARGETS]


def _ahead(preparation: SeriesPreparation, size: int) -> tuple[str, ...]:
    """The steps of a forecast by the columns of the series."""
    columns = preparation.columns
    if preparation.every_step or size % len(columns):
        return tuple(f"{n + 1}" for n in range(min(size, MOST_TARGETS)))
    steps = range(1, size // len(columns) + 1)
    return tuple(f"{column} +{step}" for step in steps for column in columns)[:MOST_TARGETS]


def _column(document: Document, target: Port) -> str:
    """The column of a table that is its target."""
    node = flat_of(document).document.nodes.get(target.owner)
    return str(node.params.get("target", "")) if node is not None and node.type == "table" else ""


def in_unit(model: Model, plan: OutputPlan, values: torch.Tensor) -> torch.Tensor:
    """What an output or its target is, in the unit of the target, (examples, numbers) in float64."""
    return readable(model, plan.target, values).reshape(len(values), -1).double().cpu()


def labels_of(model: Model) -> tuple[Port, tuple[str, ...]] | None:
    """The field that says of which class every example is, with the names; None where the data has none."""
    for key, dataset in model.data.items():
        for name, spec in dataset.fields.items():
            if spec.meaning == "classes" and key not in model.draws:
                return Port(*key, name), spec.names or tuple(map(str, range(spec.classes)))
    return None


def gives_back(model: Model, plan: OutputPlan) -> bool:
    """Whether an output should give back what the network reads, or make another picture of it."""
    if plan.target not in model.root.specs or plan.kind not in ("image", "value", "series", "auto"):
        return False
    made, meant = model.root.specs[plan.port], model.root.specs[plan.target]
    pictures = made.meaning == meant.meaning == "image"
    return made.shape == meant.shape and (pictures or plan.target in model.sources([plan.port]))


def vocabulary_of(model: Model, plan: OutputPlan) -> tuple[str, ...]:
    """The tokens that an output tells, one a step; none where it tells something else."""
    if plan.target not in model.root.specs:
        return ()
    meant = model.root.specs[plan.target]
    if meant.meaning != "tokens":
        return ()
    preparation = model.preparation(plan.target)
    if isinstance(preparation, TextPreparation) and preparation.vocabulary:
        return preparation.vocabulary
    return meant.names or tuple(map(str, range(meant.classes)))


def datasets(model: Model) -> dict[NodeKey, DataSet]:
    """The data sets that feed the design."""
    return {key: dataset for key, dataset in model.data.items() if key not in model.draws}


def series_of(model: Model, plan: OutputPlan) -> SeriesPreparation | None:
    """How the series is prepared that an output forecasts; None where it forecasts none."""
    preparation = model.preparation(plan.target)
    if not isinstance(preparation, SeriesPreparation) or plan.target is None or preparation.gives != "target":
        return None
    same = model.root.specs[plan.port].size == model.root.specs[plan.target].size
    return preparation if same else None
