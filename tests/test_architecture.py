"""The house rules as tests: who may import whom, what the studio may load, sizes, docstrings, style and types."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LAYERS = {"graph": 0, "backend": 1, "gui": 2, "main": 3}
TOOLKITS = {"PySide6", "pyqtgraph", "shiboken6"}
HEAVY = {"torch", "torchmetrics", "sklearn", "scipy", "pandas", "onnx", "onnxscript", "onnxruntime"}
STUDIO_MAY_IMPORT = {"backend.messages", "backend.bridge", "backend.problems", "backend.runs", "backend.data.known",
                     "backend.moments", "backend.questions", "backend.health"}  # fmt: skip
ENGINE_ONLY = {"graph.inference", "graph.compiler", "graph.source", "graph.modules"}
ALLOWED = {
    "graph": {"graph", "resources", "torch", "networkx", "numpy", "msgspec"},
    "graph/modules": {"graph", "torch"},
    "resources": set[str](),
}
FILE_LINES, FUNCTION_LINES = 400, 60


def sources(*folders: str) -> list[Path]:
    """Every Python file of the named packages; "main" stands for main.py."""
    found = [ROOT / "main.py"] if "main" in folders else []
    return found + sorted(path for folder in folders if folder != "main" for path in (ROOT / folder).rglob("*.py"))


EVERY_SOURCE = sources("main", "graph", "backend", "gui", "resources", "benchmarks", "docs", "tests")
PROGRAM = sources("main", "graph", "backend", "gui", "resources")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def package_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imports(path: Path, typing_too: bool = True) -> Iterator[str]:
    """Every module that a file imports, anywhere in it, as a dotted name that includes what is imported from it."""
    nodes: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test) and not typing_too:
            nodes.extend(node.orelse)
        else:
            nodes.extend(ast.iter_child_nodes(node))


@pytest.mark.parametrize("path", PROGRAM, ids=name_of)
def test_imports_point_one_way(path: Path) -> None:
    package = package_of(path)
    own = LAYERS.get(package, -1)
    wrong = [name for name in imports(path) if LAYERS.get(name.partition(".")[0], own) > own]
    assert not wrong, f"{name_of(path)} is part of {package} and may not import {wrong}"


@pytest.mark.parametrize("folder", ALLOWED)
def test_the_design_rests_on_little(folder: str) -> None:
    needed = {name.partition(".")[0] for path in sources(folder) for name in imports(path)}
    assert needed <= sys.stdlib_module_names | ALLOWED[folder]


@pytest.mark.parametrize("path", sources("main", "graph", "backend", "resources"), ids=name_of)
def test_only_the_studio_knows_qt(path: Path) -> None:
    assert not [name for name in imports(path) if name.partition(".")[0] in TOOLKITS]


@pytest.mark.parametrize("path", sources("gui"), ids=name_of)
def test_the_studio_loads_no_engine(path: Path) -> None:
    for name in imports(path, typing_too=False):
        package, module = name.partition(".")[0], ".".join(name.split(".")[:2])
        assert package not in HEAVY, f"{name_of(path)} imports {name}"
        assert module not in ENGINE_ONLY, f"{name_of(path)} imports {name}; it belongs into the engine's process"
        if package == "backend":
            allowed = any(f"{name}.".startswith(f"{each}.") for each in STUDIO_MAY_IMPORT)
            assert allowed, f"{name_of(path)} imports {name}; ask the engine by a message instead"


def test_messages_need_no_more_than_numpy() -> None:
    allowed = sys.stdlib_module_names | {"numpy"}
    light = ("backend.messages_", "backend.questions")
    for path in [*(ROOT / "backend").glob("messages*.py"), *(ROOT / "backend" / "questions").glob("*.py")]:
        needed = {name for name in imports(path, typing_too=False) if not name.startswith(light)}
        assert {name.partition(".")[0] for name in needed} <= allowed


@pytest.mark.parametrize(
    ("modules", "unwanted"),
    [
        (["main"], HEAVY | TOOLKITS | {"numpy", "networkx"}),
        (["main", "gui.app"], HEAVY | {"pyqtgraph"}),
        (["backend.messages", "backend.bridge"], HEAVY | TOOLKITS),
        ([f"gui.{'.'.join(p.relative_to(ROOT / 'gui').with_suffix('').parts)}" for p in sources("gui")], HEAVY),
    ],
    ids=["the door", "the window", "the bridge", "the whole studio"],
)
def test_nothing_heavy_is_loaded(modules: list[str], unwanted: set[str]) -> None:
    names = [name.removesuffix(".__init__") for name in modules]
    code = f"import sys\nfor name in {names!r}: __import__(name)\nprint(*{{m.partition('.')[0] for m in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not set(done.stdout.split()) & unwanted


@pytest.mark.parametrize("path", EVERY_SOURCE, ids=name_of)
def test_size_and_docstring(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree, lines = ast.parse(text), text.count("\n")
    assert lines <= FILE_LINES, f"{name_of(path)} has {lines} lines: split it by what it is about"
    sentence = (ast.get_docstring(tree) or "").split("\n\n")[0]
    assert sentence.endswith("."), f"{name_of(path)} says in no sentence what it is"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or 0) - node.lineno + 1
            assert lines <= FUNCTION_LINES, f"{name_of(path)}: {node.name} has {lines} lines"


@pytest.mark.parametrize("path", PROGRAM, ids=name_of)
def test_nothing_is_left_for_later(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not [word for word in ("TODO", "FIXME", "XXX", "NotImplemented", "/work/") if word in text]


def test_every_package_is_installed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found = {".".join(path.parent.relative_to(ROOT).parts) for path in PROGRAM if path.name == "__init__.py"}
    assert set(project["tool"]["setuptools"]["packages"]) == found


@pytest.mark.parametrize("arguments", [["check", "."], ["format", "--check", "."]], ids=["lint", "format"])
def test_ruff_is_content(arguments: list[str]) -> None:
    done = subprocess.run([sys.executable, "-m", "ruff", *arguments], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_mypy_is_content() -> None:
    done = subprocess.run([sys.executable, "-m", "mypy"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
