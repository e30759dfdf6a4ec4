"""ONNX: one file that onnxruntime and many other programs run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from backend.export import Format, Way, register
from graph.lazy import torch

if TYPE_CHECKING:
    from backend.export._subject import Subject

EXAMPLES = 2  # the exporter freezes a batch of one
MOST_BYTES = 1_900_000_000  # a protobuf file holds less than 2 GiB; what is larger keeps its weights beside it
OPSET = 17  # of the older exporter

LOADER = """
import onnxruntime

def load(path):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    names = [port.name for port in session.get_inputs()]
    return lambda inputs: session.run(None, dict(zip(names, inputs, strict=True)))
"""


def with_dynamo(subject: Subject, path: Path) -> None:
    """Through torch.export; every axis that can be free is."""
    from backend.export._checking import free_axes

    axes = [dict.fromkeys(free_axes(spec), torch.export.Dim.AUTO) for spec in subject.input_specs]
    _export(subject, path, dynamo=True, dynamic_shapes=tuple(axes))


def with_torchscript(subject: Subject, path: Path) -> None:
    """Through the older exporter, which gets some recurrent layers right that the newer one freezes."""
    from backend.export._checking import free_axes

    words = {0: "batch", 1: "time"}
    named = zip(subject.input_names, subject.input_specs)
    axes = {name: {axis: words[axis] for axis in free_axes(spec)} for name, spec in named}
    axes |= {name: {0: "batch"} for name in subject.output_names}
    _export(subject, path, dynamo=False, dynamic_axes=axes, opset_version=OPSET)


def with_fixed_length(subject: Subject, path: Path) -> None:
    """Sequences of the data's length only."""
    axes = [{0: torch.export.Dim.AUTO} for _ in subject.input_specs]
    _export(subject, path, dynamo=True, dynamic_shapes=tuple(axes))


def _export(subject: Subject, path: Path, **how: Any) -> None:
    import onnx

    from backend.export._checking import example

    inputs = tuple(example(spec, EXAMPLES) for spec in subject.input_specs)
    large = sum(tensor.nbytes for tensor in subject.module.state_dict().values()) > MOST_BYTES
    torch.onnx.export(
        subject.module, inputs, path, input_names=subject.input_names, output_names=subject.output_names,
        external_data=large, **how,
    )  # fmt: skip
    model = onnx.load(path, load_external_data=False)
    model.producer_name = "Netloom"
    onnx.helper.set_model_props(model, subject.metadata())
    onnx.save(model, path)


FIXED = "Sequences have to be as long as those of the data."

register(Format(
    "onnx", ".onnx", "one file for onnxruntime and many other programs",
    (Way(with_dynamo, apart=True), Way(with_torchscript, apart=True),
     Way(with_fixed_length, FIXED, any_length=False, apart=True)),
    LOADER, tolerance=1e-4,
))  # fmt: skip
