"""Docs that can fail: what exists is described, and what is described exists."""

import re
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from report_study import invented_study
from typer.testing import CliRunner

from app.experiments.design import CREW, KINDS, MAX_MOVES, OFFICE_KINDS, PLAN, VARIANT
from app.experiments.read_design import FACTOR_KEYS, TOP_KEYS, read_design
from optimizer import NextPerson, Reason
from results import summarize
from results.charts import drawings
from results.paper_header import KEYS
from results.wording import catalogue
from scenarios import load_scenario
from scenarios.problems import CODES
from scenarios.schema import SECTIONS, TABLES
from sim import INDICATORS

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
VERBS = (
    "list",
    "init",
    "check",
    "simulate",
    "rollout",
    "warn",
    "country",
    "validate",
    "optimize",
    "robust",
    "why",
    "certify",
    "tradeoff",
    "consolidate",
    "roster",
    "compare",
    "study",
    "report",
    "figures",
    "sweep",
    "growth",
    "runs",
    "rerun",
)


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_every_table_column_and_setting_is_described() -> None:
    """The form of a scenario names each under its own heading."""
    text = page("docs/scenario_format.md")
    for heading, kind in [
        *((f"### {name}\n", kind) for name, kind in TABLES.items()),
        *((f"### [{name}]", kind) for name, kind in SECTIONS.items()),
    ]:
        assert heading in text
        section = text.split(heading, 1)[1].split("\n### ", 1)[0]
        missing = [name for name in kind.model_fields if f"`{name}`" not in section]
        assert not missing, f"{heading}: {missing}"


def test_every_indicator_is_defined() -> None:
    """Numerator, denominator and unit of each stand in a table row."""
    rows = [line for line in page("docs/indicators.md").splitlines() if line.startswith("| `")]
    defined = {name for row in rows for name in re.findall(r"`([a-z_0-9]+)`", row.split("|")[1])}
    assert defined == set(INDICATORS)
    assert all(len(row.split("|")) == 6 for row in rows)


def test_every_key_of_a_papers_head_is_described() -> None:
    """In the table of its page; the example there reads as a head."""
    text = page("docs/paper.md")
    assert not [key for key in KEYS if f"`{key}`" not in text]
    example = re.findall(r"```toml\n(.*?)```", text, re.S)
    assert len(example) == 1
    assert tomllib.loads(example[0])["paper"].keys() <= set(KEYS)


def test_every_picture_of_a_study_is_shown() -> None:
    """The gallery has a picture of each figure that `motcua figures` writes."""
    text = page("docs/figures.md")
    scenario = load_scenario("tiny")
    people = (NextPerson("o1", "commune", 3, -1.0, 1.0),)
    made = invented_study(scenario, Reason("R-STAY-001", ()))
    phases = tuple(replace(phase, plan=replace(phase.plan, next_person=people)) for phase in made.phases)
    known = {name.rpartition("-")[2] for name in drawings(summarize(replace(made, phases=phases)))} | {"curves", "weeks"}
    assert not [name for name in known if f"](pictures/{name}.png)" not in text]


def test_every_problem_code_is_described() -> None:
    """A planner who meets a code finds it."""
    text = page("docs/problems.md")
    assert not [code for code in CODES if f"`{code}`" not in text]


def test_every_key_and_code_of_a_design_is_described() -> None:
    """What a design may hold, what may be varied, and each problem it may have; the design of the page is good."""
    text = page("docs/experiments.md")
    words = (*TOP_KEYS, *FACTOR_KEYS, *KINDS, VARIANT, PLAN, MAX_MOVES, *(CREW + kind for kind in OFFICE_KINDS))
    assert not [word for word in words if f"`{word}`" not in text]
    codes = [code for code in catalogue() if code.startswith("E-EXP")]
    assert not [code for code in codes if f"`{code}`" not in page("docs/problems.md")]


def test_the_design_of_the_page_is_good(tmp_path: Path) -> None:
    """It reads without a problem, and its Python runs."""
    text = page("docs/experiments.md")
    (design,) = re.findall(r"```toml\n(.*?)```", text, re.S)
    (tmp_path / "design.toml").write_text(design, encoding="utf-8")
    assert read_design(tmp_path / "design.toml").size() == 12
    for block in re.findall(r"```python\n(.*?)```", text, re.S):
        exec(compile(block, "experiments.md", "exec"), {})


def test_every_verb_and_option_is_named() -> None:
    """README names each verb; each verb's own help lists its options."""
    from app.cli import app

    text = page("README.md")
    for verb in VERBS:
        assert f"motcua {verb}" in text
        assert CliRunner().invoke(app, [verb, "--help"]).exit_code == 0
    for option in (
        "--phase",
        "--days",
        "--replications",
        "--seed",
        "--engine",
        "--plan",
        "--citizens",
        "--precision",
        "--warm-up",
        "--waits",
        "--ranking",
        "--indifference",
        "--docx",
        "--header",
        "--format",
        "--out",
        "--max-moves",
        "--time-limit",
        "--fresh",
        "--secondments",
        "--json",
        "--jobs",
        "--cluster",
        "--lang",
    ):
        assert option in text


def test_every_column_of_a_run_is_in_the_data_dictionary(tmp_path: Path) -> None:
    """Tables of a study, and the visits of a simulation."""
    from app.cli import app

    text = page("docs/data_dictionary.md")
    keys = text.split("## What was counted")[0]
    verbs = {"study": ("--replications", "2", "--rounds", "0"), "simulate": ("--days", "5", "--citizens")}
    short = ("--days", "5", "--replications", "1")
    verbs["sweep"] = ("--factor", "demand.scale=1..1.2", "--design", "morris", "--points", "2", "--offices", *short)
    verbs["growth"] = ("--most", "10", "--step", "10", *short)
    for verb, options in verbs.items():
        assert CliRunner().invoke(app, [verb, "tiny", *options, "--out", str(tmp_path / verb)]).exit_code == 0
    tables = sorted(path for path in tmp_path.rglob("*.parquet") if path.parent.name != "points")
    for path in tables:
        sections = [part for part in re.split(r"\n##+ ", text) if path.name in part.splitlines()[0]]
        assert len(sections) == 1, path.name
        columns = set(pq.read_schema(path).names)
        if path.name in ("province.parquet", "office_indicators.parquet", "weeks.parquet"):
            columns -= set(INDICATORS)
        columns.discard("demand.scale")  # the factor
        assert not [name for name in sorted(columns) if f"`{name}`" not in keys + sections[0]], path.name


@pytest.mark.parametrize("path", PAGES, ids=[str(path.relative_to(ROOT)) for path in PAGES])
def test_links_lead_somewhere(path: Path) -> None:
    """Each relative link is a file or folder of the repository."""
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target


def test_the_site_builds(tmp_path: Path) -> None:
    """Without a warning: every page is reached, every link and every name of the Python interface is found."""
    built = subprocess.run(
        [sys.executable, "-m", "sphinx", "--fail-on-warning", "--quiet", str(ROOT / "docs"), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (built.returncode, built.stderr) == (0, "")


def test_python_of_the_readme_runs() -> None:
    """The researcher's lines work as they stand."""
    for block in re.findall(r"```python\n(.*?)```", page("README.md"), re.S):
        exec(compile(block, "README.md", "exec"), {})
