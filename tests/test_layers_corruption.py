"""Pictures that are spoiled for networks to mend: how, when, and never where a network is used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from exported import draw
from layered import computed, made, refused, spec_of

from backend.export import export
from backend.undisturbed import undisturbed
from graph.compiler import compile_root, make_slice
from graph.document import Document, Network, NodeKey, Port
from graph.inference import analyse
from graph.specs import TensorSpec

PICTURE = TensorSpec((3, 12, 10))
LASTING: dict[str, dict[str, Any]] = {
    "gaussian_noise": {"deviation": 0.3}, "salt_and_pepper": {}, "random_mask": {}, "watermark": {},
}  # fmt: skip
lasting = pytest.mark.parametrize("name", LASTING)


def pictures(count: int, *shape: int) -> torch.Tensor:
    return torch.rand(count, *shape, generator=torch.Generator().manual_seed(3))


def first(value: Any) -> torch.Tensor:
    return value[0] if isinstance(value, tuple) else value


@lasting
def test_spoiling_goes_on_after_training_if_asked_to(name: str) -> None:
    x = pictures(8, 3, 24, 24)
    always = made(name, spec_of(x), **LASTING[name], when="always").eval()
    torch.manual_seed(18)
    one = first(always(x))
    assert not torch.equal(one, x)
    assert not torch.equal(first(always(x)), one)
    torch.manual_seed(18)
    assert torch.equal(first(always(x)), one)
    practice = made(name, spec_of(x), **LASTING[name], when="while training")
    assert not torch.equal(first(practice(x)), x)
    assert torch.equal(first(practice.eval()(x)), x)


@lasting
def test_spoiling_leaves_pictures_whole_as_likely_as_asked_for(name: str) -> None:
    torch.manual_seed(20)
    x = pictures(200, 3, 24, 24)
    spoiled = first(made(name, spec_of(x), **LASTING[name], when="always", probability=0.25)(x))
    whole = (spoiled == x).flatten(1).all(1).float().mean()
    assert whole == pytest.approx(0.75, abs=0.1)
    never = made(name, spec_of(x), **LASTING[name], when="always", probability=0.0)
    assert torch.equal(first(never(x)), x)


def test_salt_and_pepper_fall_on_the_share_asked_for():
    torch.manual_seed(19)
    x = pictures(50, 3, 24, 24) * 0.8 + 0.1
    spoiled = computed("salt_and_pepper", x, share=0.2)
    white, black = (spoiled == value for value in (1.0, 0.0))
    assert torch.equal(white[:, 0], white[:, 2])
    assert white.float().mean() == pytest.approx(0.1, abs=0.01)
    assert black.float().mean() == pytest.approx(0.1, abs=0.01)
    assert torch.equal(spoiled[~(white | black)], x[~(white | black)])


def test_a_random_mask_covers_squares_and_tells_where():
    torch.manual_seed(20)
    x = pictures(200, 3, 10, 9) + 0.01
    spoiled, mask = computed("random_mask", x, patch=4, share=0.3)
    assert torch.equal(spoiled, x * (1 - mask))
    squares = F.max_pool2d(mask, 4, ceil_mode=True)
    assert torch.equal(mask, squares.repeat_interleave(4, 2).repeat_interleave(4, 3)[..., :10, :9])
    assert squares.mean() == pytest.approx(0.3, abs=0.03)


def test_grey_and_coarse_are_what_they_say():
    x = pictures(3, 3, 9, 8)
    grey = torch.einsum("bchw,c->bhw", x, torch.tensor([0.299, 0.587, 0.114])).unsqueeze(1)
    assert torch.allclose(computed("to_grey", x), grey)
    assert torch.allclose(computed("to_grey", x, repeated=True), grey.expand_as(x))
    assert torch.allclose(computed("to_grey", x[:, :2]), x[:, :2].mean(1, keepdim=True))
    less = computed("lower_resolution", x, factor=2)
    assert torch.equal(less, F.interpolate(x, (4, 4), mode="bilinear", antialias=True))
    back = computed("lower_resolution", x, factor=2, smooth=False, enlarged="nearest")
    assert torch.equal(back, F.interpolate(x[:, :, [0, 2, 4, 6]][..., ::2], (9, 8), mode="nearest"))
    refused("lower_resolution", TensorSpec((1, 4, 9)), factor=5, sentence="factor of 5: give at most 4")


def test_a_watermark_is_the_text_over_the_picture():
    torch.manual_seed(21)
    x = torch.rand(1, 3, 14, 12).expand(20, -1, -1, -1) * 0.5
    module = made("watermark", spec_of(x), text="h", height=7, degrees=0.0, opacity=0.5)
    marked = module(x)
    share = ((marked - x) / (1 - x) / 0.5)[:, 0]
    letter = torch.tensor([[1, 0, 0, 0, 1]] * 3 + [[1] * 5] + [[1, 0, 0, 0, 1]] * 3)
    assert torch.allclose(share.sum((1, 2)), letter.sum().float().expand(20), atol=0.01)
    assert torch.allclose(marked, x + 0.5 * share.unsqueeze(1) * (1 - x), atol=1e-5)
    refused("watermark", PICTURE, text="Ω", sentence="“Ω” cannot be drawn")
    refused("watermark", PICTURE, text="  ", sentence="between 1 and 40 letters; got 0")


# -- where a network is used -------------------------------------------------------------------------------------------


def denoiser() -> Document:
    nodes: dict[str, Any] = {
        "data_1": "data", "noise": ("gaussian_noise", {"when": "always"}), "pepper": "salt_and_pepper",
        "mended": ("scale", {"factor": 0.5}), "loss": "mse_loss", "result": "output",
    }  # fmt: skip
    return draw(nodes, {
        "noise.x": "data_1.image", "pepper.x": "noise.output", "mended.x": "pepper.image", "result.x": "mended.output",
        "loss.prediction": "mended.output", "loss.target": "data_1.image",
    })  # fmt: skip


def test_what_is_used_spoils_nothing():
    document, x = denoiser(), pictures(4, 1, 8, 8)
    analysis = analyse(document, lambda name: {"image": TensorSpec((1, 8, 8))})
    root = compile_root(document, analysis).eval()
    module = make_slice(document, root, [Port("main", "result", "output")])
    assert not torch.equal(module(x), x / 2)
    used = undisturbed(document, root)
    assert torch.equal(module(x), x / 2)
    assert used.nodes[NodeKey("main", "pepper")].params["when"] == "while training"
    assert "when" not in document.nodes[NodeKey("main", "pepper")].params
    assert undisturbed(used, root) is used


def test_a_promoted_choice_is_heard_as_well():
    document = Document()
    with document.edit("Draw"):
        document.put("networks", "spoiled", Network("Spoiled", {"noise_when": ["noise.when"]}))
        document.add_node("gaussian_noise", id="noise", network="spoiled")
        key = document.add_node("@spoiled", id="spoiled_1", params={"noise_when": "always"})
    assert undisturbed(document, torch.nn.Identity()).nodes[key].params["noise_when"] == "while training"


@pytest.mark.parametrize("format", ["python", "pt2"])
def test_an_export_spoils_nothing(format: str, tmp_path: Path) -> None:
    """The export itself compares the file with the network, which random numbers would tell apart."""
    found = export(denoiser(), format, tmp_path / "mended")
    assert found
