"""What is made of predictions: right and wrong, words, bars and pictures."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot
from shown import settle
from shown import shown as opened

from backend.messages import Shown
from gui import theme
from gui.inside import answers
from gui.inside.tiles import TileView

PICTURES = np.linspace(0, 1, 3 * 64, dtype=np.float32).reshape(3, 1, 8, 8)
SHARES = np.array([[0.7, 0.2, 0.1], [0.3, 0.3, 0.4], [0.05, 0.9, 0.05]], np.float32)
XOR = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
NAMES = ("cat", "dog", "owl")


def shown(kind: str, inputs: np.ndarray, outputs: np.ndarray, targets: np.ndarray | None = None,
          names: tuple[str, ...] = ()) -> Shown:  # fmt: skip
    return Shown("output_1", kind, inputs, outputs, targets, names)


def test_pictures_of_classes_become_tiles_with_the_likeliest_classes() -> None:
    pets = shown("classes", PICTURES, SHARES, np.array([0, 1, 1]), NAMES)
    tiles = answers.tiles(pets, offset=10)
    assert answers.view_of(pets) == "tiles"
    assert [(t.number, t.guess, t.truth, t.right) for t in tiles] == [
        (11, "cat", "cat", True),
        (12, "owl", "dog", False),
        (13, "dog", "dog", True),
    ]
    assert tiles[0].bars == (("cat", pytest.approx(0.7)), ("dog", pytest.approx(0.2)), ("owl", pytest.approx(0.1)))
    assert tiles[1].sentence == "Example 12, predicted owl, true dog, owl 40%, cat 30%, dog 30%"
    assert [t.number for t in answers.wrong_first(tiles)] == [12, 11, 13]


def test_classes_without_names_are_called_by_their_numbers() -> None:
    tiles = answers.tiles(shown("classes", PICTURES, SHARES, np.array([0, 1, 1])))
    assert [t.guess for t in tiles] == ["0", "2", "1"]


def test_one_probability_stands_for_two_classes() -> None:
    judged = shown("classes", PICTURES, np.array([[0.2], [0.9], [0.6]], np.float32), np.array([0, 1, 0]), ("no", "yes"))
    assert answers.rights(judged).tolist() == [True, True, False]  # type: ignore[union-attr]
    assert answers.tiles(judged)[1].bars == (("yes", pytest.approx(0.9)), ("no", pytest.approx(0.1)))


def test_a_truth_table_counts_its_rows_right() -> None:
    learned = shown("value", XOR, np.array([[0.1], [0.9], [0.2], [0.0]], np.float32), np.array([[0], [1], [1], [0]]))
    assert answers.view_of(learned) == "table"
    assert answers.rights(learned).tolist() == [True, True, False, True]  # type: ignore[union-attr]
    table = answers.table(learned)
    assert table.headers == ["", "x1", "x2", "predicted", "true", ""]
    assert table.rows[2] == ["3", "1", "0", "0.2", "1", "✗"]


def test_quantities_are_neither_right_nor_wrong() -> None:
    houses = shown("value", XOR, np.array([[3.14159], [2.0], [1.0], [0.5]]), np.array([[3.0], [2.0], [1.5], [7.0]]))
    assert answers.rights(houses) is None
    assert answers.table(houses).rows[0] == ["1", "0", "0", "3.14", "3"]


def test_wide_inputs_and_missing_targets_still_make_a_table() -> None:
    wide = shown("value", np.zeros((2, 30)), np.zeros((2, 12)))
    table = answers.table(wide)
    assert table.headers == ["", *(f"x{n}" for n in range(1, 9)), "…", "predicted"]
    assert table.rows[0][-1] == "0, 0, 0, 0, 0, 0, 0, 0, …"


def test_nothing_given_and_nothing_predicted_is_no_error() -> None:
    empty = shown("classes", np.zeros((0, 0)), np.zeros((0, 3)), np.zeros(0, np.int64))
    assert answers.table(empty).rows == []
    assert answers.rights(empty) is None
    noise = shown("value", np.zeros((2, 0)), np.ones((2, 1)))
    assert answers.table(noise).rows == [["1", "1"], ["2", "1"]]


def test_reconstructions_stand_beside_what_they_are_of() -> None:
    same = answers.tiles(shown("image", PICTURES, PICTURES * 0.5, PICTURES))
    other = answers.tiles(shown("image", PICTURES, PICTURES * 0.5, 1 - PICTURES))
    assert [caption for caption, _ in same[0].pictures] == ["input", "output"]
    assert [caption for caption, _ in other[0].pictures] == ["input", "output", "target"]


def test_classes_of_pixels_are_shades() -> None:
    votes = np.zeros((1, 3, 4, 4), np.float32)
    votes[0, 2, :2] = 1
    (tile,) = answers.tiles(shown("classes", PICTURES[:1], votes, np.zeros((1, 4, 4), np.int64)))
    pixels = dict(tile.pictures)["output"]
    assert pixels[0, 0] == 255
    assert pixels[3, 3] == 0


@pytest.mark.parametrize(
    ("values", "pixels"),
    [
        (np.array([[[0.0, 0.5], [1.0, 0.25]]], np.float32), [[0, 128], [255, 64]]),
        (np.array([[[0, 128], [255, 64]]], np.uint8), [[0, 128], [255, 64]]),
        (np.array([[[-1.0, 0.0], [1.0, np.nan]]], np.float32), [[0, 128], [255, 128]]),
        (np.array([[[0.0, 2.0], [4.0, 1.0]]], np.float32), [[0, 128], [255, 64]]),
    ],
)
def test_pixels_of_any_range_are_seen(values: np.ndarray, pixels: list[list[int]]) -> None:
    assert answers.picture(values).tolist() == pixels


def test_colour_keeps_its_channels_and_feature_maps_show_their_first() -> None:
    assert answers.picture(np.zeros((3, 5, 7), np.float32)).shape == (5, 7, 3)
    assert answers.picture(np.zeros((16, 5, 7), np.float32)).shape == (5, 7)


def test_a_page_of_pictures_is_what_they_are_one_by_one() -> None:
    generator = np.random.default_rng(0)
    values = generator.normal(size=(6, 3, 5, 4)).astype(np.float32) * np.arange(1, 7)[:, None, None, None]
    values[2, 1, 0, 0] = np.nan
    for made, one in zip(answers.pictures(values), values):
        whole = np.nan_to_num(one)
        low, high = min(whole.min(), 0.0), max(whole.max(), 1.0)
        assert np.array_equal(made, np.round((whole - low) / (high - low) * 255).astype(np.uint8).transpose(1, 2, 0))
    assert answers.pictures(np.zeros((0, 1, 5, 4), np.float32)) == []


# -- painting them -----------------------------------------------------------------------------------------------------


@pytest.fixture
def painted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of the tiles that were painted, in their order."""
    numbers: list[int] = []
    paint = TileView._paint_tile

    def noted(view: TileView, painter: object, number: int, *rest: object) -> None:
        numbers.append(number)
        paint(view, painter, number, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(TileView, "_paint_tile", noted)
    return numbers


def page(shares: np.ndarray = SHARES) -> list[answers.Tile]:
    return answers.tiles(shown("classes", PICTURES.copy(), shares, np.array([0, 1, 1]), NAMES))


def test_only_tiles_that_show_something_else_are_painted_anew(painted: list[int], qtbot: QtBot) -> None:
    view = opened(qtbot, TileView(), 640, 120)
    view.show_tiles(page())
    settle(qtbot)
    assert painted == [0, 1, 2]
    view.show_tiles(page())
    view.viewport().update()
    view.setFocus()
    settle(qtbot)
    assert painted == [0, 1, 2]
    other = SHARES.copy()
    other[1] = (0.1, 0.8, 0.1)
    view.show_tiles(page(other))
    settle(qtbot)
    assert painted == [0, 1, 2, 1]
    fresh = opened(qtbot, TileView(), 640, 120)
    fresh.show_tiles(page(other))
    assert image(view) == image(fresh)
    view.show_tiles(page(other)[:2])
    settle(qtbot)
    assert image(view) != image(fresh)


@pytest.mark.parametrize("name", [each for each in theme.THEMES if each != theme.current().name])
def test_another_theme_or_width_paints_all_anew(painted: list[int], qtbot: QtBot, name: str) -> None:
    view = opened(qtbot, TileView(), 640, 120)
    view.show_tiles(page())
    settle(qtbot)
    theme.set_theme(name)
    view.viewport().update()
    settle(qtbot)
    assert painted == [0, 1, 2] * 2
    view.resize(580, 120)
    settle(qtbot)
    assert painted == [0, 1, 2] * 3


def image(view: TileView) -> QImage:
    view.clearFocus()
    return view.viewport().grab().toImage()
