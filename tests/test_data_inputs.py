"""What a network is asked about: pictures, arrays and tables, prepared as in training, and a sentence for bad files."""

from __future__ import annotations

import os
import pickle
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from backend import data
from backend.data import inputs
from backend.data.preparation import Preparation
from backend.data.registry import NoRoom
from graph.problems import DataError
from graph.specs import TensorSpec

GREY = TensorSpec((1, 4, 6))
COLOUR = TensorSpec((3, 4, 6))
POINT = TensorSpec((2,))
PIXELS = Preparation("0 to 1", scale=(255.0,), range=(0.0, 255.0))
PLAIN = Preparation()


def grey(width: int = 6, height: int = 4) -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (height, width), np.uint8))


def read(path: Path, spec: TensorSpec = GREY, preparation: Preparation = PIXELS) -> torch.Tensor:
    return data.inputs_from_files([path], preparation, spec)


# -- pictures ---------------------------------------------------------------------------------------------------------


def test_a_picture_of_the_right_size_is_taken_as_it_is(tmp_path: Path) -> None:
    grey().save(tmp_path / "a.png")
    expected = torch.tensor(np.array(grey())).float() / 255
    assert torch.equal(read(tmp_path / "a.png"), expected[None, None])


@pytest.mark.parametrize("scaling", ["0 to 1", "standard", "none"])
def test_pictures_become_what_the_data_set_stores(tmp_path: Path, scaling: str) -> None:
    """Digits go from 0 to 16; their pictures, saved as PNG, give the network the very numbers it was trained on."""
    found = data.load("digits", scaling=scaling)  # type: ignore[arg-type]
    shown = (found.splits["test"]["image"][:5].float() / 16 * 255).round().to(torch.uint8)
    for number, picture in enumerate(shown):
        Image.fromarray(picture[0].numpy()).save(tmp_path / f"{number}.png")
    paths = sorted(tmp_path.iterdir())
    ours = data.inputs_from_files(paths, found.preparation["image"], found.fields["image"])
    torch.testing.assert_close(ours, found.batch("test", slice(0, 5))["image"], rtol=0, atol=0.05)


def test_other_sizes_are_resized(tmp_path: Path) -> None:
    Image.new("L", (600, 400), 128).save(tmp_path / "a.png")
    assert torch.equal(read(tmp_path / "a.png"), torch.full((1, 1, 4, 6), 128 / 255))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I", "I;16", "F"])
@pytest.mark.parametrize("spec", [GREY, COLOUR, TensorSpec((4, 4, 6))])
def test_every_kind_of_picture(tmp_path: Path, mode: str, spec: TensorSpec) -> None:
    top = {"I": 65535, "I;16": 65535, "F": 1.0}.get(mode)
    picture = Image.new("L", (6, 4), 255).convert(mode) if top is None else Image.new(mode, (6, 4), top)
    picture.save(tmp_path / "a.tiff")
    values = read(tmp_path / "a.tiff", spec)
    assert values.shape == (1, *spec.shape)
    assert values.min() >= 0.99


def test_sixteen_bits_keep_their_greys(tmp_path: Path) -> None:
    Image.fromarray(np.full((4, 6), 32768, np.uint16)).save(tmp_path / "a.png")
    assert read(tmp_path / "a.png").unique().tolist() == pytest.approx([128 / 255])


def test_what_is_see_through_lies_on_white(tmp_path: Path) -> None:
    picture = Image.new("RGBA", (6, 4), (255, 0, 0, 0))
    picture.paste((0, 0, 0, 255), (0, 0, 3, 4))
    picture.save(tmp_path / "a.png")
    assert read(tmp_path / "a.png")[0, 0, 0].tolist() == [0, 0, 0, 1, 1, 1]


def test_light_and_dark_are_not_guessed(tmp_path: Path) -> None:
    Image.new("L", (6, 4), 255).save(tmp_path / "a.png")
    assert read(tmp_path / "a.png").min() == 1


def test_a_turned_photo_is_set_upright(tmp_path: Path) -> None:
    picture = grey(4, 6)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned to the right
    picture.save(tmp_path / "a.png", exif=exif)
    upright = np.rot90(np.array(picture), -1).copy()
    assert torch.equal((read(tmp_path / "a.png")[0, 0] * 255).round(), torch.tensor(upright).float())


def test_several_files_in_order(tmp_path: Path) -> None:
    for value in (10, 20):
        Image.new("L", (6, 4), value).save(tmp_path / f"{value}.png")
    np.save(tmp_path / "more.npy", np.full((3, 1, 4, 6), 30, np.uint8))
    names = ["20.png", "more.npy", "10.png"]
    values = data.inputs_from_files([str(tmp_path / name) for name in names], PIXELS, GREY)
    assert (values[:, 0, 0, 0] * 255).round().tolist() == [20, 30, 30, 30, 10]


# -- arrays and tables ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(4, 6), (1, 4, 6), (5, 4, 6), (5, 1, 4, 6)])
@pytest.mark.parametrize("kind", [np.uint8, np.float64, np.int32, bool])
def test_arrays(tmp_path: Path, shape: tuple[int, ...], kind: type) -> None:
    values = np.random.default_rng(0).integers(0, 2, shape).astype(kind)
    np.save(tmp_path / "a.npy", values)
    expected = torch.tensor(values.astype(np.float32).reshape(-1, 1, 4, 6)) / 255
    assert torch.equal(read(tmp_path / "a.npy"), expected)


@pytest.mark.parametrize(
    "text",
    [
        "1,2\n3,4\n",
        "x,y\n1,2\n3,4",
        "1;2\r\n3;4\r\n",
        "1\t2\n\n3\t4\n\n",
        "1 2\n3   4\n",
        "\ufeff1,2\n3,4\n",
        '"1", 2\n3,4e0',
    ],
)
def test_tables(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.csv").write_bytes(text.encode())
    assert read(tmp_path / "a.csv", POINT, PLAIN).tolist() == [[1, 2], [3, 4]]


def test_a_column_of_numbers(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("0.5\n-1\n")
    assert read(tmp_path / "a.txt", TensorSpec((1,)), PLAIN).tolist() == [[0.5], [-1]]


def test_rows_are_prepared_like_the_training_data(tmp_path: Path) -> None:
    found = data.load("moons", scaling="standard")
    rows = found.splits["test"]["point"][:7]
    text = "\n".join(",".join(repr(value) for value in row) for row in rows.tolist())
    (tmp_path / "a.csv").write_text(text)
    ours = data.inputs_from_files([tmp_path / "a.csv"], found.preparation["point"], found.fields["point"])
    assert torch.equal(ours, found.batch("test", slice(0, 7))["point"])


def test_tokens_stay_whole_numbers(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1,2,3\n")
    values = read(tmp_path / "a.csv", TensorSpec((3,), "int64", classes=9), Preparation(dtype="int64"))
    assert values.dtype == torch.int64
    assert values.tolist() == [[1, 2, 3]]


@pytest.mark.parametrize("row", ["1,2,9", "1,2,-1", "1,2,1.5"])
def test_tokens_that_are_none(tmp_path: Path, row: str) -> None:
    (tmp_path / "a.csv").write_text(row)
    with pytest.raises(DataError, match="whole numbers from 0 to 8"):
        read(tmp_path / "a.csv", TensorSpec((3,), "int64", classes=9), Preparation(dtype="int64"))


# -- what can be wrong ------------------------------------------------------------------------------------------------


def _png_of(width: int, height: int) -> bytes:
    """The header of a PNG with no pixels behind it."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunk = b"IHDR" + head
    header = struct.pack(">I", len(head)) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return b"\x89PNG\r\n\x1a\n" + header + struct.pack(">I", 1000) + b"IDAT"


@pytest.mark.parametrize(
    ("name", "content", "spec", "words"),
    [
        ("a.png", b"", GREY, "no picture that can be read"),
        ("a.png", b"hello", GREY, "no picture that can be read"),
        ("a.png", _png_of(6, 4), GREY, "damaged or cut off"),
        ("a.png", _png_of(60_000, 60_000), GREY, "has 60000×60000 pixels; at most 100,000,000|too large"),
        ("a.png", _png_of(11_000, 11_000), GREY, "has 11000×11000 pixels"),
        ("a.png", b"whatever", POINT, r"rows of 2 numbers \(\.csv or \.npy\) were expected"),
        ("a.png", _png_of(6, 4), TensorSpec((7, 4, 6)), r"give an array|damaged"),
        ("a.npy", b"", GREY, "no array of numbers that can be read: it is damaged"),
        ("a.npy", b"\x93NUMPY\x01\x00", GREY, "it is damaged"),
        ("a.npy", pickle.dumps([1, 2]), GREY, "it holds Python objects"),
        ("a.csv", b"", POINT, "has no rows; each holds the 2 numbers"),
        ("a.csv", b"x,y\n", POINT, "has no rows"),
        ("a.csv", b"1,2\n1,two\n", POINT, "line 2: “two” is no number"),
        ("a.csv", b"1,2\n1,\n", POINT, "line 2: an empty cell is no number"),
        ("a.csv", b"1,2\n1,2,3\n", POINT, "line 2: it has 3 values; 2 were expected"),
        ("a.csv", b"1,2\n\n\n5\n", POINT, "line 4: it has 1 values; 2 were expected"),
        ("a.csv", b"1,nan\n", POINT, "not finite"),
        ("a.csv", b"1e400,1\n", POINT, "not finite"),
        ("a.csv", b"1e300,1\n", POINT, "not finite"),
        ("a.csv", b"\xff\xfe1\x00", POINT, "no text in UTF-8"),
        ("a.csv", b"\x00\x01\x02,5\n6,7,8", POINT, "line "),
    ],
)  # fmt: skip
def test_bad_files_get_a_sentence(tmp_path: Path, name: str, content: bytes, spec: TensorSpec, words: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=words) as caught:
        read(tmp_path / name, spec)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.zeros((4, 7)), "has the shape 4×7; 1×4×6, or many of those, was expected"),
        (np.zeros((0, 4, 6)), "has the shape 0×4×6"),
        (np.zeros(()), "has the shape one number"),
        (np.full((4, 6), np.nan), "not finite"),
        (np.full((4, 6), "a"), "holds <U1 values; numbers were expected"),
        (np.zeros((4, 6), complex), "numbers were expected"),
    ],
)
def test_bad_arrays_get_a_sentence(tmp_path: Path, array: np.ndarray, words: str) -> None:
    np.save(tmp_path / "a.npy", array)
    with pytest.raises(DataError, match=words):
        read(tmp_path / "a.npy")


def test_an_array_cut_off(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros((4, 6)))
    content = (tmp_path / "a.npy").read_bytes()
    (tmp_path / "a.npy").write_bytes(content[:-8])
    with pytest.raises(DataError, match="it is damaged"):
        read(tmp_path / "a.npy")


def test_an_array_with_code_in_it_is_not_run(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(tmp_path / "run"),)

    np.save(tmp_path / "a.npy", np.array([Trap()], object), allow_pickle=True)
    with pytest.raises(DataError, match="it holds Python objects"):
        read(tmp_path / "a.npy")
    assert not (tmp_path / "run").exists()


def test_a_promise_of_terabytes(tmp_path: Path) -> None:
    with (tmp_path / "a.npy").open("wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "<f8", "fortran_order": False, "shape": (10**12, 4, 6)})
    with pytest.raises(DataError, match=r"it is damaged|at most"):
        read(tmp_path / "a.npy")


def test_more_than_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "MOST_BYTES", 10)
    np.save(tmp_path / "a.npy", np.zeros((4, 6)))
    (tmp_path / "a.csv").write_text("1,2\n" * 10)
    with pytest.raises(NoRoom, match="at most 10 bytes"):
        read(tmp_path / "a.npy")
    with pytest.raises(NoRoom, match="larger than 10 bytes"):
        read(tmp_path / "a.csv", POINT)


def test_a_picture_cut_off(tmp_path: Path) -> None:
    for kind in ("png", "jpg", "gif", "bmp", "webp"):
        path = tmp_path / f"a.{kind}"
        grey(64, 64).save(path)
        path.write_bytes(path.read_bytes()[:-300])
        with pytest.raises(DataError, match=rf"a\.{kind}” is (damaged or cut off|no picture)"):
            read(path)


@pytest.mark.parametrize("name", ["a.png", "a.npy", "a.csv"])
def test_files_that_are_not_there(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match="There is no file"):
        read(tmp_path / name)
    (tmp_path / name).mkdir()
    with pytest.raises(DataError, match="is a folder"):
        read(tmp_path / name)


def test_no_files() -> None:
    with pytest.raises(DataError, match="no file to predict for"):
        data.inputs_from_files([], PIXELS, GREY)
