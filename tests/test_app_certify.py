"""The verbs certify and tradeoff, and both as parts of a study."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.certify_verb import say_certificate
from app.cli import app
from app.speaker import Speaker
from app.study import study
from optimizer import Certificate, Choice, trade_off
from results import RunStore, provenance_of, summarize
from results.charts import drawings
from results.report import REPORT_FILE
from results.trade_off import knee_of
from scenarios import load_scenario
from sim import Interval

FEW = ("--replications", "4", "--jobs", "1")


def asked(*arguments: str) -> tuple[int, dict[str, Any]]:
    """Exit code and JSON of the command."""
    done = CliRunner().invoke(app, [*arguments, "--json", "--lang", "en"])
    return done.exit_code, json.loads(done.stdout)


@pytest.fixture(scope="module")
def nothing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan that sends nobody anywhere."""
    path = tmp_path_factory.mktemp("plan") / "plan.csv"
    path.write_text("phase,officer,to\np1,pa-1,pa\np2,pa-1,pa\n", "utf-8")
    return path


def test_the_plan_of_optimize_holds(tmp_path: Path) -> None:
    """Exit code 0; the program is proven, each phase is judged on fresh replications, and the plan can be used."""
    status, found = asked("certify", "tiny", "--rounds", "1", *FEW, "--out", str(tmp_path))
    assert (status, found["holds"], found["status"], found["at_most_behind_min_per_day"]) == (0, True, "optimal", 0.0)
    first = found["phases"][0]
    assert first["tried"] >= first["bounded"] + first["replayed"] > 0
    assert first["change"]["high"] < 0
    assert (tmp_path / "plan.csv").read_text("utf-8-sig").count("p1,pa-3") == 1
    assert (tmp_path / "changes.csv").read_text("utf-8-sig").startswith("phase,kind,lasts,officers,offices,saves_min_per_day")


def test_a_plan_that_leaves_something_out_does_not_hold(nothing: Path) -> None:
    """Exit code 1, and the change that is better by name, with what it saves at least."""
    done = CliRunner().invoke(app, ["certify", "tiny", "--plan", str(nothing), "--lang", "en", *FEW])
    assert done.exit_code == 1
    assert "Does not hold" in done.stdout
    assert "Một cửa xã An → Một cửa xã Bình" in done.stdout
    status, found = asked("certify", "tiny", "--plan", str(nothing), *FEW)
    better = found["phases"][0]["better"]
    assert (status, found["holds"], len(better)) == (1, False, len(better))
    assert all(one["lower_min"] > one["zone_min"] for one in better)
    assert found["at_most_behind_min_per_day"] > 0


def test_an_improved_plan_is_the_one_that_the_program_makes(nothing: Path, tmp_path: Path) -> None:
    """What was proven better is done for both phases, the sweep on fresh replications holds, and the plan is written."""
    status, found = asked("certify", "tiny", "--plan", str(nothing), "--improve", "2", *FEW, "--out", str(tmp_path))
    assert (status, found["holds"], len(found["made"])) == (0, True, 1)
    rows = (tmp_path / "plan.csv").read_text("utf-8-sig").splitlines()[1:]
    assert [row.split(",")[:1] + row.split(",")[5:6] for row in rows] == [["p1", "pb"], ["p2", "br"]]


def test_a_wide_zone_lets_anything_hold(nothing: Path) -> None:
    """Nothing can save so much."""
    status, found = asked("certify", "tiny", "--plan", str(nothing), "--zone", "100000", *FEW)
    assert (status, found["phases"][0]["bounded"]) == (0, found["phases"][0]["tried"])


def test_what_each_move_buys(tmp_path: Path) -> None:
    """A plan a cap, each proven; more moves never leave more overload by the curves; table and picture are written."""
    status, found = asked("tradeoff", "tiny", "--moves", "0", "--moves", "1", "--replications", "2", "--out", str(tmp_path))
    assert status == 0
    first, second = found["choices"]
    assert [one["status"] for one in found["choices"]] == ["optimal", "optimal"]
    assert (first["moves"], second["moves"], first["change_min_per_day"]["mean"]) == (0, 1, 0.0)
    told = [one["phases"][0]["predicted_overload_min_per_day"] for one in found["choices"]]
    assert told[1] < told[0]
    assert second["change_min_per_day"]["mean"] < 0
    assert (tmp_path / "trade_off.csv").read_text("utf-8-sig").startswith("max_moves,status,moves,overload_min_per_day,low,high")
    assert "<svg" in (tmp_path / "trade_off.vi.svg").read_text("utf-8")


def test_the_program_alone_tells_the_curve_too() -> None:
    """Without replications nothing is simulated, and nothing is said of the change."""
    status, found = asked("tradeoff", "tiny", "--replications", "0")
    assert status == 0
    assert found["choices"][0]["phases"][0]["simulated_overload_min_per_day"] is None
    assert found["choices"][0]["change_min_per_day"]["mean"] is None
    done = CliRunner().invoke(app, ["tradeoff", "tiny", "--replications", "0", "--lang", "vi"])
    assert done.exit_code == 0
    assert "Tối đa mỗi giai đoạn" in done.stdout


@pytest.mark.parametrize(("lang", "words"), [("vi", "Chưa chứng minh là tốt nhất"), ("en", "Not proven to be the best")])
def test_plans_without_a_proof_are_marked(lang: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan that the solver had no time to prove carries a mark in the table, and a line says what the mark means."""

    def hurried(*arguments: Any, **options: Any) -> tuple[Choice, ...]:
        first, *others = trade_off(*arguments, **options)
        return (replace(first, outcome=replace(first.outcome, status="feasible")), *others)

    asked_for = ["tradeoff", "tiny", "--moves", "0", "--moves", "1", "--replications", "0", "--lang", lang]
    proven = CliRunner().invoke(app, asked_for).stdout
    monkeypatch.setattr("app.trade_off_verb.trade_off", hurried)
    unproven = CliRunner().invoke(app, asked_for).stdout
    assert "○" not in proven
    assert (unproven.count("○"), words in unproven) == (2, True)


def test_a_study_holds_both_when_asked(tmp_path: Path) -> None:
    """They are in the report in both languages, and a stored run is read back with them."""
    found = study(load_scenario("tiny"), replications=2, rounds=1, jobs=1, certified=True, traded=True)
    assert [one.phase for one in found.certificates] == ["p1", "p2"]
    assert [one.max_moves for one in found.choices] == [0, 1, 2, None]
    assert knee_of(found.choices) is None
    assert "trade-off" in drawings(summarize(found))
    provenance = provenance_of(found)
    folder = RunStore(tmp_path).write(found, provenance)
    again, _ = RunStore(tmp_path).read(provenance.run_id)
    assert (again.certificates, again.choices) == (found.certificates, found.choices)
    page = (folder / REPORT_FILE).read_text("utf-8")
    for words in (
        "Would any single change be better?",
        "Có thay đổi đơn lẻ nào tốt hơn không?",
        "What does each further move buy?",
    ):
        assert words in page


def test_study_says_both_when_asked(tmp_path: Path) -> None:
    """To a program and to a person; the command that makes the run again asks for them too."""
    words = ("study", "tiny", "--phase", "p1", "--certify", "--trade-off", "--replications", "2", "--rounds", "0", "--jobs", "1")
    status, found = asked(*words, "--out", str(tmp_path))
    assert (status, [one["phase"] for one in found["certificates"]], len(found["choices"])) == (0, ["p1"], 4)
    done = CliRunner().invoke(app, [*words, "--lang", "vi", "--out", str(tmp_path)])
    assert done.exit_code == 0
    assert "Đạt: không lượt điều động" in done.stdout
    assert "phương án này" in done.stdout
    assert "--certify --trade-off" in Path(found["report"]).read_text("utf-8")


def test_an_improved_plan_keeps_what_it_adds(tmp_path: Path) -> None:
    """The additions that stood beside the plan stand beside the improved one; added posts are moved nowhere."""
    plan = tmp_path / "plan.csv"
    plan.write_text("phase,officer,to\np1,pa-1,pa\n", "utf-8")
    added = "phase,kind,office,office_name,group,count,reason\np1,volunteer,pb,,,1,\n"
    plan.with_name("additions.csv").write_text(added, "utf-8")
    out = tmp_path / "made"
    _, found = asked("certify", "tiny", "--plan", str(plan), "--improve", "1", *FEW, "--out", str(out))
    assert found["made"]
    assert "p1,volunteer,pb" in (out / "additions.csv").read_text("utf-8-sig")
    assert CliRunner().invoke(app, ["certify", "tiny", "--plan", str(out / "plan.csv"), *FEW]).exit_code in (0, 1)


@pytest.mark.parametrize(("tried", "bounded", "told"), [(0, 0, "no other move"), (5, 5, "none can save more than 10 ")])
def test_where_nothing_was_played_the_counts_say_so(
    tried: int, bounded: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """No line speaks of the 0 that promised most."""
    none = Interval(0.0, 0.0, 0.0)
    found = Certificate("p1", 10.0, 0.05, tried, bounded, 0, (), (), (), 0, none, none, none)
    say_certificate(Speaker("en", False), load_scenario("tiny"), found)
    text = capsys.readouterr().out
    assert told in text
    assert "the 0" not in text
