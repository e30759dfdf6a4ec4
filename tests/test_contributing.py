"""The example of CONTRIBUTING.md, run as it stands there."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import torch
from test_inference import analyse, chain

from graph.catalogue import CATALOGUE, load_plugins
from graph.compiler import compile_root, make_slice
from graph.document import Port

GUIDE = Path(__file__).parent.parent / "CONTRIBUTING.md"
(EXAMPLE,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)


def test_the_layer_of_the_guide_works(tmp_path: Path):
    (tmp_path / "squeezing.py").write_text(EXAMPLE, encoding="utf-8")
    try:
        assert load_plugins(tmp_path) == []
        declared = CATALOGUE["bottleneck"]
        assert (declared.local, [p.name for p in declared.parameters if not p.group]) == (True, ["units", "rank"])
        document = chain(("flatten", {}), ("bottleneck", {"units": 10, "rank": 3}))
        analysis = analyse(document)
        assert not analysis.errors
        assert analysis.parameters == 64 * 3 + 3 * 10 + 10
        answer = make_slice(document, compile_root(document, analysis), [Port("main", "bottleneck_1", "output")])
        assert answer(torch.rand(7, 1, 8, 8)).shape == (7, 10)
    finally:
        CATALOGUE.pop("bottleneck", None)


def test_the_plug_in_folder_is_read_by_every_command(tmp_path: Path):
    (tmp_path / "mine.py").write_text(EXAMPLE, encoding="utf-8")
    (tmp_path / "broken.py").write_text("import nothing_of_this_name", encoding="utf-8")
    design = '{"format": "netloom", "version": 1, "networks": {"main": {"nodes": {"b": {"type": "bottleneck"}}}}}'
    (tmp_path / "design.netloom").write_text(design, encoding="utf-8")
    surroundings = {**os.environ, "NETLOOM_PLUGINS": str(tmp_path)}
    command = [sys.executable, "main.py", "check", str(tmp_path / "design.netloom"), "--json"]
    done = subprocess.run(command, cwd=GUIDE.parent, env=surroundings, capture_output=True, text=True, check=False)
    told = json.loads(done.stdout.splitlines()[-1])
    assert not [p for p in told["problems"] if "bottleneck" in p["message"] and "type" in p["message"]]
    assert "“broken.py” was left out" in done.stderr
