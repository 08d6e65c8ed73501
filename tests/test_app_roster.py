"""The verb `roster` and its picture."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from app.cli import app
from results.charts import DutyLine, roster_figure, svg
from scenarios import load_scenario
from scenarios.load import LIBRARY


def part_time(folder: Path) -> Path:
    """Tiny on disk with part-time officers at point An and twice the demand."""
    made = folder / "part_time"
    shutil.copytree(LIBRARY / "tiny", made)
    officers = made / "officers.csv"
    officers.write_text(officers.read_text("utf-8").replace(",pa,commune,1.0,", ",pa,commune,0.6,"), "utf-8")
    settings = made / "scenario.toml"
    settings.write_text(settings.read_text("utf-8").replace("scale = 1.0", "scale = 1.6", 1), "utf-8")
    return made


def test_roster_says_what_it_gains_and_writes_rows_that_load(tmp_path: Path) -> None:
    """One JSON object; the table it writes is one of the scenario, and the engine takes it."""
    made, out = part_time(tmp_path), tmp_path / "out"
    options = ["--phase", "p1", "--days", "5", "--replications", "2", "--secondments", "1", "--out", str(out), "--json"]
    result = CliRunner().invoke(app, ["roster", str(made), *options])
    assert result.exit_code == 0
    found = json.loads(result.stdout)["phases"][0]
    assert found["status"] == "optimal"
    assert {one["office"] for one in found["offices"]} == {"pa", "pb", "br"}
    assert found["overload_min_per_day"].keys() == {"before", "placed", "after", "change"}
    assert "<svg" in (out / "roster_p1.svg").read_text("utf-8")
    shutil.copyfile(out / "rosters.csv", made / "rosters.csv")
    rows = load_scenario(str(made)).rosters
    assert len(rows) == found["rows"] > 0
    assert sum(bool(row.office) for row in rows) == len(found["secondments"])


@pytest.mark.parametrize(("lang", "word"), [("vi", "Nơi tiếp nhận"), ("en", "Office")])
def test_roster_speaks_both_languages(tmp_path: Path, lang: str, word: str) -> None:
    """A table for a person, in the language asked for."""
    options = ["--phase", "p1", "--days", "5", "--replications", "2", "--lang", lang]
    result = CliRunner().invoke(app, ["roster", str(part_time(tmp_path)), *options])
    assert result.exit_code == 0
    assert word in result.stdout


def test_the_picture_is_the_same_each_time() -> None:
    """Three panels of four offices and twenty half hours, in both languages."""
    lines = [DutyLine(f"Điểm {n}", tuple(np.arange(20.0) + n), (1.0,) * 20, (2.0,) * 10 + (0.5,) * 10, 3) for n in range(4)]
    for lang in ("vi", "en"):
        figure = roster_figure(lines, 14, lang)
        assert [len(axes.patches) for axes in figure.axes] == [80, 80, 80]
        assert svg(figure, "x") == svg(roster_figure(lines, 14, lang), "x")
