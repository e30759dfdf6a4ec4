"""Bad designs, data, arguments and runs, each with what has to be said about it."""

from __future__ import annotations

import copy
import gzip
import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from graph import files
from graph.templates import find_design
from tests.idx_files import fill, idx_bytes, labels, put

Tree = dict[str, Any]


class Place:
    """A folder to make bad things in."""

    def __init__(self, folder: Path, run: Path) -> None:
        self.folder = folder
        self._run = run

    def path(self, name: str) -> str:
        return str(self.folder / name)

    def holding(self, content: str | bytes, name: str = "design.netloom") -> str:
        (self.folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return self.path(name)

    def design(self, change: Callable[[Tree], object], template: str = "xor") -> str:
        """A template with something changed in its JSON."""
        tree = json.loads(files.dumps(find_design(template)))
        change(tree)
        return self.holding(json.dumps(tree))

    def nodes(self, change: Callable[[Tree], object], template: str = "xor") -> str:
        return self.design(lambda tree: change(tree["networks"]["main"]["nodes"]), template)

    def without(self, *ids: str) -> str:
        """XOR with some nodes and their wires deleted."""

        def delete(tree: Tree) -> None:
            main = tree["networks"]["main"]
            main["nodes"] = {id: node for id, node in main["nodes"].items() if id not in ids}
            main["wires"] = {
                end: start
                for end, start in main["wires"].items()
                if not {end.split(".")[0], start.split(".")[0]} & {*ids}
            }

        return self.design(delete)

    def wires(self, change: Callable[[Tree], object], template: str = "xor") -> str:
        return self.design(lambda tree: change(tree["networks"]["main"]["wires"]), template)

    def run(self, change: Callable[[Path], object] = lambda run: None) -> str:
        """A run of XOR with something changed in its folder."""
        shutil.copytree(self._run, self.folder / "run")
        change(self.folder / "run")
        return self.path("run")

    def idx(self, change: Callable[[Path], object]) -> str:
        """A folder of pictures with something changed in it."""
        change(fill(self.folder / "pictures", packed=False))
        return self.path("pictures")

    def everything(self) -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in sorted(self.folder.rglob("*")) if path.is_file()}


class Case(NamedTuple):
    """What is asked, and what has to come of it. ``says`` is looked for in the sentence."""

    name: str
    asked: Callable[[Place], list[str]]
    says: str
    code: int = 1


def train(design: str, *options: str) -> list[str]:
    return ["train", design, "--epochs", "1", "--quiet", *options]


def checkpoint(run: Path) -> Path:
    return next(run.glob("checkpoints/*/weights.safetensors"))


def stretched(path: Path) -> None:
    save_file({name: torch.cat([value, value]) for name, value in load_file(path).items()}, path)


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"

DESIGNS = [
    Case("no JSON", lambda at: ["check", at.holding("units: 4")], "line 1, column 1 is not JSON"),
    Case("empty", lambda at: ["check", at.holding("")], "it is empty"),
    Case("cut off", lambda at: ["check", at.holding('{"format": "netloom", "version": 1,')], "ends too early"),
    Case("foreign JSON", lambda at: ["check", at.holding('{"nodes": []}')], "no Netloom design"),
    Case("a picture", lambda at: ["check", at.holding(b"\x89PNG\r\n\x1a\n\x00")], "not a text in UTF-8"),
    Case("a name twice", lambda at: ["check", at.holding('{"a": 1, "a": 2}')], "“a” stands twice"),
    Case("not a number", lambda at: ["check", at.holding('{"a": NaN}')], "NaN, which is no number"),
    Case("bottomless", lambda at: ["check", at.holding("[" * 100_000)], "nested too deeply"),
    Case("newer version", lambda at: ["check", at.design(lambda t: t.update(version=99))], "newer Netloom"),
    Case("odd version", lambda at: ["check", at.design(lambda t: t.update(version="one"))], "version: a whole number"),
    Case("unknown key", lambda at: ["check", at.design(lambda t: t.update(extra=1))], "“?extra"),
    Case("no such file", lambda at: ["check", at.path("none.netloom")], "no such file"),
    Case("a folder", lambda at: ["check", str(at.folder)], "it is a folder"),
    Case("unknown template", lambda at: ["check", "digit-cnn"], "Did you mean “digits-cnn”"),
    Case(
        "a keyword as id", lambda at: ["check", at.nodes(lambda n: n.update({"for": n["linear_1"]}))], "word of Python"
    ),
    Case(
        "a wire from nowhere",
        lambda at: ["check", at.wires(lambda w: w.update({"tanh_1.x": "none.output"}))],
        "there is no node “none”",
    ),
]

PROBLEMS = [
    Case(
        "unknown type",
        lambda at: train(at.nodes(lambda n: n["tanh_1"].update(type="tahn"))),
        "“tahn” is no node type.*Did you mean “tanh”",
    ),
    Case(
        "unknown parameter",
        lambda at: train(at.nodes(lambda n: n["linear_1"].update(params={"unit": 3}))),
        "no parameter “unit”; it has units",
    ),
    Case(
        "wrong type",
        lambda at: train(at.nodes(lambda n: n["linear_1"].update(params={"units": "many"}))),
        "linear_1: Units is a whole number; got “many”",
    ),
    Case(
        "out of range",
        lambda at: train(at.nodes(lambda n: n["linear_1"].update(params={"units": 0}))),
        "Units lies between 1 and 65,536; got 0",
    ),
    Case(
        "unknown choice",
        lambda at: train(at.nodes(lambda n: n["conv2d_1"].update(params={"padding": "wide"}), "digits-cnn")),
        "Padding is one of “same”.*; got “wide”",
    ),
    Case("a circle", lambda at: train(at.wires(lambda w: w.update({"linear_1.x": "tanh_1.output"}))), "in a circle"),
    Case("a missing wire", lambda at: train(at.wires(lambda w: w.pop("tanh_1.x"))), "Nothing is wired to “x”"),
    Case(
        "an unknown output",
        lambda at: train(at.wires(lambda w: w.update({"tanh_1.x": "linear_1.result"}))),
        "no output “result”",
    ),
    Case("an unknown field", lambda at: train(at.wires(lambda w: w.update({"linear_1.x": "data_1.image"}))), "image"),
    Case(
        "a wrong shape",
        lambda at: train(
            at.wires(
                lambda w: w.update({"conv2d_2.x": "flatten_1.output"}) or w.update({"flatten_1.x": "relu_1.output"}),
                "digits-cnn",
            )
        ),
        "conv2d_2: It takes an image.*what arrives is a vector",
    ),
    Case(
        "too few classes", lambda at: train("digits-cnn", "--set", "linear_2.units=4"), "cross_entropy_1: .*10 classes"
    ),
    Case(
        "too large a window",
        lambda at: train("digits-cnn", "--set", "max_pool2d_1.kernel=99"),
        "max_pool2d_1: .*window",
    ),
    Case("no loss", lambda at: train(at.without("binary_cross_entropy_1", "objective_1")), "There is no loss"),
    Case("an empty canvas", lambda at: train(at.design(lambda t: t.update(networks={"main": {}}))), "nothing"),
    Case(
        "a wrong setting",
        lambda at: train(at.design(lambda t: t.update(settings={"batch_size": "big"}))),
        "Batch size is a whole number; got “big”",
    ),
    Case(
        "an unknown setting",
        lambda at: train(at.design(lambda t: t.update(settings={"speed": 9}))),
        "no setting “speed”",
    ),
    Case(
        "two outputs of one name",
        lambda at: train(
            at.design(
                lambda t: [
                    t["networks"]["main"]["nodes"].update(
                        again=copy.deepcopy(t["networks"]["main"]["nodes"]["output_1"])
                    ),
                    t["networks"]["main"]["wires"].update({"again.x": "sigmoid_1.output"}),
                ]
            )
        ),
        "needs a name of its own",
    ),
]

DATA = [
    Case("unknown data set", lambda at: train("xor", "--data", "xro"), "no data set “xro”.*xor"),
    Case("no such data", lambda at: train("xor", "--data", at.path("none/")), "no file or folder"),
    Case("a folder of nothing", lambda at: train("digits-cnn", "--data", str(at.folder)), "no data that Netloom reads"),
    Case(
        "cut off",
        lambda at: train("digits-cnn", "--data", at.idx(lambda f: truncated(f / IMAGES))),
        "holds less than its header promises",
    ),
    Case(
        "no IDX", lambda at: train("digits-cnn", "--data", at.idx(lambda f: (f / IMAGES).write_text("hello"))), IMAGES
    ),
    Case(
        "damaged gzip",
        lambda at: train(
            "digits-cnn",
            "--data",
            at.idx(lambda f: (f / IMAGES).write_bytes(gzip.compress((f / IMAGES).read_bytes())[:-20])),
        ),
        IMAGES,
    ),
    Case(
        "labels that do not match",
        lambda at: train("digits-cnn", "--data", at.idx(lambda f: put(f / LABELS, idx_bytes(labels(7)), False))),
        "30.*7|7.*30",
    ),
    Case("another kind of data", lambda at: train("xor", "--data", "digits"), "point|field|image"),
]

ARGUMENTS = [
    Case("no equals sign", lambda at: train("xor", "--set", "linear_1.units"), "takes NODE.PARAM=VALUE"),
    Case("unknown node", lambda at: train("xor", "--set", "lienar_1.units=3"), "did you mean “linear_1”"),
    Case("unknown parameter", lambda at: train("xor", "--set", "linear_1.unit=3"), "did you mean “units”"),
    Case("wrong type", lambda at: train("xor", "--set", "linear_1.units=3.5"), "Units is a whole number; got “3.5”"),
    Case("no yes or no", lambda at: train("xor", "--set", "linear_1.bias=maybe"), "Bias is true or false; got “maybe”"),
    Case("endless", lambda at: train("xor", "--set", "objective_1.learning_rate=inf"), "is a number; got “inf”"),
    Case(
        "out of range", lambda at: train("xor", "--set", "linear_1.units=-1"), "Units lies between 1 and 65,536; got -1"
    ),
    Case("no data node of that name", lambda at: train("xor", "--data", "linear_1=xnor"), "no data node “linear_1”"),
    Case("no table", lambda at: train("xor", "--target", "churn"), "reads no table"),
    Case("epochs as words", lambda at: train("xor", "--epochs", "ten"), "Epochs is a whole number; got “ten”"),
    Case("no epochs", lambda at: train("xor", "--epochs", "0"), "Epochs lies between 1 and"),
    Case("unknown precision", lambda at: train("xor", "--precision", "fp8"), "one of “fp32”, “bf16”; got “fp8”"),
    Case("unknown device", lambda at: train("xor", "--device", "tpu"), "Device is auto, cpu, cuda"),
    Case("a device that is not there", lambda at: train("xor", "--device", "cuda:99"), "choose “auto” or “cpu”", 3),
    Case("a file as folder", lambda at: train("xor", "--out", at.holding("x", "file") + "/run"), "file"),
    Case("a full folder", lambda at: train("xor", "--out", str(Path(at.holding("x", "file")).parent)), "not empty"),
    Case("unknown command", lambda at: ["trian"], "did you mean “train”", 2),
    Case("nothing to train", lambda at: ["train"], "Say what to train", 2),
    Case("nothing to check", lambda at: ["check"], "DESIGN is missing", 2),
    Case("unknown option", lambda at: ["train", "xor", "--epoch", "3"], "did you mean --epochs", 2),
    Case("no value", lambda at: ["train", "xor", "--out"], "--out needs a value", 2),
    Case("no place to write to", lambda at: ["export", "xor", "--format", "onnx"], "--to is missing", 2),
    Case("unknown format", lambda at: ["export", "xor", "--format", "tflite", "--to", "x"], "got “tflite”", 2),
    Case(
        "two parts",
        lambda at: ["export", "xor", "--format", "onnx", "--to", "x", "--output", "a", "--network", "b"],
        "exclude each other",
        2,
    ),
    Case("a wrong size", lambda at: ["screenshot", "--size", "wide", "--to", "x.png"], "a size is WIDTHxHEIGHT", 2),
    Case("no count", lambda at: ["sample", "run", "--output", "x", "--count", "0", "--to", "x.png"], "from 1 to", 2),
]

RUNS = [
    Case("no such run", lambda at: ["test", at.path("none")], "no run at"),
    Case("no run", lambda at: ["test", str(at.folder)], "is no run"),
    Case("a damaged record", lambda at: ["test", at.run(lambda run: (run / "run.json").write_text("{"))], "is damaged"),
    Case(
        "a damaged design", lambda at: ["test", at.run(lambda run: truncated(run / "document.netloom"))], "is not JSON"
    ),
    Case(
        "no weights",
        lambda at: ["test", at.run(lambda run: shutil.rmtree(run / "checkpoints"))],
        "no weights that can be read",
    ),
    Case(
        "damaged weights",
        lambda at: ["test", at.run(lambda run: checkpoint(run).write_bytes(b"x" * 99))],
        "no weights that can be read",
    ),
    Case(
        "weights of another network",
        lambda at: ["test", at.run(lambda run: stretched(checkpoint(run)))],
        "do not fit its design",
    ),
    Case("another design to go on with", lambda at: ["train", "digits-cnn", "--resume", at.run()], "another design"),
    Case("changes to go on with", lambda at: ["train", "--resume", at.run(), "--seed", "5"], "goes on as it began"),
    Case("fewer epochs", lambda at: ["train", "--resume", at.run(), "--epochs", "1"], "2 epochs already"),
]

USES = [
    Case("no such file", lambda at: ["predict", at.run(), "--input", at.path("none.csv")], "no file"),
    Case(
        "no numbers",
        lambda at: ["predict", at.run(), "--input", at.holding("1,2\n1,x\n", "rows.csv")],
        "line 2: “x” is no number",
    ),
    Case(
        "too many numbers",
        lambda at: ["predict", at.run(), "--input", at.holding("1,2,3\n", "rows.csv")],
        "it has 3 values; 2 were expected",
    ),
    Case(
        "no picture",
        lambda at: ["predict", at.run(), "--input", at.holding("hello", "picture.png")],
        "rows of 2 numbers",
    ),
    Case(
        "code in an array",
        lambda at: ["predict", at.run(), "--input", at.holding(pickle.dumps([print]), "rows.npy")],
        "no array of numbers",
    ),
    Case("a hole in an array", lambda at: ["predict", at.run(), "--input", nan_file(at)], "not finite"),
    Case(
        "unknown output",
        lambda at: ["predict", at.run(), "--output", "diferent", "--input", "x.csv"],
        "did you mean “different”",
    ),
    Case(
        "nothing to draw",
        lambda at: ["sample", at.run(), "--output", "different", "--to", at.path("x.png")],
        "nothing to draw",
    ),
    Case(
        "an output that is not there",
        lambda at: ["export", at.run(), "--format", "onnx", "--output", "digit", "--to", at.path("x.onnx")],
        "there are “different”",
    ),
    Case(
        "no output",
        lambda at: ["export", at.without("output_1"), "--format", "onnx", "--to", at.path("x.onnx")],
        "no Output node",
    ),
    Case("a folder as file", lambda at: ["export", "xor", "--format", "onnx", "--to", str(at.folder)], "is a folder"),
    Case(
        "a file as folder",
        lambda at: ["export", "xor", "--format", "safetensors", "--to", at.holding("x", "file") + "/x.safetensors"],
        "file",
    ),
    Case(
        "no such network",
        lambda at: ["export", "xor", "--format", "onnx", "--network", "generator", "--to", at.path("x")],
        "network “generator”",
    ),
    Case(
        "a design with errors",
        lambda at: ["export", at.wires(lambda w: w.pop("tanh_1.x")), "--format", "pt2", "--to", at.path("x.pt2")],
        "Nothing is wired",
    ),
]


def nan_file(at: Place) -> str:
    np.save(at.path("rows.npy"), np.array([[1.0, np.nan]]))
    return at.path("rows.npy")


GROUPS = {"design": DESIGNS, "problem": PROBLEMS, "data": DATA, "argument": ARGUMENTS, "run": RUNS, "use": USES}
