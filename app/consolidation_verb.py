"""The verb `consolidate`: which points to join in a phase, beside named groupings played on the same citizens."""

from collections.abc import Sequence
from pathlib import Path

from rich.table import Table
from rich.text import Text

from app.output import interval_json, known
from app.speaker import FINDING, GOOD, Json, Speaker, plain_table, problem_json
from optimizer.consolidation.choice import (
    MEASURES,
    PROGRAM,
    RESERVED,
    Consolidation,
    Evaluation,
    JoiningWishes,
    consolidate,
    figures_frame,
)
from results.charts import joining_figure, svg
from results.exports import write_frame
from results.files import write_text
from results.maps import find_unit_map
from results.wording import Lang, has, number, percent, say
from scenarios.groupings import groupings_beside, read_grouping, regrouped
from scenarios.phases import phase_view
from scenarios.schema import OfficeChange, Scenario, Source
from scenarios.write import write_table

CHANGES_FILE, TABLE_FILE = "office_changes.csv", "groupings"
DIGITS = {"travel_mean_min": 1, "wait_mean_min": 1, "door_to_done_min": 1}  #: of a figure; others are whole


def consolidate_phase(
    speaker: Speaker,
    source: str,
    scenario: Scenario,
    phase: str,
    *,
    wishes: JoiningWishes,
    files: Sequence[Path],
    days: int | None,
    replications: int,
    seed: int,
    time_limit_s: float,
    jobs: int | None,
    out: Path | None,
) -> int:
    """Choose the points to join, play the groupings, say and write what came of it; return the exit code."""
    paths = {**groupings_beside(source), **{path.stem: path for path in files}}
    named = {path.name if name in RESERVED else name: read_grouping(path, scenario, phase) for name, path in paths.items()}
    with speaker.progress() as report:
        found = consolidate(
            scenario,
            phase,
            wishes=wishes,
            named=named,
            days=days,
            replications=replications,
            seed=seed,
            time_limit_s=time_limit_s,
            jobs=jobs,
            progress=report,
        )
    if out is not None:
        write_files(found, source, scenario, out, speaker.lang)
    if speaker.json:
        speaker.put({"scenario": scenario.id, **consolidation_json(found, speaker.lang)})
    else:
        _say(speaker, found, scenario)
        if out is not None:
            speaker.line("cli.written", path=str(out))
    return GOOD if any(one.name == PROGRAM for one in found.evaluations) else FINDING


def write_files(found: Consolidation, source: str, scenario: Scenario, folder: Path, lang: Lang) -> None:
    """Write every figure as CSV and Parquet; with an answer also its office changes and its map."""
    frame = figures_frame(found)
    write_frame(frame, folder / f"{TABLE_FILE}.csv")
    frame.to_parquet(folder / f"{TABLE_FILE}.parquet", compression="zstd", index=False)
    for one in found.evaluations:
        if one.name != PROGRAM:
            continue
        changed = regrouped(scenario, found.phase, one.changes)
        rows = tuple(sorted(changed.office_changes, key=lambda row: (row.phase, row.into, row.office)))
        write_table(OfficeChange, rows, folder / CHANGES_FILE)
        if changed.sources:
            write_table(Source, changed.sources, folder / "sources.csv")
        into = {row.office: row.into for row in one.changes}
        figure = joining_figure(changed, phase_view(changed, found.phase), into, find_unit_map(source), lang)
        write_text(folder / "joining.svg", svg(figure, "joining"))


def consolidation_json(found: Consolidation, lang: Lang) -> Json:
    """The answer and the groupings as JSON."""
    outcome = found.outcome
    return {
        "phase": found.phase,
        "days": found.days,
        "replications": found.replications,
        "seed": found.seed,
        "status": outcome.status,
        "objective_s_per_day": outcome.objective,
        "bound_s_per_day": None if outcome.bound is None else known(outcome.bound),
        "gap": outcome.gap,
        "solve_seconds": outcome.seconds,
        "groupings": [_grouping_json(one, lang) for one in found.evaluations],
        "pooling": [
            {
                "branch": site.branch,
                "counters": site.room,
                "crews": list(pool.crews),
                "visits_per_day_within_standard": [round(pool.capacity(crew), 1) for crew in pool.crews],
            }
            for site, pool in found.pools.items()
        ],
    }


def _grouping_json(one: Evaluation, lang: Lang) -> Json:
    return {
        "name": one.name,
        "predicted_min_per_day": one.predicted_min_per_day,
        "office_changes": [{"office": row.office, "into": row.into} for row in one.changes],
        "figures": {measure: interval_json(one.figures[measure]) for measure in MEASURES},
        "difference": {measure: interval_json(one.differences[measure]) for measure in MEASURES},
        "problems": [problem_json(problem, lang) for problem in one.uncovered],
    }


def _say(speaker: Speaker, found: Consolidation, scenario: Scenario) -> None:
    status = speaker.say(f"plan_status.{found.outcome.status}")
    answer = next((one for one in found.evaluations if one.name == PROGRAM), None)
    if answer is None or found.outcome.objective is None:
        speaker.line("consolidation.without", status=status)
    else:
        figures = {"objective": found.outcome.objective / 60, "seconds": found.outcome.seconds}
        speaker.line("consolidation.outcome", status=status, closures=len(answer.changes), **figures)
        speaker.table(joins_table(found, answer, scenario, speaker.lang))
    speaker.table(groupings_table(found, scenario, speaker.lang))
    for one in found.evaluations:
        speaker.problems(one.uncovered, err=False)


def joins_table(found: Consolidation, answer: Evaluation, scenario: Scenario, lang: Lang) -> Table:
    """Every point that closes, by the premises that serve it."""
    names = {office.id: office.name for office in scenario.offices}
    premises = found.problem.premises
    heads = [say(f"consolidation.column_{column}", lang) for column in ("to", "from", "crew", "visits")]
    rows = [
        (
            f"{names[row.into]} ({row.into})",
            f"{names[row.office]} ({row.office})",
            number(premises[row.office].crew, lang),
            number(premises[row.office].volume, lang),
        )
        for row in answer.changes
    ]
    return plain_table(heads, rows)


def groupings_table(found: Consolidation, scenario: Scenario, lang: Lang) -> Table:
    """Figures of the groupings side by side, with the change against the first."""
    phase = scenario.phase(found.phase)
    first = grouping_name(found.evaluations[0].name, lang)
    title = say(
        "consolidation.title",
        lang,
        name=phase.name_vi if lang == "vi" else phase.name_en,
        phase=phase.id,
        days=found.days,
        replications=found.replications,
        first=first,
    )
    table = plain_table([say("consolidation.column_measure", lang)])
    table.title = Text(title)
    for one in found.evaluations:
        table.add_column(Text(grouping_name(one.name, lang)), justify="right")
    for measure in MEASURES:
        cells = [_cell(one, measure, lang, change=rank > 0) for rank, one in enumerate(found.evaluations)]
        table.add_row(Text(say(f"consolidation.measure.{measure}", lang)), *map(Text, cells))
    predicted = [number(round(one.predicted_min_per_day), lang) for one in found.evaluations]
    table.add_row(Text(say("consolidation.measure.predicted_min_per_day", lang)), *map(Text, predicted))
    return table


def grouping_name(name: str, lang: Lang) -> str:
    """Name of a grouping: of our own ones in words, of a file its name."""
    code = f"consolidation.grouping.{name}"
    return say(code, lang) if has(code) else name


def _cell(one: Evaluation, measure: str, lang: Lang, *, change: bool) -> str:
    mean, by = one.figures[measure].mean, one.differences[measure].mean
    if measure == "coverage_share":
        return percent(mean, lang) + (f" ({percent(by, lang, signed=True, points=True)})" if change else "")
    digits = DIGITS.get(measure, 0)
    return number(mean, lang, digits) + (f" ({number(by, lang, digits, signed=True)})" if change else "")
