"""A study as the files of its run: written whole, and read back as it was."""

import json
from functools import partial
from pathlib import Path
from typing import Any

from optimizer import Certificate, Choice, Trial, write_plan
from optimizer.plan_files import ADDITIONS_FILE, PLAN_FILE
from scenarios import load_scenario, write_scenario
from sim import Interval

from . import frames
from .addition_words import write_additions_of
from .exports import Cell, csv_text
from .files import write_text
from .frames import ENDS, compared, ends
from .manifest import PLANS_FILE, Manifest
from .maps import MAP_FILE, find_unit_map
from .paper_header import PaperHeader
from .plan_json import by_field, outcome_of, phase_plan_of, round_of
from .provenance import SCENARIO_FOLDER, Provenance
from .reason_words import Names
from .report import write_summary
from .summary import PhaseStudy, StudyData, Summary, summarize
from .validation import read_verdict, verdict_json
from .wording import LANGUAGES, Lang

VALIDATION_FILE = "validation.json"
PLANNED_FOLDER = "planned_scenario"


def write_run(
    study: StudyData, summary: Summary | None, provenance: Provenance, folder: Path, lang: Lang, paper: PaperHeader | None
) -> None:
    """Write a study with its plan and report, and Word files when they have a head; all but the manifest."""
    summary = summary or summarize(study)
    tables = partial(write_tables, study, summary, folder, lang)
    write_summary(summary, provenance, folder, lang=lang, beside=tables)
    if paper is not None:
        from .word_paper import write_paper  # here, so that who writes no Word file does not wait for it

        for language in LANGUAGES:
            write_paper(summary, provenance, paper, folder, language)


def write_tables(study: StudyData, summary: Summary, folder: Path, lang: Lang) -> None:
    """Write all of a run but its report."""
    write_study(study, folder, summary)
    plans = [phase.plan for phase in study.phases]
    write_plan(plans, study.scenario, folder / PLAN_FILE, reasons(study, lang))
    if any(plan.additions for plan in plans):
        write_additions_of(plans, study.scenario, folder / ADDITIONS_FILE, lang)
    frames.write_summary_tables(summary, folder)
    write_exports(summary, folder)


def write_exports(summary: Summary, folder: Path) -> None:
    """Write `indicators.csv`: every compared figure with its interval, the whole network (no office) and office by office."""
    rows: list[tuple[Cell, ...]] = []
    for phase in summary.phases:
        names = {office.id: (office.name, office.kind) for office in phase.offices}
        for basis, place, differences in compared(phase):
            name, kind = names.get(place, ("", ""))
            rows.extend((phase.id, basis, place, name, kind, row.indicator, *ends(row), row.verdict) for row in differences)
    header = ("phase", "basis", "office", "name", "kind", "indicator", *ENDS, "verdict")
    write_text(folder / "indicators.csv", csv_text(header, rows))


def write_study(study: StudyData, folder: Path, summary: Summary) -> None:
    """Write scenario, plans and tables; enough to read the study back whole."""
    write_scenario(study.scenario, folder / SCENARIO_FOLDER)
    write_scenario(study.planned_scenario, folder / PLANNED_FOLDER)
    if study.unit_map is not None:
        write_text(folder / SCENARIO_FOLDER / MAP_FILE, study.unit_map.text)
    verdicts = [verdict_json(verdict) for verdict in study.validation]
    write_text(folder / VALIDATION_FILE, json.dumps(verdicts, ensure_ascii=False, indent=1) + "\n")
    plans = {
        "outcome": study.outcome,
        "rounds": study.rounds,
        "phases": [phase.plan for phase in study.phases],
        "certificates": study.certificates,
        "made": study.made,
        "choices": study.choices,
    }
    write_text(folder / PLANS_FILE, json.dumps(plans, ensure_ascii=False, indent=1, default=by_field) + "\n")
    frames.write_tables(study, folder, summary.measured)


def reasons(study: StudyData, lang: Lang) -> dict[str, str]:
    """Reason of each move in words, by PHASE/OFFICER."""
    steps = [step for phase in study.phases for step in phase.plan.steps()]
    names = Names.of(study.scenario, lang)
    return {f"{step.phase}/{step.officer}": names.short(step) for step in steps}


def read_study(folder: Path, manifest: Manifest) -> StudyData:
    """Read a study back as it was written."""
    tables = frames.read_tables(folder)
    stored = json.loads((folder / PLANS_FILE).read_text("utf-8"))
    plans = {plan.phase: plan for plan in map(phase_plan_of, stored["phases"])}
    return StudyData(
        scenario=load_scenario(folder / SCENARIO_FOLDER),
        planned_scenario=load_scenario(folder / PLANNED_FOLDER),
        phases=tuple(
            PhaseStudy(
                phase=phase,
                as_is=tables[phase, "own", "as_is"],
                planned=tables[phase, "own", "planned"],
                reference_as_is=tables.get((phase, "reference", "as_is")),
                reference_planned=tables.get((phase, "reference", "planned")),
                plan=plan,
            )
            for phase, plan in plans.items()
        ),
        seed=manifest.provenance.seed,
        replications=manifest.provenance.replications,
        curve_replications=manifest.provenance.curve_replications,
        seconds=manifest.seconds,
        outcome=outcome_of(stored["outcome"]),
        rounds=tuple(map(round_of, stored["rounds"])),
        unit_map=find_unit_map(folder / SCENARIO_FOLDER),
        rollout=frames.read_rollout(folder),
        validation=tuple(map(read_verdict, json.loads((folder / VALIDATION_FILE).read_text("utf-8")))),
        curves=frames.read_curves(folder),
        certificates=tuple(map(_certificate, stored.get("certificates", ()))),
        made=tuple(map(_trial, stored.get("made", ()))),
        choices=tuple(map(_choice, stored.get("choices", ()))),
        remembered=manifest.provenance.remembered,
    )


def _certificate(data: dict[str, Any]) -> Certificate:
    trials = {name: tuple(map(_trial, data[name])) for name in ("simulated", "better", "open")}
    intervals = {name: Interval(**data[name]) for name in ("as_is", "planned", "change")}
    return Certificate(**data | trials | intervals)


def _trial(data: dict[str, Any]) -> Trial:
    targets = tuple((number, tuple(offices)) for number, offices in data["targets"])
    return Trial(**data | {"officers": tuple(data["officers"]), "offices": tuple(data["offices"]), "targets": targets})


def _choice(data: dict[str, Any]) -> Choice:
    parts = {
        "moves": tuple(data["moves"]),
        "predicted": tuple(data["predicted"]),
        "outcome": outcome_of(data["outcome"]),
        "simulated": tuple(Interval(**one) for one in data["simulated"]),
        "overload": Interval(**data["overload"]),
        "change": Interval(**data["change"]),
    }
    return Choice(**data | parts)
