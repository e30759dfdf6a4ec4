"""What is exported: the slice of a run or a design that computes the chosen outputs, in evaluation mode on the CPU."""

from __future__ import annotations

import difflib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import torch
from torch import fx

from backend import data
from backend.data import AnyPreparation, Preparation
from backend.export import ExportProblem
from backend.export._alone import Prepared, alone
from backend.loading import checked, load_run, preparation_of
from backend.undisturbed import undisturbed
from graph.compiler import Root, compile_root, make_slice
from graph.document import MAIN, Document, Port
from graph.inference import Analysis
from graph.naming import identifier
from graph.plan import OutputPlan, outputs
from graph.specs import TensorSpec


class Subject(NamedTuple):
    """A network about to be written. ``preparation`` is what training fitted, by data node and field."""

    document: Document
    analysis: Analysis
    root: Root
    module: fx.GraphModule
    outputs: tuple[OutputPlan, ...]
    preparation: Prepared
    trained: bool

    @property
    def input_ports(self) -> tuple[Port, ...]:
        found: tuple[Port, ...] = self.module.sources  # type: ignore[assignment]
        return found

    @property
    def input_names(self) -> list[str]:
        """As the parameters of the module's ``forward`` are called: ``data_1_image``."""
        names: list[str] = []
        for port in self.input_ports:
            names.append(identifier(f"{port.node}_{port.port}", names))
        return names

    @property
    def input_specs(self) -> list[TensorSpec]:
        return [self.root.specs[port] for port in self.input_ports]

    @property
    def output_names(self) -> list[str]:
        return [plan.port.node for plan in self.outputs]

    def metadata(self) -> dict[str, str]:
        """What a reader of the file wants to know, for formats that have room for it. Values are JSON."""
        inputs = {name: self._input_words(port) for name, port in zip(self.input_names, self.input_ports)}
        made = {plan.port.node: self._output_words(plan) for plan in self.outputs}
        title = self.document.about.get("title", "")
        facts = {"title": title, "trained": self.trained, "inputs": inputs, "outputs": made}
        return {"producer": "Netloom"} | {name: json.dumps(value, ensure_ascii=False) for name, value in facts.items()}

    def _input_words(self, port: Port) -> dict[str, Any]:
        fitted = self.preparation.get(port.node, {}).get(port.port)
        return _words(self.root.specs[port]) | ({"preparation": _formula(fitted)} if fitted else {})

    def _output_words(self, plan: OutputPlan) -> dict[str, Any]:
        names = self.root.specs[plan.target].names if plan.target else ()
        return _words(self.root.specs[plan.port]) | {"kind": plan.kind} | ({"classes": list(names)} if names else {})


def subject_of(what: str | Path | Document, output: str = "", network: str = "") -> Subject:
    """A run with its weights, or a document with the initial weights that its seed gives. Problems have sentences.

    output: the Output node to export, by name or id; "" exports all
    network: the placed network to export, with its inputs as arguments; "" or the main one exports the design
    """
    if isinstance(what, Document):
        analysis, settings = checked(what, data.fields)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(settings.seed)
            root = compile_root(what, analysis)
        return _part(what, analysis, root, output, network, {}, trained=False)
    model = load_run(what)
    recorded = model.run.record.data if model.run else {}
    preparation = {node: preparation_of(record) for node, record in recorded.items()}
    return _part(model.document, model.analysis, model.root, output, network, preparation, trained=True)


def _part(
    document: Document, analysis: Analysis, root: Root, output: str, network: str, preparation: Prepared, trained: bool
) -> Subject:
    """A design, or one of its networks."""
    if network in ("", MAIN, document.networks[MAIN].title):
        return assembled(document, analysis, root, output, preparation, trained)
    own = alone(document, analysis, root, network, preparation)
    return assembled(own.document, own.analysis, own.root, output, own.preparation, trained)


def assembled(
    document: Document,
    analysis: Analysis,
    root: Root,
    output: str,
    preparation: Prepared,
    trained: bool,
) -> Subject:
    """The slice of a root that computes one output, or all. What spoils examples for practice does so no more."""
    document = undisturbed(document, root)
    chosen = choose(outputs(document, root.specs), output)
    module = make_slice(document, root.cpu(), [plan.port for plan in chosen]).eval()
    return Subject(document, analysis, root, module, chosen, preparation, trained)


def choose(there: Sequence[OutputPlan], wanted: str) -> tuple[OutputPlan, ...]:
    """The outputs that are meant: one by its name or id, or all. Raises ExportProblem where there is none."""
    if not there:
        raise ExportProblem("The design has no Output node: wire one to what is wanted of the network.")
    if not wanted:
        return tuple(there)
    if found := [plan for plan in there if wanted in (plan.name, plan.port.node)]:
        return tuple(found)
    names = [plan.name for plan in there]
    near = difflib.get_close_matches(wanted, names, 1)
    guess = f" (did you mean “{near[0]}”?)" if near else ""
    raise ExportProblem(f"There is no output “{wanted}”{guess}; there are {', '.join(f'“{name}”' for name in names)}.")


def _words(spec: TensorSpec) -> dict[str, Any]:
    return {"shape": ["batch", *spec.shape], "dtype": spec.dtype}


def _formula(preparation: AnyPreparation) -> Any:
    """How stored values become what the network reads; of a table, what is done with each column."""
    if not isinstance(preparation, Preparation):
        return msgspec.to_builtins(preparation)
    if not preparation.changes:
        return f"values as {preparation.dtype}"
    shift, scale = (list(each) if len(each) > 1 else each[0] for each in (preparation.shift, preparation.scale))
    return f"(values - {shift}) / {scale}"
