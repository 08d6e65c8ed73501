"""The verb `why`, what `optimize` says when rules clash, and the words and the picture they come with."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from report_study import invented_study
from small_scenario import write_small
from typer.testing import CliRunner

from app.cli import app
from optimizer import Alternative, NamedRule, NextPerson, Reason
from optimizer.conflicts import WEIGHTS
from results import RunStore, provenance_of
from results.charts import svg
from results.charts.next_person_chart import SHOWN, next_person_figure
from results.next_person_table import next_person_frame
from results.reason_words import Names
from results.wording import LANGUAGES, catalogue, placeholders
from scenarios import load_scenario
from scenarios.load import LIBRARY

HERE = Path(__file__).parents[1]
SHORT = ("--days", "10", "--jobs", "1")


def asked(*arguments: str) -> tuple[int, dict[str, Any]]:
    """Exit code and JSON of the command."""
    done = CliRunner().invoke(app, [*arguments, "--json", "--lang", "en"])
    return done.exit_code, json.loads(done.stdout) if done.stdout else {}


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan written by hand: one officer of point An is sent to point Bình."""
    path = tmp_path_factory.mktemp("plan") / "plan.csv"
    path.write_text("phase,officer,to\np1,pa-3,pb\n", "utf-8")
    return path


def test_why_tells_a_move_its_price_and_what_else_would_do(plan: Path) -> None:
    """All reasons of the one move; alternatives carry minutes, and nobody is better placed by these curves."""
    status, found = asked("why", "tiny", "--plan", str(plan), *SHORT)
    assert (status, found["status"], found["breaks"], found["more_than_best_min_per_day"]) == (0, "optimal", [], 0.0)
    (move,) = found["moves"]
    codes = [reason["code"] for reason in move["reasons"]]
    assert codes[0] == "R-MOVE-001"
    assert {"R-GAIN-001", "R-LOSS-001", "R-PRICE-001", "R-SLACK-002", "R-SLACK-003"} <= set(codes)
    assert all(other["change_min_per_day"] >= 0 for other in move["alternatives"])
    assert any(other["stays"] for other in move["alternatives"])
    assert "Một cửa xã Bình" in move["reasons"][1]["text"]


def test_what_a_plan_adds_is_there_and_stays(tmp_path: Path) -> None:
    """Posts of the plan count in its crews, no other plan moves them, and helpers that no curve sees are named."""
    mine = tmp_path / "plan.csv"
    mine.write_text("phase,officer,to\np1,pa-1,pa\n", "utf-8")
    rows = "phase,kind,office,office_name,group,count,reason\np1,post,pa,,commune,2,\np1,volunteer,pb,,,1,\n"
    mine.with_name("additions.csv").write_text(rows, "utf-8")
    words = ("why", "tiny", "--plan", str(mine), "--phase", "p1", "--alternatives", "3", *SHORT)
    status, found = asked(*words)
    moved = {change["officer"] for other in found["alternatives"] for change in other["changes"]}
    assert (status, moved) == (0, {"pa-2", "pa-3"})
    done = CliRunner().invoke(app, [*words, "--lang", "en"])
    assert "The plan adds volunteers or reserved counters" in done.stderr


def test_why_not_names_rules_or_minutes(plan: Path) -> None:
    """A fixed officer, one alike who was sent instead, and the best plan with the officer there."""
    status, found = asked("why", "tiny", "--plan", str(plan), "--officer", "br-1", "--office", "pa", *SHORT)
    assert status == 0
    assert [reason["code"] for reason in found["answers"][0]["reasons"]] == ["R-NO-005", "R-NO-015"]
    options = ("--officer", "pa-2", "--office", "pb", "--force")
    status, found = asked("why", "tiny", "--plan", str(plan), *options, *SHORT)
    codes = [reason["code"] for reason in found["answers"][0]["reasons"]]
    assert codes == ["R-WHY-003", "R-FORCED-006", "R-FORCED-005"]


def test_why_here_and_the_next_best_plans(plan: Path) -> None:
    """Where somebody serves, and the whole plans after the best, each dearer than the one before."""
    _, found = asked("why", "tiny", "--plan", str(plan), "--officer", "pa-3", *SHORT)
    assert found["answers"][0]["reasons"][0]["code"] == "R-WHY-009"
    _, found = asked("why", "tiny", "--phase", "p1", "--alternatives", "2", *SHORT)
    changes = [other["change"] for other in found["alternatives"]]
    assert changes == sorted(changes)
    assert min(changes) >= 0


def test_why_without_a_plan_says_where_the_next_person_helps(tmp_path: Path) -> None:
    """Table and picture are written; every office with a curve is in both."""
    done = CliRunner().invoke(
        app, ["why", "tiny", "--phase", "p1", "--next-person", "--out", str(tmp_path), "--lang", "vi", *SHORT]
    )
    assert done.exit_code == 0
    assert "Một cửa xã Bình" in done.stdout
    text = (tmp_path / "next_person.csv").read_text("utf-8-sig")
    assert text.splitlines()[0] == "phase,office,name,group,crew,one_more_min_per_day,one_less_min_per_day"
    assert {line.split(",")[1] for line in text.splitlines()[1:]} == {"pa", "pb", "br"}
    assert "Một cửa xã Bình" in (tmp_path / "next_person-p1.vi.svg").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--officer", "pa-33"), "pa-3"),
        (("--officer", "pa-3", "--office", "nowhere"), "nowhere"),
        (("--office", "pa"), "--officer"),
        (("--officer", "pa-3", "--force"), "--force"),
        (("--plan", "no.csv"), "no.csv"),
        (("--phase", "p9"), "p9"),
    ],
)
def test_what_is_not_there_is_said_before_anything_is_played(arguments: tuple[str, ...], named: str) -> None:
    """Exit code 2 and a sentence that names it."""
    done = CliRunner().invoke(app, ["why", "tiny", *arguments, "--lang", "en"])
    assert done.exit_code == 2
    assert named in done.stderr


def test_optimize_says_which_rules_clash(tmp_path: Path) -> None:
    """Nobody may move in the second phase, one must come home from the first: the cap of 0 is the conflict, 1 the way out."""
    made = tmp_path / "clash"
    shutil.copytree(LIBRARY / "tiny", made)
    phases = made / "phases.csv"
    text = phases.read_text("utf-8")
    last = text.rstrip().splitlines()[-1]
    phases.write_text(text.replace(last, last.replace("province", "none").replace("district", "none")), "utf-8")
    (made / "assignments.csv").write_text("phase,officer,office\np1,pa-3,pb\n", "utf-8")
    status, found = asked("optimize", str(made), "--phase", "p2", "--max-moves", "0", "--rounds", "0", "--jobs", "1")
    assert (status, found["status"]) == (1, "infeasible")
    assert [(rule["kind"], rule["phase"], rule["limit"]) for rule in found["conflict"]["rules"]] == [("few_moves", "p2", 0)]
    assert [(one["rule"]["kind"], one["by"]) for one in found["conflict"]["relaxation"]] == [("few_moves", 1)]
    assert found["conflict"]["proven"]


def test_wishes_are_kept_and_what_cannot_be_is_said_with_its_rule(plan: Path) -> None:
    """Who is wanted goes; a fixed officer cannot, which is told before anything is played; two wishes and one move clash."""
    status, found = asked(
        "optimize", "tiny", "--phase", "p1", "--rounds", "0", "--want", "pa-2:pb", "--pin", "pa-3", "--jobs", "1"
    )
    assert (status, found["conflict"]) == (0, None)
    assert [(move["officer"], move["to"], move["reasons"][0]["code"]) for move in found["moves"]] == [
        ("pa-2", "pb", "R-MOVE-004")
    ]
    status, found = asked("why", "tiny", "--phase", "p1", "--want", "pa-1:pb")
    assert (status, [reason["code"] for reason in found["impossible"]]) == (1, ["R-NO-017", "R-NO-005"])
    both = ("--want", "pa-2:pb", "--want", "pa-3:pb", "--max-moves", "1")
    status, found = asked("why", "tiny", "--phase", "p1", *both, *SHORT)
    assert (status, found["status"]) == (1, "infeasible")
    assert [rule["kind"] for rule in found["conflict"]["rules"]] == ["few_moves", "wanted", "wanted"]
    options = ("--officer", "pa-2", "--office", "pb", "--force", "--want", "pa-3:pb", "--max-moves", "1")
    status, found = asked("why", "tiny", "--plan", str(plan), *options, *SHORT)
    (answer,) = found["answers"]
    assert "R-FORCED-003" in [reason["code"] for reason in answer["reasons"]]
    assert [rule["kind"] for rule in answer["conflict"]["rules"]] == ["few_moves", "wanted", "wanted"]


def test_wishes_that_name_nobody_are_told_all_at_once() -> None:
    """Three wrong wishes are three sentences and exit code 2."""
    wrong = ("--pin", "nobody", "--forbid", "pa-3", "--want", "pa-2:zz")
    done = CliRunner().invoke(app, ["optimize", "tiny", *wrong, "--lang", "en"])
    assert done.exit_code == 2
    assert [named in line for named, line in zip(('"nobody"', '"pa-3"', '"zz"'), done.stderr.splitlines(), strict=True)] == [
        True
    ] * 3
    status, found = asked("optimize", "tiny", *wrong)
    assert (status, [one["found"] for one in found["problems"]]) == (2, ["nobody", "pa-3", "zz"])


def test_a_crew_below_its_minimum_is_told_by_the_rule_that_a_planner_knows(tmp_path: Path) -> None:
    """Not by where its curve ends, when rules clash or somebody asks; no file is written and nothing is said of moves."""
    made = tmp_path / "none"
    wanted = ("--want", "br-2:pb", "--rounds", "0", "--jobs", "1")
    done = CliRunner().invoke(app, ["optimize", "tiny", *wanted, "--out", str(made), "--lang", "en"])
    assert done.exit_code == 1
    assert "at least 2 officers at Chi nhánh huyện Mẫu (phase p1)" in done.stdout
    assert "change office" not in done.stdout
    assert list(made.iterdir()) == []
    _, found = asked("why", "tiny", "--phase", "p1", "--officer", "br-2", "--office", "pa", *SHORT)
    assert [reason["code"] for reason in found["answers"][0]["reasons"]] == ["R-BREAK-001"]


def test_who_stays_where_an_earlier_phase_sent_them_is_counted() -> None:
    """The plan of the second phase changes nobody, and says why overload falls all the same."""
    done = CliRunner().invoke(app, ["optimize", "tiny", "--rounds", "0", "--jobs", "1", "--lang", "en"])
    assert "Phase p2: Proven optimal; 0 officers change office, 1 stays where an earlier phase had sent them" in done.stdout


# -- words and picture ---------------------------------------------------------------------------------------------


def test_every_reason_code_has_its_sentence() -> None:
    """Codes named in the optimizer stand in the catalogue, and each kind of rule that can clash has words and a unit."""
    text = "".join(path.read_text("utf-8") for path in (HERE / "optimizer").rglob("*.py"))
    codes = set(re.findall(r"\bR-[A-Z]+-\d{3}\b", text))
    assert len(codes) > 40
    assert codes <= catalogue().keys()
    names = Names.of(load_scenario("tiny"), "vi")
    for kind in WEIGHTS:
        rule = NamedRule(kind, "p1", "pa", "commune", "certification", "pa-3", 2)
        assert names.rule(rule) in names.relaxed(rule, 2)


def test_ids_become_names() -> None:
    """Offices, officers, fields and desk groups are named; what is unknown stays as it is."""
    scenario = load_scenario("tiny")
    values = (("office", "pa"), ("group", "commune"), ("fields", "certification"), ("crew", 2), ("minutes", 7.5))
    reason = Reason("R-GAIN-001", values)
    assert Names.of(scenario, "vi").sentence(reason) == (
        "Cho người đến Một cửa xã An, quầy cấp xã (Chứng thực): người thứ 2 bớt 7,5 phút-người quá tải mỗi ngày."
    )
    names = Names.of(scenario, "en")
    assert names.shown("office", "elsewhere") == "elsewhere"
    assert names.alternative(Alternative("pa-3", "pa", "pb", False, 600, 10.0, ()), "pa-3").endswith(
        "10.0 person-minutes a day more"
    )
    assert placeholders(catalogue()["R-GAIN-001"].vi) == {"office", "group", "fields", "crew", "minutes"}


def test_the_picture_names_the_first_of_each_side() -> None:
    """Of many offices fifteen a side, those that matter most; also of none."""
    people = [NextPerson(f"o{n:03}", "commune", 3, -float(n), float(n)) for n in range(101)]
    offices = {one.office: f"Place {one.office}" for one in people}
    for lang in LANGUAGES:
        text = svg(next_person_figure(people, offices, lang), "test")
        assert len(set(re.findall(r"Place o\d{3}", text))) == 2 * SHOWN
        assert "Place o100" in text
        assert "Place o000" in text
        assert "<svg" in svg(next_person_figure((), offices, lang), "test")


def test_a_stored_study_keeps_all_reasons_and_the_report_shows_them(tmp_path: Path) -> None:
    """Details, alternatives and the next person come back as they were; the page holds their sentences and the picture."""
    scenario = load_scenario(write_small(tmp_path / "small"))
    known = ("saved_min", "lost_min", "price_min", "commute_km_before", "commute_km_after")
    reason = Reason("R-MOVE-001", tuple((name, 5.0) for name in known))
    study = invented_study(scenario, reason)
    left = Reason("R-SLACK-003", (("found", 1), ("limit", 2), ("left", 1)))
    people = (NextPerson("o1", "commune", 2, -3.5, None),)
    phases = []
    for part in study.phases:
        moves = tuple(
            replace(
                move, details=(left,), alternatives=(Alternative(move.officer, move.source, move.source, True, 60, 1.0, (left,)),)
            )
            for move in part.plan.moves
        )
        phases.append(replace(part, plan=replace(part.plan, moves=moves, next_person=people)))
    study = replace(study, phases=tuple(phases))
    folder = RunStore(tmp_path / "runs").write(study, provenance_of(study, "test", ()), lang="vi")
    again, _ = RunStore(tmp_path / "runs").read(folder.name)
    assert [part.plan for part in again.phases] == [part.plan for part in study.phases]
    page = (folder / "report.html").read_text("utf-8")
    assert "Số lượt điều động của giai đoạn: 1 trên 2, còn 1." in page
    assert "Changes of office in the phase: 1 of 2, 1 left." in page
    assert "<details>" in page
    assert (folder / "figures" / "p1-next.vi.svg").is_file()
    assert len(next_person_frame([part.plan for part in study.phases], scenario)) == len(phases)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--max-moves", "0"), "no change of office is allowed"),
        (("--pin", "pa-2", "--pin", "pa-3", "--max-overload", "1000000"), "no office has more than 1,000,000 person-minutes"),
        (("--pin", "pa-2", "--pin", "pa-3", "--max-overload", "0"), "which may stay so"),
        (("--pin", "pa-2", "--pin", "pa-3"), "that the rules permit is worth its price"),
    ],
)
def test_a_plan_that_moves_nobody_says_why(options: tuple[str, ...], told: str) -> None:
    """No move is allowed, all is within the cap, some is beyond it and nothing helps, or nothing helps."""
    status, found = asked("optimize", "tiny", "--phase", "p1", "--rounds", "0", "--jobs", "1", *options)
    assert (status, found["moves"]) == (0, [])
    assert told in found["unmoved"]["p1"]
