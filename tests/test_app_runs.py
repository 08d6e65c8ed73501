"""Stored runs as a user keeps them: listed, shown, compared, made again with the same digest, marked stale, deleted."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from small_scenario import set_cell, write_small
from typer.testing import CliRunner

from app.cli import app


def told(*arguments: object, status: int = 0, typed: str | None = None) -> dict[str, Any]:
    """The JSON object of a verb that ends as expected."""
    done = CliRunner().invoke(app, [*map(str, arguments), "--json"], input=typed)
    assert done.exit_code == status, done.output
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a scenario and the store of one study of it."""
    place = tmp_path_factory.mktemp("made")
    write_small(place / "small")
    told("study", place / "small", "--replications", "2", "--rounds", "1", "--max-moves", "3", "--out", place / "runs")
    return place


@pytest.fixture
def store(made: Path, tmp_path: Path) -> Path:
    """The same, to be spoiled."""
    shutil.copytree(made, tmp_path / "made")
    return tmp_path / "made" / "runs"


def name_in(store: Path) -> str:
    return next(path.name for path in store.iterdir() if not path.name.startswith("."))


def test_a_list_tells_what_each_run_came_from(store: Path) -> None:
    """Name, scenario, digest and state; a folder half written is listed too, one that is no run is not."""
    name = name_in(store)
    (store / f"{name[:-10]}{'0' * 10}").mkdir()
    (store / "notes").mkdir()
    rows = {row["run"]: row for row in told("runs", "list", "--store", store)["runs"]}
    assert rows[name]["condition"] == "whole"
    assert (rows[name]["inputs"], rows[name]["stale"], rows[name]["replications"]) == ("same", False, 2)
    assert "notes" not in rows
    assert all(row["condition"] == "unfinished" for other, row in rows.items() if other != name)
    for lang in ("vi", "en"):
        shown = CliRunner().invoke(app, ["runs", "list", "--store", str(store), "--lang", lang])
        assert shown.exit_code == 0
        assert name[:8] in shown.output


def test_one_run_is_shown_and_compared(store: Path) -> None:
    """The command that made it, the digests of its tables, and its phases as it is and as planned."""
    name = name_in(store)
    shown = told("runs", "show", name, "--store", store)
    assert shown["command"].startswith("motcua study ")
    assert shown["digests"]
    assert len(shown["phases"]) == 2
    compared = told("runs", "compare", name, "--store", store)["comparisons"]
    assert len(compared) == len(shown["phases"])
    twice = told("runs", "compare", name, name, "--store", store)["comparisons"]
    assert {(one["before"], one["after"]) for one in twice} == {(name, f"{name} (2)")}
    assert told("runs", "show", "nowhere", "--store", store, status=2)["problems"][0]["code"] == "manifest.no_run"


def test_a_run_made_again_has_the_same_digest(store: Path) -> None:
    """From its manifest and its own copy of the inputs, also after the original has changed; nothing is written."""
    name = name_in(store)
    before = {path: path.stat().st_mtime_ns for path in store.rglob("*")}
    again = told("rerun", name, "--store", store)
    assert (again["same"], again["differs"], again["inputs"]) == (True, [], "same")
    assert {path: path.stat().st_mtime_ns for path in store.rglob("*")} == before


def test_a_report_made_again_stays_in_its_folder(store: Path) -> None:
    """Also when somebody has given the folder another name."""
    (store / name_in(store)).rename(store / "decided")
    before = (store / "decided" / "report.html").read_bytes()
    again = told("report", store / "decided", "--lang", "en")
    assert Path(again["report"]) == store / "decided" / "report.html"
    assert [path.name for path in store.iterdir()] == ["decided"]
    assert (store / "decided" / "report.html").read_bytes() == before


def test_changed_inputs_make_a_run_stale(store: Path) -> None:
    """Listed as stale, still shown, and gone inputs are told apart from changed ones."""
    scenario, name = store.parent / "small", name_in(store)
    set_cell(scenario, "units", 2, "population", "4321")
    row = told("runs", "show", name, "--store", store)
    assert (row["inputs"], row["stale"]) == ("changed", True)
    shutil.rmtree(scenario)
    assert told("runs", "list", "--store", store)["runs"][0]["inputs"] == "gone"


def test_a_digest_that_differs_is_a_finding(store: Path) -> None:
    """A manifest that claims another digest is found out, with the place that differs."""
    name = name_in(store)
    path = store / name / "manifest.json"
    manifest = json.loads(path.read_text("utf-8"))
    first = manifest["provenance"]["digests"][0]
    first[1] = "0" * 64
    path.write_text(json.dumps(manifest), "utf-8")
    again = told("rerun", name, "--store", store, status=1)
    assert (again["same"], again["reason"], again["differs"]) == (False, "numbers", [first[0]])


def test_deletion_needs_a_yes(store: Path) -> None:
    """No keeps the run, a wrong name among several keeps all, `--yes` takes it away whole."""
    name = name_in(store)
    kept = CliRunner().invoke(app, ["runs", "delete", name, "--store", str(store)], input="n\n")
    assert kept.exit_code == 1
    assert (store / name / "manifest.json").is_file()
    told("runs", "delete", name, "--store", store, status=2)
    told("runs", "delete", name, "nowhere", "--yes", "--store", store, status=2)
    assert (store / name).is_dir()
    assert told("runs", "delete", name, "--yes", "--store", store) == {"deleted": [name]}
    assert told("runs", "list", "--store", store)["runs"] == []


def test_a_study_keeps_the_wishes_says_them_and_is_made_again_with_them(tmp_path: Path) -> None:
    """The wanted officer goes in plan, report and Word paper by name, and `rerun` finds the same numbers."""
    wishes = ("--pin", "pa-3", "--want", "pa-2:pb", "--forbid", "pb-1:pa")
    short = ("--phase", "p1", "--days", "5", "--replications", "2", "--rounds", "0", "--jobs", "1", "--out", tmp_path)
    found = told("study", "tiny", *wishes, *short, "--docx")
    assert found["conflict"] is None
    folder = tmp_path / name_in(tmp_path)
    assert [row.split(",")[1] for row in (folder / "plan.csv").read_text("utf-8-sig").splitlines()[1:]] == ["pa-2"]
    page = (folder / "report.html").read_text("utf-8")
    for part in ("(pa-3) pinned at home", "(pb-1) forbidden at", "(pa-2) at"):
        assert part in page
    assert "--pin pa-3 --forbid pb-1:pa --want pa-2:pb" in page
    assert told("rerun", folder.name, "--store", tmp_path)["same"]
    other = told("study", "tiny", *short)
    assert Path(other["report"]).parent != folder


def test_wishes_that_cannot_be_end_a_study_with_their_rule(tmp_path: Path) -> None:
    """Before anything is played where one alone cannot be; after planning where several clash; wrong ids all at once."""
    short = ("--phase", "p1", "--days", "5", "--replications", "2", "--rounds", "0", "--jobs", "1", "--out", tmp_path)
    found = told("study", "tiny", "--want", "pa-1:pb", *short, status=1)
    assert [reason["code"] for reason in found["impossible"]] == ["R-NO-017", "R-NO-005"]
    assert list(tmp_path.iterdir()) == []
    both = ("--want", "pa-2:pb", "--want", "pa-3:pb", "--max-moves", "1")
    found = told("study", "tiny", *both, *short, status=1)
    assert [rule["kind"] for rule in found["conflict"]["rules"]] == ["few_moves", "wanted", "wanted"]
    still = told("study", "tiny", "--pin", "pa-2", "--pin", "pa-3", "--max-overload", "0", *short)
    assert "which may stay so" in still["unmoved"]["p1"]
    assert "which may stay so" in Path(still["report"]).read_text("utf-8")
    assert told("report", Path(still["report"]).parent, "--lang", "en")["run"]
    found = told("study", "tiny", "--pin", "nobody", "--want", "pa-2:zz", *short, status=2)
    assert [one["found"] for one in found["problems"]] == ["nobody", "zz"]


def test_a_study_judges_an_edited_plan_and_is_made_again_with_it(tmp_path: Path) -> None:
    """Moves and posts of the tables stand in the run; the report says that the plan was given; another plan is another run."""
    plan = tmp_path / "mine" / "plan.csv"
    plan.parent.mkdir()
    plan.write_text("phase,officer,to\np1,pa-3,pb\n", "utf-8")
    added = "phase,kind,office,office_name,group,count,reason\np1,post,pa,,commune,1,\n"
    plan.with_name("additions.csv").write_text(added, "utf-8")
    store = tmp_path / "runs"
    short = ("--days", "5", "--replications", "2", "--jobs", "1", "--out", store)
    found = told("study", "tiny", "--plan", plan, *short, "--certify", "--docx")
    (phase,) = found["phases"]
    assert phase["plan"]["status"] == "given"
    assert [(move["officer"], move["to"]) for move in phase["plan"]["moves"]] == [("pa-3", "pb")]
    folder = store / name_in(store)
    page = (folder / "report.html").read_text("utf-8")
    assert "The plan was given; motcua judges it" in page
    assert "every citizen choosing anew" in page
    assert 'data-addition="post"' in page
    assert (folder / "additions.csv").is_file()
    assert told("rerun", folder.name, "--store", store)["same"]
    command = told("runs", "show", folder.name, "--store", store)["command"]
    assert command.endswith(f"--plan {folder / 'plan.csv'} --certify")
    again = told("study", "tiny", "--phase", "p1", "--plan", folder / "plan.csv", *short, "--certify")
    assert Path(again["report"]).parent == folder
    plan.write_text("phase,officer,to\np1,pa-2,pb\n", "utf-8")
    assert Path(told("study", "tiny", "--plan", plan, *short, "--certify")["report"]).parent != folder
    told("study", "tiny", "--plan", plan, "--pin", "pa-3", *short, status=2)
