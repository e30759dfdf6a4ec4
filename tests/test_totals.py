"""What a training takes: counted before it begins, and held against what torch keeps when it is done for real."""

from __future__ import annotations

import pytest
import torch
from torch.autograd.graph import saved_tensors_hooks

from backend.commands.check import as_json
from backend.data import fields
from backend.messages_totals import Totals
from backend.rehearsal import Interrupted, hollow_root, passed
from backend.totals import totals
from graph.analysis import Analysis
from graph.compiler import compile_root, make_slice, trained_by
from graph.document import Document
from graph.inference import analyse
from graph.plan import losses, objectives
from graph.templates import find_design

TOLERANCE = 0.02  # of the bytes that torch keeps for the way back


def known(name: str, batch: int) -> tuple[Document, Analysis]:
    document = find_design(name)
    with document.edit("Set"):
        document.set_setting("batch_size", batch)
    return document, analyse(document, fields)


def told(name: str, batch: int) -> Totals:
    found = totals(*known(name, batch))
    assert found is not None
    return found


def kept_for_real(document: Document, analysis: Analysis, batch: int) -> int:
    """Bytes that torch keeps on the CPU for the way back, in the objective that needs most."""
    root, found = compile_root(document, analysis), []
    for plan in objectives(document):
        module = make_slice(document, root, plan.losses)
        specs = [root.specs[port] for port in module.sources]  # type: ignore[union-attr]
        inputs = [torch.zeros((batch, *spec.shape), dtype=getattr(torch, spec.dtype)) for spec in specs]
        own = {each.data_ptr() for each in (*module.parameters(), *module.buffers(), *inputs)}
        kept: dict[int, torch.Tensor] = {}

        def keep(tensor: torch.Tensor, kept: dict[int, torch.Tensor] = kept) -> torch.Tensor:
            kept[tensor.untyped_storage().data_ptr()] = tensor
            return tensor

        with saved_tensors_hooks(keep, lambda tensor: tensor):
            module(*inputs)
        found.append(sum(t.untyped_storage().nbytes() for at, t in kept.items() if at not in own))
    return max(found)


@pytest.mark.filterwarnings("ignore:TF32 acceleration on top of oneDNN")
@pytest.mark.parametrize(("name", "batch"), [("lenet5", 16), ("resnet18", 1), ("forecast-lstm", 16), ("dcgan", 8)])
def test_activations_are_what_torch_keeps(name: str, batch: int) -> None:
    document, analysis = known(name, batch)
    found = totals(document, analysis)
    assert found is not None
    with torch.backends.mkldnn.flags(enabled=False):  # its LSTM keeps a workspace of its own beside the values
        assert found.activations == pytest.approx(kept_for_real(document, analysis, batch), rel=TOLERANCE)


@pytest.mark.parametrize("name", ["lenet5", "dcgan", "descent-compared"])
def test_weights_gradients_and_states_are_what_training_makes(name: str) -> None:
    document, analysis = known(name, 4)
    found = totals(document, analysis)
    assert found is not None
    root = compile_root(document, analysis)
    assert found.weights == sum(each.nbytes for each in (*root.parameters(), *root.buffers()))
    learned = {id(p): p for plan in objectives(document) for p in trained_by(make_slice(document, root, plan.losses))}
    assert found.gradients == sum(each.nbytes for each in learned.values())
    remembered = {"descent-compared": 0}.get(name, 2 * found.gradients)  # adam keeps two numbers a weight
    assert found.optimiser == remembered


def test_work_and_activations_grow_with_the_batch_and_weights_do_not() -> None:
    small, large = told("lenet5", 8), told("lenet5", 32)
    assert large.multiply_adds == 4 * small.multiply_adds
    assert large.activations == pytest.approx(4 * small.activations, rel=0.001)
    assert large.fixed == small.fixed


def test_the_largest_batch_fits_and_one_more_does_not() -> None:
    found = told("lenet5", 32)
    sized = Totals(32, 0, 1000, 1000, 2000, 32 * 90, 32 * 10, "cpu", 10_000)
    assert sized.largest_batch == 60
    assert sized.fits
    assert not Totals(61, 0, 1000, 1000, 2000, 61 * 90, 61 * 10, "cpu", 10_000).fits
    assert found.capacity > 0
    assert found.device == "cpu" or found.device.startswith("cuda")


def test_nodes_share_what_all_take() -> None:
    found = told("lenet5", 8)
    assert sum(cost.multiply_adds for cost in found.nodes.values()) == found.multiply_adds
    assert sum(cost.activations for cost in found.nodes.values()) == found.activations
    document, analysis = known("lenet5", 8)
    answer = as_json(document, analysis)
    assert answer["totals"]["multiply_adds"] == found.multiply_adds
    assert sum(node["multiply_adds"] for node in answer["totals"]["nodes"]) == found.multiply_adds


def test_a_network_without_a_loss_has_no_totals() -> None:
    document = Document()
    assert totals(document, analyse(document, fields)) is None


def test_counting_stops_for_something_more_urgent() -> None:
    document, analysis = known("lenet5", 8)
    with pytest.raises(Interrupted):
        passed(document, hollow_root(document, analysis), losses(document), 8, lambda: True)
