"""Sweeps and growth: points kept as they come, the same figures however they were played, bad designs in sentences."""

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from small_scenario import write_small
from typer.testing import CliRunner

import app.experiments.play as playing
from app.cli import app
from app.experiments.design import Design, Factor
from app.experiments.folder import OtherQuestion
from app.experiments.growth import growth
from app.experiments.points import Base, points, scenario_at
from app.experiments.read_design import read_design
from app.experiments.sweep import sweep
from results.wording import LANGUAGES, problem_sentence
from scenarios import Scenario, ScenarioError, load_scenario
from sim import simulate

DESIGN = """
design = "factorial"
days = 5
replications = 2
offices = true
indicators = ["overload_min_per_day", "wait_mean_min"]

[[factor]]
name = "demand"
path = "demand.scale"
levels = [1.0, 1.3]

[[factor]]
path = "fields.service_min"
levels = [0.9, 1.1]
where = { level = "commune" }
"""
TABLES = ("sweep", "sweep_summary", "sweep_by_office")


def written(folder: Path, text: str = DESIGN) -> Path:
    path = folder / "design.toml"
    path.write_text(text, encoding="utf-8")
    return path


def tables_of(folder: Path) -> dict[str, bytes]:
    """The bytes of every table of a sweep."""
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.*")) if path.suffix in (".csv", ".parquet")}


class Cut(Exception):
    """What a kill is to a test."""


def test_a_sweep_that_was_cut_goes_on_and_gives_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After two points of four, the other two are played, none twice; every table is equal to the byte."""
    design = written(tmp_path)
    whole = sweep("tiny", design, out=tmp_path / "whole", jobs=1)
    assert whole.played == 4
    played: list[int] = []

    def counted(scenario: Scenario, *rest: object, **how: object) -> object:
        if len(played) == 2:
            raise Cut
        played.append(1)
        return simulate(scenario, *rest, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(playing, "simulate", counted)
    with pytest.raises(Cut):
        sweep("tiny", design, out=tmp_path / "cut", jobs=1)
    assert len(list((tmp_path / "cut" / "points").glob("*.parquet"))) == 2
    assert not tables_of(tmp_path / "cut")
    monkeypatch.undo()
    assert sweep("tiny", design, out=tmp_path / "cut", jobs=1).played == 2
    assert sweep("tiny", design, out=tmp_path / "cut", jobs=1).played == 0
    assert tables_of(tmp_path / "cut") == tables_of(tmp_path / "whole")
    assert {f"{name}.parquet" for name in TABLES} <= tables_of(tmp_path / "cut").keys()


def test_any_number_of_jobs_gives_the_same_tables(tmp_path: Path) -> None:
    """One thread, or more than there are points."""
    design = written(tmp_path)
    for jobs in (1, 7):
        sweep("tiny", design, out=tmp_path / str(jobs), jobs=jobs)
    assert tables_of(tmp_path / "1") == tables_of(tmp_path / "7")


def test_a_point_is_the_run_of_its_scenario(tmp_path: Path) -> None:
    """What a sweep measures is what simulate gives for the same scenario, and points share their citizens."""
    found = sweep("tiny", written(tmp_path))
    base = Base.of("tiny")
    last = scenario_at(base, found.design, points(found.design)[-1])
    assert last.demand.scale == 1.3
    assert {row.id: row.service_min for row in last.fields} == {"certification": 11.0, "land": 15.0}
    tables = simulate(last, ["p1"], days=5, replications=2).phases[0]
    expected = playing.measured(tables, last, found.design)
    own = found.values[(found.values["point"] == 3) & (found.values["phase"] == "p1")]
    assert own["value"].tolist() == expected[expected["office"] == ""]["value"].tolist()
    assert set(found.offices["office"]) == {"pa", "pb", "br"}


def test_a_damaged_point_is_played_again(tmp_path: Path) -> None:
    """A file that does not read counts as not played."""
    design = written(tmp_path)
    sweep("tiny", design, out=tmp_path / "a")
    before = tables_of(tmp_path / "a")
    (tmp_path / "a" / "points" / "000001.parquet").write_bytes(b"PAR1 torn")
    assert sweep("tiny", design, out=tmp_path / "a").played == 1
    assert tables_of(tmp_path / "a") == before


def test_a_folder_of_another_experiment_is_refused(tmp_path: Path) -> None:
    """Another seed, another scenario or another level is another question; what differs is named."""
    design = written(tmp_path)
    sweep("tiny", design, out=tmp_path / "a")
    with pytest.raises(OtherQuestion) as refused:
        sweep("tiny", design, out=tmp_path / "a", seed=2)
    assert refused.value.differs == ("seed",)
    with pytest.raises(OtherQuestion) as refused:
        sweep("tiny:growth-20", design, out=tmp_path / "a")
    assert "scenario_digest" in refused.value.differs
    asked = ["sweep", "tiny", str(design), "--replications", "3", "--out", str(tmp_path / "a"), "--lang", "en"]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 2
    assert "another experiment" in done.stderr


@pytest.mark.parametrize("kind", ["tornado", "latin", "morris", "sobol"])
def test_every_design_gives_its_tables_and_pictures(tmp_path: Path, kind: str) -> None:
    """As JSON too; the pictures stand in both languages."""
    factors = ["--factor", "demand.scale=0.9..1.2", "--factor", "disturbance.absence-wave=0..1"]
    asked = ["sweep", "tiny", *factors, "--design", kind, "--points", "4", "--phase", "p1", "--days", "5", "--replications", "2"]
    done = CliRunner().invoke(app, [*asked, "--out", str(tmp_path), "--json"])
    assert done.exit_code == 0, done.stderr
    content = json.loads(done.stdout)
    assert content["points"] == {"tornado": 5, "latin": 4, "morris": 12, "sobol": 16}[kind] == len(content["results"])
    assert len(list(tmp_path.glob("*.svg"))) == (0 if kind == "latin" else 2)
    measures = {row["measure"] for row in content["sensitivity"]}
    assert measures == {"morris": {"mu", "mu_star", "sigma"}, "sobol": {"first", "total"}}.get(kind, set())
    for lang in LANGUAGES:
        said = CliRunner().invoke(app, [*asked, "--out", str(tmp_path), "--lang", lang])
        assert said.exit_code == 0
        assert "demand.scale" in said.stdout


def test_a_tornado_starts_from_the_scenario_as_it_is() -> None:
    """Point 0 changes nothing, every further point one factor."""
    design = read_design(None, ["demand.scale=0.9,1.1", "queue.patience_shape=1..2"], kind="tornado")
    assert points(design) == ((None, None), (0.9, None), (1.1, None), (None, 1.0), (None, 2.0))
    assert scenario_at(Base.of("tiny"), design, (None, None)) == load_scenario("tiny")


def test_variants_plans_crews_and_moves_are_factors(tmp_path: Path) -> None:
    """A variant comes first, a plan last; a crew grows at the offices of a kind."""
    plan = tmp_path / "plan.csv"
    plan.write_text("phase,officer,to\np1,pa-2,pb\n", encoding="utf-8")
    text = '[[factor]]\npath = "plan"\nlevels = ["", "plan.csv"]\n[[factor]]\npath = "variant"\nlevels = ["", "growth-20"]\n'
    design = read_design(written(tmp_path, text + '[[factor]]\npath = "crew.point"\nlevels = [0, 2]\n'))
    found = scenario_at(Base.of("tiny"), design, ("plan.csv", "growth-20", 2.0))
    assert [(row.officer, row.office) for row in found.assignments] == [("pa-2", "pb")]
    assert found.demand.scale == pytest.approx(1.2)
    added = [row.home for row in found.officers if row.first_phase == "p1"]
    assert sorted(added) == ["pa", "pa", "pb", "pb"]
    moves = read_design(None, ["max_moves=0,1"])
    planned = scenario_at(Base.of("tiny"), moves, (1.0,), lambda scenario, count: scenario.model_copy(update={"id": f"m{count}"}))
    assert planned.id == "m1"
    with pytest.raises(ScenarioError) as refused:
        scenario_at(Base(load_scenario("tiny")), design, ("", "growth-20", 0.0))
    assert [one.code for one in refused.value.problems] == ["E-EXP-008"]


BAD = {
    "x = 1\n[[factor]]\npath = 'demand.scale'\nlevels = [1]": ["E-TOML-003"],
    "": ["E-EXP-001"],
    "design = 'grid'\n[[factor]]\npath = 'demand.scale'\nrange = [1, 2]": ["E-VAL-002"],
    "[[factor]]\npath = 'demand.scal'\nlevels = [1]": ["E-EXP-002"],
    "[[factor]]\nlevels = [1]": ["E-TOML-005"],
    "[[factor]]\npath = 'demand.scale'": ["E-EXP-003"],
    "[[factor]]\npath = 'demand.scale'\nrange = [1, 2]": ["E-EXP-003"],
    "design = 'latin'\n[[factor]]\npath = 'demand.scale'\nrange = [2, 1]": ["E-EXP-009"],
    "[[factor]]\nname = 'value'\npath = 'demand.scale'\nlevels = [1]": ["E-EXP-004"],
    "[[factor]]\nname = '=cmd()'\npath = 'demand.scale'\nlevels = [1]": ["E-ID-001"],
    "[[factor]]\npath = 'demand.scale'\nlevels = [1, 1]": ["E-EXP-005"],
    "[[factor]]\npath = 'demand.scale'\nlevels = [nan]": ["E-NUM-001"],
    "[[factor]]\npath = 'offices.counters'\nhow = 'set'\nlevels = [2.5]": ["E-NUM-004"],
    "[[factor]]\npath = 'disturbance.growth-10'\ndate = 2025-01-01\nlevels = [1]": ["E-VAR-003"],
    "[[factor]]\npath = 'disturbance.absence-wave'\nlevels = [-1]": ["E-NUM-005"],
    "[[factor]]\npath = 'variant'\nhow = 'add'\nlevels = ['']": ["E-VAL-002"],
    "[[factor]]\npath = 'demand.scale'\nwhere = { id = 'x' }\nlevels = [1]": ["E-TOML-003"],
    "indicators = ['waits']\ndays = 0\nphases = []\n[[factor]]\npath = 'demand.scale'\nlevels = [1]": [
        "E-NUM-005",
        "E-TOML-006",
        "E-REF-002",
    ],
    "not toml": ["E-TOML-001"],
}


@pytest.mark.parametrize("text", BAD)
def test_every_problem_of_a_design_is_told_at_once(tmp_path: Path, text: str) -> None:
    """With its code, its file and a sentence in both languages."""
    with pytest.raises(ScenarioError) as refused:
        read_design(written(tmp_path, text))
    assert sorted(one.code for one in refused.value.problems) == sorted(BAD[text])
    for problem in refused.value.problems:
        assert problem.file == "design.toml"
        assert all(problem_sentence(problem, lang) for lang in LANGUAGES)


def test_a_design_that_breaks_the_scenario_is_refused_before_anything_is_played(tmp_path: Path) -> None:
    """Bounds, rows that no where fits and rules across tables, all together; exit code 2 and nothing written."""
    text = """
[[factor]]
path = "queue.visits_max"
levels = [1, 99]
[[factor]]
path = "offices.minimum_crew"
levels = [1, 9]
[[factor]]
path = "fields.service_min"
where = { level = "nowhere" }
levels = [1]
[[factor]]
path = "variant"
levels = ["no-such"]
"""
    out = tmp_path / "out"
    done = CliRunner().invoke(app, ["sweep", "tiny", str(written(tmp_path, text)), "--out", str(out), "--json"])
    assert done.exit_code == 2
    codes = {problem["code"] for problem in json.loads(done.stdout)["problems"]}
    assert {"E-NUM-005", "E-EXP-007", "E-CREW-001", "E-EXP-006", "E-VAR-001"} <= codes
    assert not list(out.glob("*"))


def test_a_missing_design_and_a_missing_plan_are_sentences(tmp_path: Path) -> None:
    """Exit code 2, no traceback."""
    for asked in ([str(tmp_path / "no.toml")], ["--factor", "plan=,no.csv", "--out", str(tmp_path / "x")], ["--factor", "=1"]):
        done = CliRunner().invoke(app, ["sweep", "tiny", *asked])
        assert done.exit_code == 2, done.stdout
        assert "Traceback" not in done.stderr


def test_no_cell_of_a_table_is_a_formula(tmp_path: Path) -> None:
    """Names of offices that a spreadsheet would run are written as text."""
    folder = write_small(tmp_path / "small")
    text = (folder / "offices.csv").read_text("utf-8")
    name = text.splitlines()[1].split(",")[1]
    (folder / "offices.csv").write_text(text.replace(name, "=cmd|x!A1", 1), encoding="utf-8")
    growth(folder, phases=["p1"], days=5, replications=2, most=0.2, step=0.1, out=tmp_path / "g")
    with (tmp_path / "g" / "growth.csv").open(encoding="utf-8-sig", newline="") as stream:
        cells = [cell for row in csv.reader(stream) for cell in row]
    assert "'=cmd|x!A1" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]


def test_growth_by_bisection_is_that_of_the_whole_ladder(tmp_path: Path) -> None:
    """On tiny: a place breaks where the ladder, played rung by rung, passes the limit; another limit reads its rungs back."""
    ladder: dict[str, Any] = {"most": 1.6, "step": 0.2, "replications": 4, "out": tmp_path}
    found = growth("tiny", phases=["p1"], indicator="wait_mean_min", limit=20.0, **ladder)
    assert found.played == len(found.rungs)
    rungs = [round(1 + 0.2 * rung, 12) for rung in range(9)]
    design = Design(
        "factorial",
        (Factor("demand", "demand.scale", tuple(rungs), how="multiply"),),
        indicators=("wait_mean_min",),
        offices=True,
        replications=4,
    )
    means = sweep("tiny", design, phases=["p1"]).offices.groupby(["office", "point"])["value"].mean()
    states = set()
    for one in found.found:
        if not one.office:
            continue
        passed = [rung for rung in range(9) if means[one.office, rung] > 20.0]
        states.add(one.status)
        if one.status == "within":
            assert 0.2 * (passed[0] - 1) <= one.growth <= 0.2 * passed[0]
            assert one.low <= one.growth <= one.high
        assert one.status == ("beyond" if not passed else "already" if passed[0] == 0 else "within")
    assert "within" in states
    looser = growth(
        "tiny", phases=["p1"], indicator="wait_mean_min", limit=30.0, most=1.6, step=0.2, out=tmp_path, replications=4
    )
    earlier = {one.office: one.growth for one in found.found}
    assert all(one.growth >= earlier[one.office] for one in looser.found)


def test_a_factor_without_effect_is_named(tmp_path: Path) -> None:
    """A patience that nobody comes to the end of changes nothing, and the output says so."""
    factors = ["--factor", "demand.scale=1,1.1", "--factor", "fields.patience_min=1,1.1"]
    asked = ["sweep", "tiny", *factors, "--phase", "p1", "--days", "5", "--replications", "2", "--out", str(tmp_path)]
    assert json.loads(CliRunner().invoke(app, [*asked, "--json"]).stdout)["without_effect"] == ["fields.patience_min"]
    assert "fields.patience_min" in CliRunner().invoke(app, asked).stdout.splitlines()[-3]


def test_growth_speaks_both_languages(tmp_path: Path) -> None:
    """A table, a file, a picture of each phase; wrong indicators and steps are sentences."""
    asked = ["growth", "tiny", "--phase", "p1", "--days", "5", "--replications", "2", "--most", "40", "--step", "20"]
    for lang in LANGUAGES:
        done = CliRunner().invoke(app, [*asked, "--out", str(tmp_path), "--lang", lang])
        assert done.exit_code == 0, done.stderr
    assert {path.name for path in tmp_path.glob("growth*")} == {
        "growth.csv",
        "growth.parquet",
        "growth-p1.vi.svg",
        "growth-p1.en.svg",
    }
    content = json.loads(CliRunner().invoke(app, [*asked, "--out", str(tmp_path), "--json"]).stdout)
    assert content["played"] == 0
    assert {row["status"] for row in content["offices"]} <= {"already", "within", "beyond"}
    for wrong in (["--of", "crew"], ["--of", "no-such"], ["--step", "50"]):
        assert CliRunner().invoke(app, [*asked, *wrong]).exit_code == 2


def test_points_that_do_not_share_their_citizens(tmp_path: Path) -> None:
    """With common_draws off every point has replications of its own, and changes have no paired interval."""
    design = replace(read_design(written(tmp_path)), common_draws=False)
    found = sweep("tiny", design, phases=["p1"])
    numbers = found.values.groupby("point")["replication"].unique()
    assert [list(numbers[point]) for point in range(4)] == [[0, 1], [2, 3], [4, 5], [6, 7]]
    assert all(pd.isna(one.change.low) for one in found.figures)
