"""The command line as a user meets it: exit codes, JSON, and no traceback whatever is typed."""

import json
import os
import signal
import subprocess
import sys
import time
from codecs import BOM_UTF8
from pathlib import Path

import pandas as pd
import pytest
from small_scenario import set_cell, write_small
from typer.testing import CliRunner

from app.cli import app
from scenarios import bundled, load_scenario
from sim import offices, province, simulate

HERE = Path(__file__).parent.parent
SHORT = ("--replications", "2")


def motcua(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command in its own process, in English."""
    return subprocess.run(
        [sys.executable, "-m", "app.cli", *arguments],
        cwd=cwd,
        env={**os.environ, "LC_ALL": "C.UTF-8", "PYTHONPATH": str(HERE), **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )


def content(done: subprocess.CompletedProcess[str]) -> dict[str, object]:
    """The one JSON object on stdout."""
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("verb", ["", "list", "init", "check", "simulate", "optimize", "compare", "study", "report"])
def test_help_of_every_verb(verb: str) -> None:
    """Help is shown and ends well."""
    done = CliRunner().invoke(app, [*filter(None, [verb]), "--help"], prog_name="motcua")
    assert done.exit_code == 0
    assert "Usage: motcua" in done.stdout


def test_help_imports_nothing_heavy() -> None:
    """The command itself needs neither the compiler nor tables."""
    code = "import sys, app.cli; print([name for name in ('numba', 'pandas', 'matplotlib', 'scenarios') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=HERE, capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.strip() == "[]"


#: what a verb does without, by its arguments; of our own packages, too
NO_NUMBERS = ("numpy", "numba", "pandas", "scipy", "pyarrow", "matplotlib", "optimizer.plan", "sim.network")
NO_PLANNING = ("pandas", "pyarrow", "scipy.special", "scipy.sparse", "scipy.optimize", "pulp", "highspy", "matplotlib", "jinja2")
NO_REPORT = ("pandas", "pyarrow", "scipy.stats", "matplotlib", "jinja2", "docx")


@pytest.mark.parametrize(
    ("arguments", "absent"),
    [
        ("list", NO_NUMBERS),
        ("runs list", NO_NUMBERS),
        ("check tiny", NO_NUMBERS),
        ("simulate tiny --replications 1", NO_PLANNING),
        ("validate tiny --replications 1", NO_PLANNING),
        ("optimize tiny", NO_REPORT),
    ],
)
def test_a_verb_loads_only_what_it_uses(arguments: str, absent: tuple[str, ...], tmp_path: Path) -> None:
    """Who lists or checks loads no numbers, who plays no solver, who plans no report: loading takes longer than the work."""
    code = (
        "import atexit, sys\n"
        f"atexit.register(lambda: print('loaded', *sorted(set(sys.modules) & {set(absent)}), file=sys.stderr))\n"
        "from app.cli import main\n"
        "main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments.split()],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(HERE)},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )
    assert done.stderr.splitlines()[-1].strip() == "loaded", done.stderr


def test_list_names_the_bundled_scenarios(tmp_path: Path) -> None:
    """Every bundled scenario is listed."""
    rows = content(motcua("list", "--json", cwd=tmp_path))["scenarios"]
    assert isinstance(rows, list)
    assert [row["name"] for row in rows] == list(bundled())
    assert "tiny" in motcua("list", cwd=tmp_path).stdout


def test_init_makes_a_copy_that_checks_well_and_never_overwrites(tmp_path: Path) -> None:
    """A copy is sound, and spreadsheets read its tones; a second one into the same folder is refused."""
    assert motcua("init", "mine", "--from", "tiny", cwd=tmp_path).returncode == 0
    assert motcua("check", "mine", cwd=tmp_path).returncode == 0
    assert all(table.read_bytes().startswith(BOM_UTF8) for table in (tmp_path / "mine").rglob("*.csv"))
    before = sorted(path.name for path in (tmp_path / "mine").iterdir())
    assert motcua("init", "mine", "--from", "tiny", cwd=tmp_path).returncode == 2
    assert sorted(path.name for path in (tmp_path / "mine").iterdir()) == before


def test_check_good(tmp_path: Path) -> None:
    """A sound scenario ends with 0 and no errors."""
    done = motcua("check", "tiny", "--json", cwd=tmp_path)
    assert done.returncode == 0
    assert content(done)["errors"] == 0


def test_check_tells_every_problem_with_its_place_and_writes_nothing(tmp_path: Path) -> None:
    """Two faults in two files are both told; the exit code is 2."""
    folder = write_small(tmp_path / "bad")
    set_cell(folder, "units", 2, "population", "many")
    set_cell(folder, "offices", 3, "counters", "0")
    before = sorted(tmp_path.rglob("*"))
    done = motcua("check", "bad", cwd=tmp_path)
    assert done.returncode == 2
    assert "units.csv, row 2, column population" in done.stdout
    assert "offices.csv, row 3, column counters" in done.stdout
    found = content(motcua("check", "bad", "--json", "--lang", "vi", cwd=tmp_path))["problems"]
    assert isinstance(found, list)
    assert {(row["file"], row["row"], row["column"]) for row in found} >= {
        ("units.csv", 2, "population"),
        ("offices.csv", 3, "counters"),
    }
    assert set(found[0]) == {"file", "row", "column", "code", "found", "expected", "severity", "message"}
    done = motcua("study", "bad", "--json", cwd=tmp_path)
    assert done.returncode == 2
    assert list(content(done)) == ["problems"]
    assert sorted(tmp_path.rglob("*")) == before


def test_simulate_json(tmp_path: Path) -> None:
    """The object has its keys, intervals hold their means, and nothing but it is on stdout."""
    done = motcua("simulate", "tiny", "--json", *SHORT, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = content(done)
    assert set(found) == {"scenario", "seed", "replications", "engine", "digest", "citizens", "seconds", "phases"}
    phases = found["phases"]
    assert isinstance(phases, list)
    assert [phase["phase"] for phase in phases] == ["p1", "p2"]
    wait = phases[0]["province"]["wait_mean_min"]
    assert wait["low"] <= wait["mean"] <= wait["high"]
    assert {"id", "name", "kind", "crew", "wait_mean_min"} <= set(phases[0]["offices"][0])
    assert isinstance(phases[0]["offices"][0]["crew"], int)


def test_the_engines_and_any_number_of_jobs_give_one_digest(tmp_path: Path) -> None:
    """Engine, threads, language and files change no number."""
    ways = (["--engine", "fast"], ["--engine", "reference"], ["--jobs", "1", "--lang", "vi", "--citizens", "--out", "here"])
    digests = {content(motcua("simulate", "tiny", "--json", *SHORT, *way, cwd=tmp_path))["digest"] for way in ways}
    assert len(digests) == 1


def test_citizens_are_written_one_row_a_visit(tmp_path: Path) -> None:
    """First visits on measured days are as many as the run counts."""
    done = motcua("simulate", "tiny", "--json", *SHORT, "--citizens", "--out", "here", cwd=tmp_path)
    table = pd.read_parquet(tmp_path / "here" / "citizens.parquet")
    assert int((table["measured"] & (table["visit"] == 0)).sum()) == content(done)["citizens"]
    names = sorted(path.name for path in (tmp_path / "here").iterdir())
    assert names == ["citizens.parquet", "office_replications.csv", "replications.csv", "simulate.json"]


def test_rows_of_replications_are_written_as_they_are_measured(tmp_path: Path) -> None:
    """One row a phase and replication, one a phase, replication and office, phase by phase: the indicators of the tables."""
    words = ("--replications", "18", "--precision", "0.9", "--of", "visits_per_day", "--out", "here")
    found = content(motcua("simulate", "tiny", "--json", "--days", "5", *words, cwd=tmp_path))
    whole = pd.read_csv(tmp_path / "here" / "replications.csv")
    by_office = pd.read_csv(tmp_path / "here" / "office_replications.csv")
    scenario = load_scenario("tiny")
    run = simulate(scenario, days=5, replications=18)
    assert run.digest == found["digest"]
    for tables in run.phases:
        pd.testing.assert_frame_equal(
            whole[whole["phase"] == tables.phase].drop(columns="phase").set_index("replication"), province(tables, scenario)
        )
        rows = by_office[by_office["phase"] == tables.phase].reset_index(drop=True).drop(columns="phase")
        pd.testing.assert_frame_equal(rows, offices(tables, scenario)[list(rows.columns)])
    assert whole["phase"].is_monotonic_increasing


def test_days_are_said_to_be_a_sample(tmp_path: Path) -> None:
    """A run of some days says so on stderr."""
    done = motcua("simulate", "tiny", "--days", "5", *SHORT, cwd=tmp_path)
    assert done.returncode == 0
    assert "Only a part of the working days" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("fly",),
        ("simulate",),
        ("simulate", "nowhere"),
        ("simulate", "tiny", "--phase", "p9"),
        ("simulate", "tiny", "--days", "some"),
        ("simulate", "tiny", "--days", "0"),
        ("simulate", "tiny", "--days", "²"),
        ("simulate", "tiny", "--replications", "0"),
        ("simulate", "tiny", "--seed", "-1"),
        ("simulate", "tiny", "--seed", "x"),
        ("simulate", "tiny", "--engine", "steam"),
        ("simulate", "tiny", "--plan", "nowhere.csv"),
        ("simulate", "tiny", "--lang", "fr"),
        ("simulate", "tiny:no-such-variant"),
        ("simulate", "."),
        ("optimize", "tiny", "--max-moves", "-1"),
        ("optimize", "tiny", "--time-limit", "nan"),
        ("compare", "nowhere"),
        ("compare", "plan.csv", "tiny"),
        ("report", "nowhere"),
        ("init", "new", "--from", "nowhere"),
        ("init", "new"),
    ],
)
def test_nonsense_is_refused_with_a_sentence(arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wrong input ends with 2, a sentence on stderr, no traceback and nothing written."""
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 2, done.output
    assert isinstance(done.exception, SystemExit)
    assert done.stderr.strip()
    assert "Traceback" not in done.output
    assert not list(tmp_path.iterdir())


def test_an_output_folder_that_is_a_file(tmp_path: Path) -> None:
    """A path that cannot be a folder is refused before the work."""
    (tmp_path / "taken").write_text("")
    done = motcua("simulate", "tiny", *SHORT, "--out", "taken/below", cwd=tmp_path)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is unreadable to the superuser")
def test_folders_without_rights(tmp_path: Path) -> None:
    """An unreadable scenario is wrong input; a folder that may not be written is 5."""
    folder = write_small(tmp_path / "shut")
    folder.chmod(0)
    try:
        assert motcua("check", "shut", cwd=tmp_path).returncode == 2
    finally:
        folder.chmod(0o755)
    (tmp_path / "fixed").mkdir(mode=0o555)
    assert motcua("simulate", "tiny", *SHORT, "--out", "fixed/below", cwd=tmp_path).returncode == 5


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_behind_stdout() -> None:
    """No room for the answer ends with 5 and a sentence."""
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "app.cli", "list", "--json"], cwd=HERE, stdout=full, stderr=subprocess.PIPE, encoding="utf-8"
        )
    assert done.returncode == 5
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_cancelled_run_ends_soon_and_leaves_nothing(number: signal.Signals, status: int, tmp_path: Path) -> None:
    """A signal in the middle of the work ends it within seconds, with its code and a sentence."""
    words = ["simulate", "binh-duong", "--engine", "reference", "--json"]
    running = subprocess.Popen(
        [sys.executable, "-m", "app.cli", *words],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(HERE)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    time.sleep(8)
    assert running.poll() is None
    running.send_signal(number)
    printed, told = running.communicate(timeout=15)
    assert running.returncode == status
    assert printed == ""
    assert told.strip()
    assert "Traceback" not in told
    assert not list(tmp_path.iterdir())


def test_the_language_of_the_terminal_is_taken(tmp_path: Path) -> None:
    """A Vietnamese terminal gets Vietnamese, an option overrides it."""
    assert "kịch bản" in motcua("--help", cwd=tmp_path, LC_ALL="vi_VN.UTF-8").stdout
    assert "hợp lệ" in motcua("check", "tiny", cwd=tmp_path, LC_ALL="vi_VN.UTF-8").stdout
    assert "sound" in motcua("check", "tiny", "--lang", "en", cwd=tmp_path, LC_ALL="vi_VN.UTF-8").stdout


def test_optimize_writes_a_plan_that_simulate_reads(tmp_path: Path) -> None:
    """The plan of an optimization is played without a complaint."""
    done = motcua("optimize", "tiny", "--json", "--out", "here", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = content(done)
    assert {"status", "objective", "bound", "gap", "seconds", "moves"} <= set(found)
    played = motcua("simulate", "tiny", *SHORT, "--plan", "here/plan.csv", "--json", cwd=tmp_path)
    assert played.returncode == 0, played.stderr


def test_a_plan_that_breaks_rules_is_a_finding(tmp_path: Path) -> None:
    """An edited plan with an unknown officer ends with 1 and names the row."""
    (tmp_path / "plan.csv").write_text(
        "phase,officer,officer_name,from,from_name,to,to_name,reason\np1,nobody,,,,nowhere,,\n", "utf-8"
    )
    done = motcua("simulate", "tiny", "--plan", "plan.csv", "--json", cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    problems = content(done)["problems"]
    assert isinstance(problems, list)
    assert problems[0]["row"] == 2


def test_study_stores_a_run_that_report_and_compare_read(tmp_path: Path) -> None:
    """The main job end to end: JSON, report, the same report again, and a comparison from the store."""
    done = motcua("study", "tiny", "--json", *SHORT, "--out", "runs", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = content(done)
    assert set(found) == {"scenario", "seconds", "phases", "report", "unmoved", "conflict", "remembered"}
    phases = found["phases"]
    assert isinstance(phases, list)
    assert set(phases[0]) == {"phase", "as_is", "planned", "difference", "plan"}
    page = tmp_path / str(found["report"])
    before = page.read_bytes()
    again = motcua("report", page.parent.name, "--json", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert page.read_bytes() == before
    compared = motcua("compare", page.parent.name, "--json", cwd=tmp_path)
    assert compared.returncode == 0, compared.stderr


def test_compare_a_scenario_with_itself(tmp_path: Path) -> None:
    """The same citizens in the same network differ in nothing."""
    done = motcua("compare", "tiny", "tiny", "--json", *SHORT, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    rows = content(done)["comparisons"]
    assert isinstance(rows, list)
    assert set(rows[0]["verdicts"].values()) == {"same"}
