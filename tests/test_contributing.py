"""The example of CONTRIBUTING.md, run as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

import torch
from test_inference import analyse, chain

from graph.catalogue import CATALOGUE, load_plugins
from graph.compiler import compile_root, make_slice
from graph.document import Port

GUIDE = Path(__file__).parent.parent / "CONTRIBUTING.md"


def test_the_layer_of_the_guide_works(tmp_path: Path):
    (code,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "squeezing.py").write_text(code, encoding="utf-8")
    try:
        assert load_plugins(tmp_path) == []
        declared = CATALOGUE["bottleneck"]
        assert (declared.local, [p.name for p in declared.parameters]) == (True, ["units", "rank"])
        document = chain(("flatten", {}), ("bottleneck", {"units": 10, "rank": 3}))
        analysis = analyse(document)
        assert not analysis.errors
        assert analysis.parameters == 64 * 3 + 3 * 10 + 10
        answer = make_slice(document, compile_root(document, analysis), [Port("main", "bottleneck_1", "output")])
        assert answer(torch.rand(7, 1, 8, 8)).shape == (7, 10)
    finally:
        CATALOGUE.pop("bottleneck", None)
