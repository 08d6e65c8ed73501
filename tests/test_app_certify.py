"""The verbs certify and tradeoff, and both as parts of a study."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.certify_verb import say_certificate
from app.cli import app
from app.planning import plan_phases, sweep_numbers
from app.replications import CURVE_REPLICATIONS, PLAN_REPLICATIONS
from app.speaker import Speaker
from app.study import study
from optimizer import Certificate, Choice, Outcome, trade_off
from optimizer.loop import Loop
from optimizer.plan import plan_of
from optimizer.solve import cost, today
from results import RunStore, provenance_of, summarize
from results.charts import drawings
from results.report import REPORT_FILE
from results.trade_off import knee_of
from scenarios import load_scenario
from sim import Interval, province, simulate
from sim.tables import digest

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
    assert (tmp_path / "changes.csv").read_text("utf-8-sig").splitlines()[1].endswith(",made")
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
    assert "--certify --improve 3 --trade-off" in Path(found["report"]).read_text("utf-8")


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


@pytest.fixture
def idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that leaves everyone at home, its bound that of the best plan."""

    def plan(*arguments: Any, **options: Any) -> Loop:
        loop = plan_phases(*arguments, **options)
        home = today(loop.problem)
        outcome = Outcome("feasible", cost(loop.problem, home), loop.plan.outcome.bound, 0.5, 0.0)
        return replace(loop, plan=plan_of(loop.problem, outcome, home), staffing=home)

    monkeypatch.setattr("app.planning.plan_phases", plan)


def test_a_study_delivers_the_plan_that_its_certificate_improved(idle: None, tmp_path: Path) -> None:
    """Verdict, status, prediction, reasons, tables, pages and the stored run are those of the plan with the change made."""
    scenario = load_scenario("tiny")
    found = study(scenario, replications=2, rounds=0, jobs=1, certified=True)
    (made,) = found.made
    assert (found.outcome.status, [one.holds for one in found.certificates]) == ("improved", [True, True])
    assert found.outcome.gap == 0
    assert dict(found.phases[0].plan.assignments) == {made.officers[0]: "pb"}
    judged = simulate(found.planned_scenario, ["p1"], replications=2, first_replication=PLAN_REPLICATIONS, jobs=1)
    assert digest(judged.phases) == digest((found.phases[0].planned,))
    taught = simulate(found.planned_scenario, ["p1"], replications=CURVE_REPLICATIONS, jobs=1).phases[0]
    overload = province(taught, found.planned_scenario)["overload_min_per_day"].mean()
    assert found.phases[0].plan.predicted_overload_min_per_day == pytest.approx(overload)
    (move,) = found.phases[0].plan.moves
    assert (move.reason.code, dict(move.reason.values)["saves_min"]) == ("R-MOVE-005", round(made.saves_min, 1))
    folder = RunStore(tmp_path).write(found, provenance_of(found))
    again, _ = RunStore(tmp_path).read(folder.name)
    assert (again.made, again.outcome, again.certificates) == (found.made, found.outcome, found.certificates)
    page = (folder / REPORT_FILE).read_text("utf-8")
    for words in (
        "Made before, as simulation proved it better: 1 change",
        "Changed where simulation proved a change better",
        "The plan holds 1 single change that simulation proved better",
        "none is better beyond the indifference zone",
        "Both figures expected come from playing on other replications",
        'data-certificate="made"',
    ):
        assert words in page
    assert "Thay đổi mà mô phỏng chứng tỏ tốt hơn" in (folder / "plan.csv").read_text("utf-8-sig")


def test_a_study_without_sweeps_delivers_the_plan_as_made(idle: None) -> None:
    """The certificate tells what would be better; nothing is changed."""
    found = study(load_scenario("tiny"), ["p1"], replications=2, rounds=0, jobs=1, certified=True, sweeps=0)
    assert (found.made, found.outcome.status) == ((), "feasible")
    assert (found.certificates[0].holds, found.phases[0].plan.assignments) == (False, ())


def test_a_study_that_changed_its_plan_says_so_and_is_made_again(idle: None, tmp_path: Path) -> None:
    """The terminal lists the change, the JSON holds it, and `rerun` makes it again."""
    words = ("study", "tiny", "--certify", "--replications", "2", "--rounds", "0", "--jobs", "1", "--out", str(tmp_path))
    done = CliRunner().invoke(app, [*words, "--lang", "en"])
    assert done.exit_code == 0
    assert "Changes surely better that were made" in done.stdout
    assert "Phase p1: Changed where simulation proved a change better, gap to the optimum 0.0%; 1 officer changes" in done.stdout
    status, found = asked(*words)
    assert (status, len(found["made"]), found["phases"][0]["plan"]["status"]) == (0, 1, "improved")
    name = Path(found["report"]).parent.name
    status, again = asked("rerun", name, "--store", str(tmp_path))
    assert (status, again["same"]) == (0, True)


def test_sweeps_look_at_no_citizen_of_the_loop_or_of_a_verdict() -> None:
    """However many replications are asked for."""
    assert sweep_numbers(4)[0] > PLAN_REPLICATIONS + 100_000


def test_a_study_changes_no_plan_that_was_given(nothing: Path, tmp_path: Path) -> None:
    """It judges the plan as it stands; to change it is another verb's task, and said so; nor does it judge the worst by sums."""
    words = ("study", "tiny", "--phase", "p1", "--replications", "2", "--jobs", "1", "--out", str(tmp_path))
    status, found = asked(*words, "--plan", str(nothing), "--certify")
    assert (status, found["made"], found["phases"][0]["plan"]["moves"]) == (0, [], [])
    assert found["certificates"][0]["better"]
    for more, told in (("--plan", str(nothing)), "certify --plan"), (("--objective", "worst"), "--objective worst"):
        done = CliRunner().invoke(app, [*words, *more, "--improve", "2", "--lang", "en"])
        assert done.exit_code == 2
        assert told in done.stderr


def test_a_given_plan_is_foretold_and_what_it_adds_is_in_every_plan_beside_it(nothing: Path, tmp_path: Path) -> None:
    """Crews beyond the curves are played beforehand; plans for fewer moves have the same posts, so no move adds nothing to it."""
    mine = tmp_path / "plan.csv"
    mine.write_text(nothing.read_text("utf-8"), "utf-8")
    rows = "phase,kind,office,office_name,group,count,reason\np1,post,pa,,commune,30,\n"
    mine.with_name("additions.csv").write_text(rows, "utf-8")
    words = ("study", "tiny", "--phase", "p1", "--plan", str(mine), "--trade-off", "--replications", "2", "--jobs", "1")
    status, found = asked(*words, "--out", str(tmp_path / "runs"))
    (phase,) = found["phases"]
    assert (status, phase["plan"]["predicted_overload_min_per_day"] > 0) == (0, True)
    first, *_, given = found["choices"]
    assert given["overload_min_per_day"] == first["overload_min_per_day"]
    assert given["overload_min_per_day"]["mean"] == pytest.approx(phase["planned"]["overload_min_per_day"]["mean"])


def test_a_study_takes_the_plan_that_certify_improved(nothing: Path, tmp_path: Path) -> None:
    """Each row has its reason, and no move is lost on the way."""
    _, found = asked("certify", "tiny", "--plan", str(nothing), "--improve", "2", *FEW, "--out", str(tmp_path))
    rows = [row.split(",") for row in (tmp_path / "plan.csv").read_text("utf-8-sig").splitlines()[1:]]
    assert [row[7].strip('"').split(":")[0].split(",")[0] for row in rows] == [
        "A change that simulation proved better", "Stays where the phase before had sent them."
    ]  # fmt: skip
    words = ("study", "tiny", "--plan", str(tmp_path / "plan.csv"), "--replications", "2", "--jobs", "1")
    _, found = asked(*words, "--out", str(tmp_path / "runs"))
    moves = [(move["phase"], move["officer"], move["to"]) for phase in found["phases"] for move in phase["plan"]["moves"]]
    assert moves == [(rows[0][0], rows[0][1], rows[0][5])]


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
