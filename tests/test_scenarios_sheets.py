"""A scenario written as a workbook is the same scenario, and safe to open in a spreadsheet."""

from pathlib import Path

import openpyxl
import pytest
from small_scenario import write_small
from typer.testing import CliRunner

from app.cli import app
from scenarios import load_scenario, scenario_digest
from scenarios.schema import TABLES
from scenarios.sheets import write_workbook


def test_a_workbook_written_is_the_scenario_it_came_from(tmp_path: Path) -> None:
    """All tables and settings, names that begin like formulas too, come back; a workbook that is there is kept."""
    scenario = load_scenario(write_small(tmp_path / "small"))
    named = scenario.officers[0].model_copy(update={"name": "=1+1"})
    scenario = scenario.model_copy(update={"officers": (named, *scenario.officers[1:])})
    path = tmp_path / "small.xlsx"
    write_workbook(scenario, path)
    assert scenario_digest(load_scenario(path)) == scenario_digest(scenario)
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".")] == []
    with pytest.raises(FileExistsError):
        write_workbook(scenario, path)


def test_cells_are_typed_and_words_can_be_picked(tmp_path: Path) -> None:
    """A sheet a table in the schema's order, its head frozen; numbers are numbers, ids text, a column of words has a list."""
    path = tmp_path / "small.xlsx"
    write_workbook(load_scenario(write_small(tmp_path / "small")), path)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["scenario", *TABLES]
    officers = book["officers"]
    heads = {cell.value: cell.column for cell in officers[1]}
    assert list(heads) == list(TABLES["officers"].model_fields)
    assert officers.freeze_panes == "A2"
    assert [type(officers.cell(2, heads[name]).value) for name in ("id", "counter_share")] == [str, float]
    lists = {str(one.sqref).split(":")[0]: one.formula1 for one in officers.data_validations.dataValidation}
    assert lists[officers.cell(2, heads["movable"]).coordinate] == '"yes,no"'


def test_init_writes_a_workbook_where_one_is_named(tmp_path: Path) -> None:
    """`init FILE.xlsx` gives a workbook that is sound, with the map beside it, and never writes over one."""
    path = tmp_path / "mine.xlsx"
    made = CliRunner().invoke(app, ["init", str(path), "--from", "binh-duong-2025-actual", "--lang", "en"])
    assert (made.exit_code, str(path) in made.stdout) == (0, True)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["map.geojson", "mine.xlsx"]
    assert scenario_digest(load_scenario(path)) == scenario_digest(load_scenario("binh-duong-2025-actual"))
    again = CliRunner().invoke(app, ["init", str(path), "--from", "tiny", "--lang", "en"])
    assert (again.exit_code, "is there already" in again.stderr) == (2, True)
