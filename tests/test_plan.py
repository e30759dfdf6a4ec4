"""What a document asks for: losses, objectives, measures, outputs and what an output is compared with."""

from __future__ import annotations

from test_inference import analyse, chain

from graph import plan
from graph.document import Document, NodeKey, Port


def classifier() -> Document:
    document = chain(("flatten", {}), ("linear", {"units": 10}), ("softmax", {}), ("output", {}))
    with document.edit("Add a loss"):
        loss = document.add_node("cross_entropy")
        document.connect(Port("main", "linear_1", "output"), Port(*loss, "prediction"))
        document.connect(Port("main", "data_1", "label"), Port(*loss, "target"))
    return document


def test_one_default_objective_over_all_losses():
    document = classifier()
    (objective,) = plan.objectives(document)
    assert objective.node is None
    assert [port.node for port in objective.losses] == ["cross_entropy_1"]


def test_drawn_objectives_take_their_own_losses():
    document = classifier()
    with document.edit("Draw an objective"):
        key = document.add_node("objective")
        document.connect(Port("main", "cross_entropy_1", "loss"), Port(*key, "losses.0"))
    (objective,) = plan.objectives(document)
    assert objective.node == key
    assert objective.losses == (Port("main", "cross_entropy_1", "loss"),)


def test_no_loss_means_no_objective():
    assert plan.objectives(chain(("flatten", {}))) == ()


def test_a_loss_brings_its_measures_and_a_drawn_metric_is_not_counted_twice():
    document = classifier()
    assert [measure.name for measure in plan.measures(document, analyse(document).specs)] == ["accuracy"]
    with document.edit("Draw the same metric"):
        key = document.add_node("accuracy")
        document.connect(Port("main", "linear_1", "output"), Port(*key, "prediction"))
        document.connect(Port("main", "data_1", "label"), Port(*key, "target"))
    assert [measure.name for measure in plan.measures(document, analyse(document).specs)] == ["accuracy"]
    with document.edit("And one of another port"):
        document.connect(Port("main", "softmax_1", "output"), Port(*key, "prediction"))
    assert sorted(measure.name for measure in plan.measures(document, analyse(document).specs)) == [
        "accuracy_1.accuracy",
        "cross_entropy_1.accuracy",
    ]


def test_an_output_knows_its_target_through_the_loss_upstream():
    document = classifier()
    (output,) = plan.outputs(document, analyse(document).specs)
    assert output.kind == "classes"
    assert output.target == Port("main", "data_1", "label")


def test_a_wired_target_and_a_drawn_kind_win():
    document = classifier()
    with document.edit("Compare with the picture"):
        document.connect(Port("main", "data_1", "image"), Port("main", "output_1", "target"))
        document.set_param(NodeKey("main", "output_1"), "kind", "latent")
    (output,) = plan.outputs(document, analyse(document).specs)
    assert (output.kind, output.target) == ("latent", Port("main", "data_1", "image"))
