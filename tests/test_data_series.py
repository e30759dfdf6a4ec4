"""Time series: windows in the order of time, scaled by the training rows, beside naive forecasts, in own units."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import torch

from backend import cli, data
from backend.data.series_known import mackey_glass
from backend.data.series_loader import series_source
from backend.data.series_loading import load_series, windows_from_file
from backend.data.series_preparation import SeriesPreparation
from backend.data.tables_preparation import preparation_from
from graph.problems import DataError

COUNT = 100
DATA = Path(os.environ.get("NETLOOM_DATA", "/nowhere"))
PASSENGERS = DATA / "timeseries" / "airline-passengers.csv"


def written(folder: Path, values: list[float] | np.ndarray, name: str = "a.csv", **columns: Any) -> Path:
    """A table of a value a day, in order."""
    days = np.datetime64("2020-01-01") + np.arange(len(values))
    rows = [f"{day},{value!r}" for day, value in zip(days, np.asarray(values).tolist())]
    path = folder / name
    path.write_text("\n".join(["day,value", *rows]), encoding="utf-8")
    return path


def stored(path: Path | str, **asked: Any) -> Any:
    return load_series(str(path), **{"window": 4, "horizon": 2} | asked)


def test_windows_and_what_follows_them(tmp_path: Path) -> None:
    found = stored(written(tmp_path, np.arange(COUNT) * 1.0), scaling="none", validation=0.1, test=0.2)
    assert found.fields["window"].shape == (4, 1)
    assert found.fields["target"].shape == (2,)
    train = found.splits["train"]
    assert train["window"][7, :, 0].tolist() == [7, 8, 9, 10]
    assert train["target"][7].tolist() == [11, 12]
    assert train["persistence"][7].tolist() == [10, 10]
    assert "seasonal_naive" not in train


def test_no_window_reaches_from_one_part_into_the_next(tmp_path: Path) -> None:
    found = stored(written(tmp_path, np.arange(COUNT) * 1.0), scaling="none", validation=0.2, test=0.25)
    rows = {
        part: {*fields["window"].flatten().int().tolist(), *fields["target"].flatten().int().tolist()}
        for part, fields in found.splits.items()
    }
    assert rows == {"train": set(range(60)), "validation": set(range(60, 75)), "test": set(range(75, 100))}


def test_stride(tmp_path: Path) -> None:
    found = stored(written(tmp_path, np.arange(COUNT) * 1.0), stride=5, validation=0.0, test=0.5)
    assert found.indices["train"].tolist() == [0, 5, 10, 15, 20, 25, 30, 35, 40]
    assert found.indices["test"].tolist() == list(range(50, 95, 5))


@pytest.mark.parametrize("window", [4, 12])
def test_the_seasonal_forecast_says_what_was_a_season_ago(tmp_path: Path, window: int) -> None:
    """Also where the season is longer than the window, and where the horizon is longer than the season."""
    path = written(tmp_path, np.arange(COUNT) * 1.0)
    found = stored(path, window=window, horizon=9, season=7, scaling="none", validation=0.0, test=0.0).splits["train"]
    first = max(0, 7 - window)
    assert found["window"][0, 0, 0] == first
    ahead = np.arange(first + window, first + window + 9)
    expected = [row - 7 if row - 7 < first + window else row - 14 for row in ahead.tolist()]
    assert found["seasonal_naive"][0].tolist() == expected
    assert found["target"][0].tolist() == ahead.tolist()


def test_a_forecast_at_every_step(tmp_path: Path) -> None:
    found = stored(written(tmp_path, np.arange(COUNT) * 1.0), every_step=True, season=3, scaling="none", horizon=2)
    train = found.splits["train"]
    assert found.fields["target"].shape == (4, 1)
    assert train["target"][6, :, 0].tolist() == [8, 9, 10, 11]
    assert train["persistence"][6, :, 0].tolist() == [6, 7, 8, 9]
    assert train["seasonal_naive"][6, :, 0].tolist() == [5, 6, 7, 8]


def test_rows_are_put_in_the_order_of_time(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = [f"{2000 + m // 12}-{m % 12 + 1:02d},{m}" for m in np.random.default_rng(1).permutation(60).tolist()]
    path.write_text("month,value\n" + "\n".join(rows))
    found = stored(path, scaling="none", validation=0.0, test=0.0).splits["train"]
    assert found["window"][:, 0, 0].tolist() == list(range(55))


def test_several_columns_and_a_target_among_them(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(50, 3)) * [1, 10, 100] + [0, 5, 1000]
    path = tmp_path / "a.tsv"
    path.write_text(
        "t\ta\tb\tc\tword\n"
        + "\n".join(
            "\t".join([str(t), *map(repr, row), "x" if t % 3 else "y"]) for t, row in enumerate(values.tolist())
        )
    )
    found = stored(path, columns="a, b", target="c", time="t", validation=0.0, test=0.2)
    assert found.fields["window"].shape == (4, 2)
    assert found.fields["target"].shape == (2,)
    batch = found.batch("train", slice(None))
    low = (values[:40] - values[:40].mean(0)) / values[:40].std(0)
    np.testing.assert_allclose(batch["window"][3].numpy(), low[3:7, :2], atol=1e-5)
    np.testing.assert_allclose(batch["target"][3].numpy(), low[7:9, 2], atol=1e-5)
    assert stored(path, columns="a, b", time="t").fields["target"].shape == (2, 2)
    with pytest.raises(DataError, match="“word” holds no numbers"):
        stored(path, target="word")


@pytest.mark.parametrize("scaling", ["standard", "0 to 1"])
def test_scaling_looks_at_the_training_rows_alone(tmp_path: Path, scaling: str) -> None:
    values = np.random.default_rng(0).gamma(2.0, size=COUNT)
    altered = values.copy()
    altered[-32:] = 1e6 * np.arange(32)
    one, other = (stored(written(tmp_path, each, f"{n}.csv"), scaling=scaling, validation=0.15, test=0.2)
                  for n, each in enumerate((values, altered)))  # fmt: skip
    assert one.preparation == other.preparation
    assert torch.equal(one.batch("train", slice(None))["target"], other.batch("train", slice(None))["target"])


def test_what_is_scaled_comes_back(tmp_path: Path) -> None:
    values = np.random.default_rng(0).gamma(2.0, size=COUNT) + 1
    for asked in ({}, {"log": True}, {"scaling": "0 to 1", "log": True}):
        found = stored(written(tmp_path, values), **asked)
        fitted = found.preparation["target"]
        target = found.batch("test", slice(None))["target"]
        torch.testing.assert_close(fitted.invert(target), found.splits["test"]["target"].float())
        kept = preparation_from(json.loads(json.dumps(msgspec.to_builtins(fitted))))
        assert kept == fitted
    expected = np.log(values)
    first = (expected[0] - expected[:72].min()) / (expected[:72].max() - expected[:72].min())
    assert found.batch("train", slice(None))["window"][0, 0, 0].item() == pytest.approx(first, abs=1e-5)


def test_a_small_change_far_from_zero_is_kept(tmp_path: Path) -> None:
    values = 1e9 + np.sin(np.arange(COUNT))
    batch = stored(written(tmp_path, values), validation=0.0, test=0.0).batch("train", slice(None))
    wanted = (values - values.mean()) / values.std()
    np.testing.assert_allclose(batch["window"][0, :, 0].numpy(), wanted[:4], atol=1e-5)


def test_blanks_take_the_value_before_them(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "day,value\n" + "\n".join(f"2020-01-{day:02d},{'' if day in (1, 2, 9, 10) else day}" for day in range(1, 31))
    )
    found = stored(path, scaling="none", validation=0.0, test=0.0)
    assert found.splits["train"]["window"][:, 0, 0].tolist() == [3, 4, 5, 6, 7, 8, 8, 8, *range(11, 26)]
    assert any("first 2 rows have blanks" in note for note in found.notes)
    assert any("2 blanks take the value before them" in note for note in found.notes)


def test_an_array_over_time(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32)
    np.save(tmp_path / "a.npy", values)
    found = stored(tmp_path / "a.npy", target="2", scaling="none", validation=0.0, test=0.0).splits["train"]
    assert np.array_equal(found["window"][5].numpy(), values[5:9])
    assert np.array_equal(found["target"][5].numpy(), values[9:11, 1])


def test_a_part_too_short_is_told(tmp_path: Path) -> None:
    found = stored(written(tmp_path, np.arange(COUNT) * 1.0), validation=0.05, test=0.2)
    assert found.count("validation") == 0
    assert any("validation part is shorter" in note for note in found.notes)


BAD: dict[str, tuple[str, dict[str, Any], str]] = {
    "empty": ("", {}, "empty|no rows|holds no"),
    "only a header": ("day,value\n", {}, "no rows|empty"),
    "one row": ("day,value\n2020-01-01,3\n", {}, "does not fit in|no column"),
    "too short": ("day,value\n" + "".join(f"2020-01-{d:02d},{d}\n" for d in range(1, 6)), {}, "5 rows|4 rows|does not"),
    "no numbers": ("day,value\n" + "".join(f"2020-01-{d:02d},{'ab'[d % 2]}\n" for d in range(1, 29)), {},
                   "no column of numbers"),
    "unknown column": ("day,value\n" + "".join(f"2020-01-{d:02d},{d}\n" for d in range(1, 29)), {"target": "vale"},
                       "Did you mean “value”"),
    "logarithm of zero": ("day,value\n" + "".join(f"2020-01-{d:02d},{d - 5}\n" for d in range(1, 29)), {"log": True},
                          "only numbers above 0"),
    "texts as times": ("day,value\n" + "".join(f"{'ab'[d % 2]},{d}\n" for d in range(1, 29)), {"time": "day"},
                       "holds texts"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_series_end_in_a_sentence(tmp_path: Path, name: str) -> None:
    text, asked, sentence = BAD[name]
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(DataError, match=sentence) as caught:
        stored(tmp_path / "a.csv", **asked)
    assert str(caught.value).endswith(".")


def test_pictures_are_no_series() -> None:
    with pytest.raises(DataError, match="A series is a table"):
        stored("digits")


# -- known ones -------------------------------------------------------------------------------------------------------


def test_mackey_glass_follows_its_equation() -> None:
    """Against steps ten times as fine, as far as chaos allows: both start alike before the series has settled."""
    coarse, fine = mackey_glass(500, per_step=10), mackey_glass(500, per_step=20)
    assert 0.2 < coarse.min() < 0.6
    assert 1.2 < coarse.max() < 1.5
    rate = 0.2 * fine[100:-18] / (1 + fine[100:-18] ** 10) - 0.1 * fine[117:-1]
    slope = (fine[118:] - fine[116:-2]) / 2
    assert np.abs(slope - rate).max() < 0.01
    assert np.corrcoef(coarse[:50], fine[:50])[0, 1] > 0.5


def test_mackey_glass_is_a_series() -> None:
    found = load_series("mackey-glass", window=100, horizon=1, every_step=True)
    assert found.fields["window"].shape == (100, 1)
    assert found.count("train") > 3000
    assert data.fields("mackey-glass").keys() == {"x"}


@pytest.mark.skipif(not PASSENGERS.exists(), reason="the passengers are not on this machine")
def test_passengers_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETLOOM_DATA", str(DATA))
    found = load_series("passengers", window=12, horizon=1, season=12, scaling="none")
    assert found.splits["train"]["window"][0, :, 0].tolist()[:4] == [112, 118, 132, 129]
    assert found.splits["train"]["target"][0].tolist() == [115]
    assert found.splits["train"]["seasonal_naive"][0].tolist() == [112]


# -- asked later ------------------------------------------------------------------------------------------------------


def test_the_end_of_a_file_is_what_a_forecast_goes_by(tmp_path: Path) -> None:
    found = stored(written(tmp_path, np.arange(COUNT) * 1.0), season=7, validation=0.0, test=0.0)
    fitted = {name: each for name, each in found.preparation.items() if isinstance(each, SeriesPreparation)}
    later = written(tmp_path, np.arange(200, 220) * 1.0, "later.csv")
    asked = windows_from_file(later, {name: fitted[name] for name in ("window", "persistence", "seasonal_naive")})
    assert fitted["window"].invert(asked["window"])[0, :, 0].tolist() == pytest.approx([216, 217, 218, 219])
    assert fitted["target"].invert(asked["persistence"])[0].tolist() == pytest.approx([219, 219])
    assert fitted["target"].invert(asked["seasonal_naive"])[0].tolist() == pytest.approx([213, 214])
    with pytest.raises(DataError, match="cannot be read from a file"):
        windows_from_file(later, {"target": fitted["target"]})
    with pytest.raises(DataError, match="has 3 rows"):
        windows_from_file(written(tmp_path, [1.0, 2.0, 3.0], "short.csv"), {"window": fitted["window"]})


ASKED: list[dict[str, Any]] = [
    {}, {"season": 6, "stride": 3}, {"every_step": True, "log": True}, {"scaling": "0 to 1", "columns": "value"},
]  # fmt: skip


@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_an_exported_script_makes_the_same_windows(tmp_path: Path, asked: dict[str, Any]) -> None:
    values = np.random.default_rng(0).gamma(2.0, size=COUNT) + 1
    for source in (str(written(tmp_path, values)), "mackey-glass"):
        own = {"window": 4, "horizon": 2, "stride": 1} | asked | {"columns": ""}
        found = load_series(source, **own, validation=0.0, test=0.0)
        scope: dict[str, Any] = {}
        exec(series_source(source, own, found.preparation), scope)
        loaded, ours = scope["load_data"](), found.batch("train", slice(None))
        assert list(loaded) == list(ours)
        for name, each in ours.items():
            assert torch.equal(loaded[name], each), name


def test_a_forecast_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run on rows never seen: errors in the units of the file, a forecast from its end, below the naive one."""
    time = np.arange(300)
    path = written(tmp_path, 500 + 100 * np.sin(time * 2 * np.pi / 9))
    out = tmp_path / "run"
    assert cli.main(["train", "forecast-lstm", "--data", str(path), "--out", str(out), "--epochs", "5", "--json",
                     "--set", "windows.season=12", "--quiet"]) == 0  # fmt: skip
    metrics = json.loads(capsys.readouterr().out.splitlines()[-1])["metrics"]["test"]
    naive = np.sqrt(np.mean([(100 * np.sin((t + h) * 2 * np.pi / 9) - 100 * np.sin(t * 2 * np.pi / 9)) ** 2
                             for t in range(221, 294) for h in range(1, 7)]))  # fmt: skip
    assert metrics["persistence.rmse"] == pytest.approx(naive, rel=0.01)
    assert metrics["error.rmse"] < metrics["seasonal_naive.rmse"]
    assert cli.main(["predict", str(out), "--input", str(path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])["predictions"][0]["values"]
    ahead = 500 + 100 * np.sin(np.arange(300, 306) * 2 * np.pi / 9)
    assert np.abs(np.array(told) - ahead).max() < 60


def test_digits_that_move() -> None:
    """Every frame holds the two digits, moved by at most 3 pixels; the film goes on in what follows."""
    from backend.data.moving_digits import moving_digits

    one = np.full((1, 4, 4), 200, np.uint8)
    films = moving_digits(np.random.default_rng(0), one, 50, 12, 20)
    assert ((films == 200).sum(axis=(2, 3)) >= 16).all()
    assert ((films == 200).sum(axis=(2, 3)) <= 32).all()
    apart = films[((films == 200).sum(axis=(2, 3)) == 32).all(axis=1)]
    middles = (apart.astype(float) * np.arange(20)).sum(axis=(2, 3)) / apart.sum(axis=(2, 3))
    assert len(apart) > 3
    assert (np.abs(np.diff(middles, axis=1)) <= 3).all()
    found = data.load("moving-digits", validation=0.0, test=0.0)
    batch = found.batch("train", slice(0, 20))
    assert batch["film"].shape == (20, 8, 1, 24, 24)
    assert batch["next"].max() == 1.0
    assert (batch["film"][:, -1] - batch["next"]).abs().amax(dim=(1, 2, 3)).min() > 0.3
