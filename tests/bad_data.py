"""Bad files and folders of data as people bring them, each with what has to be said about it."""

from __future__ import annotations

import io
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from tests.bad_inputs import Case, Place, train

Make = Callable[[Path], object]
ROWS = "".join(f"{n},{'yes' if n % 3 else 'no'}\n" for n in range(30))


def grey(path: Path, shade: int = 9) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (8, 8), shade).save(path)


def pictures(at: Place, change: Make) -> list[str]:
    """A training on two classes of four pictures, with something changed in their folder."""
    for name in ("cat", "dog"):
        for number in range(4):
            grey(at.folder / "set" / name / f"{number}.png", number)
    change(at.folder / "set")
    return trained(at)


def told(at: Place, table: str, change: Make = lambda folder: None) -> list[str]:
    """The same of six pictures beside a table."""
    for number in range(6):
        grey(at.folder / "set" / f"{number}.png", number)
    (at.folder / "set" / "labels.csv").write_text(table)
    change(at.folder / "set")
    return trained(at)


def paired(at: Place, change: Make) -> list[str]:
    """The same of four pictures with a partner each."""
    for side in ("input", "target"):
        for number in range(4):
            grey(at.folder / "set" / side / f"{number}.png", number)
    change(at.folder / "set")
    return train("denoising-autoencoder", "--data", at.path("set"), "--out", at.path("run"))


def trained(at: Place) -> list[str]:
    return train("digits-cnn", "--data", at.path("set"), "--set", "linear_2.units=2", "--out", at.path("run"))


def table(at: Place, content: str | bytes, target: str = "y", name: str = "table.csv") -> list[str]:
    path = at.holding(content, name)
    return train("telecom-churn", "--data", path, "--target", target, "--out", at.path("run"))


def array(at: Place, content: bytes) -> list[str]:
    return train("digits-cnn", "--data", at.holding(content, "a.npz"), "--out", at.path("run"))


def zipped(**members: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def locked() -> bytes:
    """An archive that says of its member that it is encrypted."""
    content = bytearray(zipped(**{"a.csv": b"x,y\n1,2\n"}))
    content[6] |= 1
    content[content.find(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def promising() -> bytes:
    """An array that says it has a million million numbers."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": (10**12,)})
    return zipped(**{"x.npy": header.getvalue() + bytes(1000)})


def sized_nothing(path: Path) -> None:
    """A bitmap of no width."""
    Image.new("L", (8, 8)).save(path)
    content = bytearray(path.read_bytes())
    content[18:22] = bytes(4)
    path.write_bytes(content)


def bomb(path: Path) -> None:
    Image.new("1", (20_000, 20_000)).save(path)


def broken(name: str, content: bytes) -> Make:
    return lambda folder: (folder / name).write_bytes(content)


def emptied(name: str) -> Make:
    return lambda folder: [path.unlink() for path in (folder / name).iterdir()]


def renamed(name: str) -> Make:
    return lambda folder: [path.rename(path.with_name(f"other-{path.name}")) for path in (folder / name).iterdir()]


NAMES = "file,kind\n"
LABELS = NAMES + "".join(f"{n}.png,{'xy'[n % 2]}\n" for n in range(6))

PICTURES = [
    Case("0 bytes", lambda at: pictures(at, broken("cat/1.png", b"")), r"set/cat/1\.png” is no picture"),
    Case(
        "cut off in its header",
        lambda at: pictures(at, broken("dog/2.png", b"\x89PNG\r\n\x1a\n\0\0")),
        r"set/dog/2\.png” is",
    ),
    Case("two that are bad", lambda at: pictures(at, lambda f: [broken(f"cat/{n}.png", b"x")(f) for n in (1, 3)]),
         r"cat/1\.png” is no picture.*So it is with 1 more\."),
    Case("a bomb", lambda at: pictures(at, lambda f: bomb(f / "cat" / "0.png")), r"cat/0\.png” .*100,000,000"),
    Case("no width", lambda at: pictures(at, lambda f: sized_nothing(f / "cat" / "0.bmp")), r"cat/0\.bmp” is"),
    Case("an empty class", lambda at: pictures(at, emptied("dog")), "one class only, “cat”"),
    Case("a link to itself", lambda at: pictures(at, lambda f: os.symlink(f / "loop", f / "loop")) + [
        "--data", at.path("set/loop")], "no file or folder"),
    Case("nothing but a circle of links", lambda at: pictures(at, lambda f: [emptied("cat")(f), emptied("dog")(f),
         os.symlink(f, f / "cat" / "again")]), "no data that Netloom reads"),
    Case("no pictures for the table", lambda at: told(at, NAMES + "a.png,x\nb.png,y\nc.png,x\nd.png,y\n"),
         r"No column of “.*labels\.csv” names pictures that lie beside it"),
    Case("an empty table beside pictures", lambda at: told(at, ""), r"labels\.csv” is empty"),
    Case("a ragged table beside pictures", lambda at: told(at, NAMES + "0.png,x\n1.png,y,z\n2.png,x\n"),
         r"labels\.csv”, line 3: it has 3 values; 2 were expected"),
    Case("one class in the table", lambda at: told(at, NAMES + "".join(f"{n}.png,x\n" for n in range(6))),
         r"labels\.csv” says nothing of its pictures"),
    Case("labels without pictures", lambda at: told(at, LABELS,
         lambda f: [path.unlink() for path in f.glob("*.png")]), r"labels\.csv” names pictures that lie beside it"),
    Case("a bad picture in the table", lambda at: told(at, LABELS,
         broken("3.png", b"x")), r"set/3\.png” is no picture"),
    Case("partners of other names", lambda at: paired(at, renamed("target")),
         r"Too few pictures in “.*input” .*“0\.png”"),
]  # fmt: skip

TABLES = [
    Case("empty", lambda at: table(at, ""), r"table\.csv” is empty"),
    Case("a header alone", lambda at: table(at, "x,y\n"), "no rows, only 2 column names"),
    Case("one row", lambda at: table(at, "x,y\n1,0\n"), "No column is left to learn from"),
    Case("one class", lambda at: table(at, "x,y\n" + "".join(f"{n},no\n" for n in range(30))), "“no” in every row"),
    Case("a target of blanks", lambda at: table(at, "x,y\n" + "".join(f"{n},\n" for n in range(30))), "in every row"),
    Case("a target that is not there", lambda at: table(at, "x,yes\n" + ROWS), "no column “y”"),
    Case("names of rows alone", lambda at: table(at, "id,y\n" + "".join(f"k{n},{n % 2}\n" for n in range(30))),
         "“id” is left out"),
    Case("infinity alone", lambda at: table(at, "x,y\n" + "".join(f"inf,{n % 2}\n" for n in range(30))), "“x” is left"),
    Case("the target alone", lambda at: table(at, "y\n" + "0\n1\n" * 15), "it is alone"),
    Case("a ragged row", lambda at: table(at, "x,y\n" + ROWS + "1,2,3\n"), r"table\.csv”, line 32: it has 3 values"),
    Case("a quote that never ends", lambda at: table(at, 'x,y\n1,"no\n' + ROWS), "never ends"),
    Case("zero bytes", lambda at: table(at, b"x,y\n1,\0\n" * 20), "zero bytes"),
    Case("half a letter", lambda at: table(at, ("x,y\n" + ROWS).encode("utf-16")[:-1]), "not written in utf-16"),
    Case("a workbook", lambda at: table(at, b"PK\x03\x04 and more"), "workbook or an archive"),
    Case("a locked archive", lambda at: table(at, locked(), name="t.zip"), r"t\.zip” is locked with a password"),
    Case("a damaged archive", lambda at: table(at, zipped(**{"a.csv": b"x,y\n" * 99})[:-30], name="t.zip"), "damaged"),
    Case("two tables in an archive", lambda at: table(at, zipped(**{"a.csv": b"x,y\n1,2", "b.csv": b"x,y\n1,2"}),
         name="t.zip"), r"t\.zip”"),
]  # fmt: skip

ARRAYS = [
    Case("code", lambda at: array(at, pickle.dumps([print])), r"a\.npz”"),
    Case("an array that is none", lambda at: array(at, zipped(**{"../x.npy": b""})), r"a\.npz”"),
    Case("a promise of terabytes", lambda at: array(at, promising()), r"a\.npz” does not fit into the memory"),
    Case("not a finite number", lambda at: array(at, saved(x=np.full((9, 1, 8, 8), np.nan))), "not finite"),
    Case("labels without arrays", lambda at: array(at, saved(y=np.arange(9) % 2)),
         "has no field “image”; its data has “label”"),
    Case("more labels", lambda at: array(at, saved(x=np.zeros((9, 1, 8, 8)), y=np.arange(8) % 2)), "9 of"),
    Case("no examples", lambda at: array(at, saved(x=np.zeros((0, 1, 8, 8)))), "at least one"),
]  # fmt: skip


def saved(**arrays: np.ndarray) -> bytes:
    packed = io.BytesIO()
    np.savez(packed, **arrays)  # type: ignore[arg-type]
    return packed.getvalue()


GROUPS = {"pictures": PICTURES, "tables": TABLES, "arrays": ARRAYS}
