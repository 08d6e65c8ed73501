"""The verb `warn` as a user meets it."""

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app

QUICK = ("--replications", "4", "--held-back", "2", "--trials", "3", "--jobs", "1")


def test_warn_puts_out_one_json_object_and_writes_what_it_found(tmp_path: Path) -> None:
    """Warnings with causes and remedies, scores, tables that open in a spreadsheet, pictures in both languages, a page."""
    result = CliRunner().invoke(app, ["warn", "tiny:growth-30", *QUICK, "--out", str(tmp_path), "--json"])
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert (found["office_weeks"], found["done"]) == (10, "remedies")
    assert found["alarms"] == sum(len(one["weeks"]) for one in found["warnings"]) > 0
    one = found["warnings"][0]
    assert one["cause"] in {"load", *(cause["name"] for cause in one["causes"])}
    assert 0 <= one["causes"][0]["chance"] <= 1 and one["remedies"][0].keys() >= {"kind", "price_min", "peak", "suffices"}
    assert found["scores"]["forecasts"] == 20 and found["scores"]["brier"]["mean"] >= 0
    assert found["observed"] is None
    assert json.loads((tmp_path / "warn.json").read_text("utf-8"))["warnings"] == found["warnings"]
    with (tmp_path / "office_weeks.csv").open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.DictReader(file))) == found["office_weeks"]
    described = (Path(__file__).parents[1] / "docs" / "data_dictionary.md").read_text("utf-8")
    for name in ("office_weeks.csv", "warnings.csv", "reliability.csv"):
        section = described.split(f"### {name}\n")[1].split("\n#")[0]
        header = (tmp_path / name).read_text("utf-8-sig").splitlines()[0].split(",")
        assert not [column for column in header if f"`{column}`" not in section], name
    page = (tmp_path / "warning.html").read_text("utf-8")
    assert page.count("<svg") == 6 and "http" not in page.replace("http-equiv", "")
    for name in ("map", "heat", "reliability"):
        for lang in ("vi", "en"):
            assert (tmp_path / "figures" / f"{name}.{lang}.svg").is_file()
            assert (tmp_path / "figures" / f"{name}.{lang}.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(("lang", "words"), [("vi", ("Xác suất", "Biệt phái")), ("en", ("Chance", "Second Cán bộ"))])
def test_warn_speaks_both_languages(lang: str, words: tuple[str, ...]) -> None:
    """A table for a person, with the remedy in words."""
    result = CliRunner().invoke(app, ["warn", "tiny", *QUICK, "--lang", lang])
    assert result.exit_code == 0
    assert all(word in result.stdout for word in words)


def test_nothing_to_warn_of_is_said() -> None:
    """In one phase that is quiet, no causes are looked for."""
    arguments = ["warn", "tiny", "--phase", "p2", "--share", "0.9", *QUICK]
    result = CliRunner().invoke(app, [*arguments, "--json"])
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert (found["warnings"], found["rollouts"]) == ([], 6)
    assert "Nothing to warn of" in CliRunner().invoke(app, [*arguments, "--lang", "en"]).stdout


def test_real_weeks_score_the_forecast(tmp_path: Path) -> None:
    """Hits and misses of real weeks stand beside those of held-back runs."""
    path = tmp_path / "real.csv"
    path.write_text("office,week,share,visits\npb,2025-03-03,0.9,150\npa,2025-03-03,0.0,100\n", "utf-8")
    options = ["--observed", str(path), "--share", "0.05", "--out", str(tmp_path / "out"), "--json"]
    result = CliRunner().invoke(app, ["warn", "tiny", *QUICK, *options])
    assert result.exit_code == 0
    seen = json.loads(result.stdout)["observed"]
    assert (seen["forecasts"], seen["hits"] + seen["misses"], seen["unmatched"]) == (2, 1, 0)
    assert "observed" in (tmp_path / "out" / "reliability.csv").read_text("utf-8-sig")
    assert len((tmp_path / "out" / "observed.csv").read_text("utf-8-sig").splitlines()) == 3


@pytest.mark.parametrize(
    "arguments",
    [
        ("--share", "2"),
        ("--alarm", "0"),
        ("--standard", "-1"),
        ("--phase", "p9"),
        ("--from", "2030-01-01"),
        ("--from", "soon"),
        ("--observed", "nowhere.csv"),
        ("--plan", "nowhere.csv"),
    ],
)
def test_wrong_input_ends_with_two(arguments: tuple[str, ...]) -> None:
    """One message, no traceback, before anything is played."""
    result = CliRunner().invoke(app, ["warn", "tiny", *arguments])
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_a_wrong_file_of_real_weeks_is_told_row_by_row(tmp_path: Path) -> None:
    """Every problem at once, with its row and column."""
    path = tmp_path / "real.csv"
    path.write_text("office,week,share\npx,2025-03-03,0.9\npb,yesterday,0.9\n", "utf-8")
    result = CliRunner().invoke(app, ["warn", "tiny", "--observed", str(path), "--json"])
    assert result.exit_code == 2
    told = json.loads(result.stdout)["problems"]
    assert [(one["row"], one["column"], one["code"]) for one in told] == [(2, "office", "E-REF-001"), (3, "week", "E-DATE-001")]
