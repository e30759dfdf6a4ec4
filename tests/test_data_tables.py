"""Tables as files write them: separators, quotes, encodings, numbers, dates, blanks, and what is wrong with a file."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import numpy as np
import pytest

from backend import data
from backend.data import tables
from backend.data.tables_cells import STYLES, Style, numbers, style_of
from backend.data.tables_dialect import detect
from backend.data.tables_reading import read_table
from graph.problems import DataError
from graph.tables import kind

PLAIN = "age,city,paid\n31,Rome,yes\n45,Oslo,no\n28,Rome,yes\n"


def written(folder: Path, content: str | bytes, name: str = "a.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def kinds(path: Path) -> dict[str, str]:
    return {name: kind(spec) for name, spec in data.fields(str(path)).items()}


# -- how files are written ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (PLAIN, "a.csv"),
        (PLAIN.replace(",", "\t"), "a.tsv"),
        (PLAIN.replace(",", ";"), "a.csv"),
        (PLAIN.replace(",", "|"), "a.txt"),
        (PLAIN.replace(",", ", "), "a.csv"),
        (PLAIN.replace("\n", "\r\n"), "a.csv"),
        (PLAIN.rstrip("\n"), "a.csv"),
        ("\n\n" + PLAIN + "\n\n", "a.csv"),
        ("# made by hand\n" + PLAIN, "a.csv"),
        ("sep=;\n" + PLAIN.replace(",", ";"), "a.csv"),
        (b"\xef\xbb\xbf" + PLAIN.encode(), "a.csv"),
        (PLAIN.encode("utf-16"), "a.csv"),
        (PLAIN.encode("utf-16-le"), "a.csv"),
        (PLAIN.encode("utf-16-be"), "a.csv"),
        ('"age","city","paid"\n"31","Rome","yes"\n"45","Oslo","no"\n"28","Rome","yes"\n', "a.csv"),
        ("'age','city','paid'\n'31','Rome','yes'\n'45','Oslo','no'\n'28','Rome','yes'\n", "a.csv"),
        (PLAIN.replace("\n", ",\n"), "a.csv"),
        (gzip.compress(PLAIN.encode(), mtime=0), "a.csv.gz"),
    ],
)  # fmt: skip
def test_the_same_table_however_it_is_written(tmp_path: Path, content: str | bytes, name: str) -> None:
    table = read_table(written(tmp_path, content, name))
    assert list(table.columns) == ["age", "city", "paid"]
    assert table.rows == 3
    assert table.columns["age"].values.tolist() == [31, 45, 28]
    assert (table.columns["city"].names, table.columns["city"].values.tolist()) == (("Oslo", "Rome"), [1, 0, 1])
    assert table.columns["paid"].names == ("no", "yes")


def test_a_table_in_an_archive(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("inner/people.csv", PLAIN)
        archive.writestr("__MACOSX/inner/._people.csv", "x")
    assert read_table(tmp_path / "a.zip").rows == 3
    assert list(data.fields(str(tmp_path / "a.zip"))) == ["age", "city", "paid"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"])
def test_letters_of_the_world(tmp_path: Path, encoding: str) -> None:
    text = "größe;straße\n" + "".join(f"{n};Müßiggang {n % 3}\n" for n in range(9))
    table = read_table(written(tmp_path, text.encode(encoding)))
    assert list(table.columns) == ["größe", "straße"]
    assert table.columns["straße"].names == ("Müßiggang 0", "Müßiggang 1", "Müßiggang 2")


def test_an_encoding_that_shows_only_far_into_the_file(tmp_path: Path) -> None:
    rows = "".join(f"{n},plain\n" for n in range(60_000))
    table = read_table(written(tmp_path, f"n,word\n{rows}60000,café\n".encode("cp1252")))
    assert table.columns["word"].names == ("café", "plain")


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ("1,2,a\n3,4,b\n5,6,a\n", ("column 1", "column 2", "column 3")),
        ("a,b\n1,2\n", ("a", "b")),
        ("name,word\nanna,red\nbert,blue\ncarl,red\n", ("name", "word")),
        ("red,blue\nblue,red\nred,blue\nblue,red\n", ("column 1", "column 2")),
        ("a,,b\n1,2,3\n4,5,6\n", ("a", "column 2", "b")),
        (",a\n0,5\n1,7\n2,9\n", ("column 1", "a")),
        ("a,a,b,a\n1,2,3,4\n5,6,7,8\n", ("a", "a (2)", "b", "a (3)")),
        (" a , b\n1,2\n", ("a", "b")),
        ("alone\n1\n2\n", ("alone",)),
        ("1.5 2.5 3.5\n4.5 5.5 6.5\n", ("column 1", "column 2", "column 3")),
    ],
)
def test_names_of_columns(tmp_path: Path, content: str, names: tuple[str, ...]) -> None:
    path = written(tmp_path, content)
    assert detect(path).names == names
    assert tuple(read_table(path).columns) == names


def test_double_names_are_told(tmp_path: Path) -> None:
    assert "Several columns are called “a”" in read_table(written(tmp_path, "a,a\n1,2\n3,5\n")).notes[0]


def test_quotes_hold_separators_quotes_and_lines(tmp_path: Path) -> None:
    text = 'place,n\n"Paris, France",1\n"a ""big"" town",2\n"two\nlines",3\n"Paris, France",4\n'
    table = read_table(written(tmp_path, text))
    assert set(table.columns["place"].names) == {"Paris, France", 'a "big" town', "two\nlines"}
    assert table.columns["n"].values.tolist() == [1, 2, 3, 4]


# -- what stands in cells -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1.5", "2", "-3e2", ".5"], [1.5, 2, -300, 0.5]),
        (["1,5", "2,25", "-3,0"], [1.5, 2.25, -3]),
        (["1,234", "12,345,678", "5"], [1234, 12345678, 5]),
        (["1,234.5", "12,345.25"], [1234.5, 12345.25]),
        (["1.234,5", "12.345,25"], [1234.5, 12345.25]),
        (["1 234,5", "12 345,25"], [1234.5, 12345.25]),
        (["1 234.5", "12 345"], [1234.5, 12345]),
        (["1'234.5", "12'345"], [1234.5, 12345]),
        (["$1,200.50", "$80"], [1200.5, 80]),
        (["12 %", "7.5%"], [12, 7.5]),
        (["80 €", "1,5 €"], [80, 1.5]),
        (["0,125", "0,250"], [0.125, 0.25]),
    ],
)
def test_numbers_as_the_world_writes_them(cells: list[str], expected: list[float]) -> None:
    style, share = style_of(cells)
    assert share == 1
    assert numbers(cells, style).tolist() == expected


@pytest.mark.parametrize("style", STYLES)
def test_a_style_reads_no_words(style: Style) -> None:
    assert np.isnan(numbers(["yes", "", "1-2", "1..2", "--5", "0x1F", "nan", "inf", "1_000"], style)).all()


def test_decimal_commas_in_a_file(tmp_path: Path) -> None:
    rows = "".join(f"{n},5;{n}.000,25;w{n % 2}\n" for n in range(1, 40))
    table = read_table(written(tmp_path, f"a;b;c\n{rows}"))
    assert (table.dialect.separator, table.dialect.decimal) == (";", ",")
    assert table.columns["a"].values[:2].tolist() == [1.5, 2.5]
    assert table.columns["b"].values[:2].tolist() == [1000.25, 2000.25]


@pytest.mark.parametrize(
    ("form", "cells"),
    [
        ("iso", ["2020-01-02", "2020-02-01", "2021-12-31"]),
        ("seconds", ["2020-01-02 00:00:00", "2020-02-01 00:00:00", "2021-12-31 00:00:00"]),
        ("german", ["02.01.2020", "01.02.2020", "31.12.2021"]),
        ("american", ["01/02/2020", "02/01/2020", "12/31/2021"]),
        ("british", ["02/01/2020", "01/02/2020", "31/12/2021"]),
        ("words", ["2 Jan 2020", "1 Feb 2020", "31 Dec 2021"]),
    ],
)
def test_dates_count_as_days(tmp_path: Path, form: str, cells: list[str]) -> None:
    table = read_table(written(tmp_path, "day,n\n" + "".join(f"{cell},{n}\n" for n, cell in enumerate(cells * 9))))
    assert kind(table.columns["day"].spec) == "date"
    assert table.columns["day"].values[:3].tolist() == [18263, 18293, 18992]


@pytest.mark.parametrize("blank", ["", " ", "NA", "n/a", "NaN", "null", "None", "?", "-", '""', "#N/A", "<NA>"])
def test_words_for_nothing(tmp_path: Path, blank: str) -> None:
    text = "a,b,c\n" + "".join(f"{n}.5,w{n % 3},x{n % 2}\n" for n in range(30)) + f"{blank},{blank},x0\n"
    table = read_table(written(tmp_path, text))
    assert (table.columns["a"].missing, table.columns["b"].missing, table.columns["c"].missing) == (1, 1, 0)
    assert table.columns["b"].names == ("w0", "w1", "w2")
    assert np.isnan(table.columns["a"].values[-1])


def test_kinds_of_columns(tmp_path: Path) -> None:
    rows = "".join(
        f"{n + 1},{7919 * n % 50021},k{n:04},{n % 3},{'ab'[n % 2]},{n * 0.25},same,7,,2020-01-{n % 28 + 1:02},"
        f"{'TRUE' if n % 5 else 'FALSE'},{n % 700},word {n % 400}\n" for n in range(800)
    )  # fmt: skip
    names = "row,CustomerId,key,few,letter,number,text,seven,nothing,day,flag,many,words"
    found = kinds(written(tmp_path, f"{names}\n{rows}"))
    assert found == {
        "row": "id", "CustomerId": "id", "key": "id", "few": "number", "letter": "category", "number": "number",
        "text": "constant", "seven": "constant", "nothing": "constant", "day": "date", "flag": "category",
        "many": "number", "words": "text",
    }  # fmt: skip


def test_odd_cells_among_numbers_are_blanks_and_told(tmp_path: Path) -> None:
    text = "a,b\n" + "".join(f"{n},{n % 2}\n" for n in range(99)) + "twelve,1\n"
    table = read_table(written(tmp_path, text))
    assert table.columns["a"].missing == 1
    assert table.notes == ["“a”: 1 cell is no number, such as “twelve”, and counts as blank."]


def test_words_that_come_late_make_a_column_of_words(tmp_path: Path) -> None:
    text = "a,b\n" + "".join(f"{n % 7},{n}\n" for n in range(70_000)) + "".join(f"x{n % 7},{n}\n" for n in range(9_000))
    column = read_table(written(tmp_path, text)).columns["a"]
    assert column.names == tuple("0123456") + tuple(f"x{n}" for n in range(7))
    assert column.values[:8].tolist() == [0, 1, 2, 3, 4, 5, 6, 0]
    assert column.values[70_000] == 7


def test_infinite_and_huge_numbers_are_blanks_and_told(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, "a,b\n" + "".join(f"{n},{n % 2}\n" for n in range(60)) + "inf,1\n1e300,0\n"))
    assert table.columns["a"].missing == 2
    assert any("infinite or beyond 3e+38" in note for note in table.notes)


# -- what is wrong with a file --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\n\n  \n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"a,b,c\n", "no rows, only 3 column names"),
        (b"a,b\n1,2\n3,4,5\n6,7\n", r"line 3: it has 3 values; 2 were expected"),
        (b"a,b,c\n1,2,3\n4,5\n6,7,8\n", r"line 3: it has 2 values; 3 were expected"),
        (b"a,b\n1,2,3\n4,5\n6,7\n", r"line 2: it has 3 values; 2 were expected"),
        (b"a,b\n1,2,3\n", "names 2 columns, but line 2 has 3 values"),
        (b'a,b\n1,"x\n2,y\n3,z\n', "never ends"),
        (b"\x00\x01\x02\x03" * 50, "zero bytes"),
        (b"PK\x03\x04 and more", "workbook or an archive"),
        (b"\x01\x02\x03\x04" * 50, "control characters"),
        (b",,,\n,,,\n,,,\n", "is empty"),
        (b"a,b\n1,2,3\n4,5,6\n", "names 2 columns, but line 2 has 3 values"),
        (b"a,b\n1,2\n3,4\nTotal: 4\n", "line 4: it has 1 value; 2 were expected"),
        ("a,b\n1,x\n2,y\n".encode("utf-16")[:-1], "is not written in utf-16"),
        (b"\xff\xfe\x61", "is empty"),
        (b'"\n', "is empty"),
        (b"sep=;\n", "is empty"),
    ],
)
def test_bad_files_get_a_sentence(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(DataError, match=words) as caught:
        read_table(written(tmp_path, content))
    assert "a.csv" in str(caught.value)


def test_bad_packed_files_get_a_sentence(tmp_path: Path) -> None:
    broken = written(tmp_path, gzip.compress(PLAIN.encode() * 500, mtime=0)[:-20], "a.csv.gz")
    with pytest.raises(DataError, match="damaged"):
        read_table(broken)
    with pytest.raises(DataError, match="damaged"):
        read_table(written(tmp_path, b"no archive", "b.zip"))
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.writestr("a.csv", PLAIN)
        archive.writestr("b.csv", PLAIN)
    with pytest.raises(DataError, match=r"one table.*a.csv, b.csv"):
        read_table(tmp_path / "two.zip")


def test_a_packed_table_that_unpacks_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.data.tables_dialect.MOST_UNPACKED", 1_000_000)
    with pytest.raises(DataError, match="unpacks to more than"):
        read_table(written(tmp_path, gzip.compress(b"a,b\n" + b"1,2\n" * 2_000_000), "a.csv.gz"))


# -- describing -----------------------------------------------------------------------------------------------------


def test_a_table_is_described(tmp_path: Path) -> None:
    rows = "".join(f"{n},{n / 4},{'abc'[n % 3]},{'no' if n % 4 else 'yes'}\n" for n in range(200))
    found = tables.describe(written(tmp_path, f"id,size,shape,churn\n{rows}200,,,yes\n"))
    assert (found.rows, found.target, found.separator, found.header) == (201, "churn", ",", True)
    by_name = {column.name: column for column in found.columns}
    size, shape = by_name["size"], by_name["shape"]
    assert (size.kind, size.missing, size.distinct, size.low, size.high) == ("number", 1, 200, 0.0, 49.75)
    assert sum(size.counts) == 200
    assert len(size.edges) == len(size.counts) + 1
    assert (shape.kind, shape.names, shape.counts) == ("category", ("a", "b", "c"), (67, 67, 66))
    assert by_name["churn"].target_candidate
    assert not by_name["id"].target_candidate


def test_describing_the_bank() -> None:
    from backend.data.tables_known import bank_churn_file

    found = {column.name: column for column in tables.describe(bank_churn_file()).columns}
    assert {name for name, column in found.items() if column.reason} == {"RowNumber", "CustomerId", "Surname"}
    assert found["Exited"].target_candidate
