"""What the command line puts out of what was computed: tables for people, JSON for programs, records in files.

Everything here costs an import of `results`, so verbs import it where they use it.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date
from math import isfinite
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from rich.table import Table
from rich.text import Text

from app.speaker import FINDING as FINDING
from app.speaker import GOOD as GOOD
from app.speaker import NO_ROOM as NO_ROOM
from app.speaker import PLAIN_WIDTH as PLAIN_WIDTH
from app.speaker import UNEXPECTED as UNEXPECTED
from app.speaker import WRONG_INPUT as WRONG_INPUT
from app.speaker import Fault as Fault
from app.speaker import InvalidPlan as InvalidPlan
from app.speaker import Json as Json
from app.speaker import Speaker as Speaker
from app.speaker import plain_table as plain_table
from app.speaker import problem_json as problem_json
from optimizer import Alternative, PhasePlan, Plan, Reason, Round
from results.compare import DECIDING, Comparison, Difference
from results.reason_words import Names
from results.summary import WEEK_INDICATORS, StudyData, Summary
from results.validation import Verdict, quantity_text, verdict_sentence
from results.wording import LANGUAGES, Lang, indicator_text, range_text, say
from scenarios import DISTURBANCES, Scenario
from scenarios.phases import phase_view
from scenarios.workdays import phase_blocks
from sim import Interval, Measures, PhaseMeasures, Rollout, interval
from sim.columns import (
    R_ARRIVAL,
    R_BOOKED,
    R_CODE,
    R_DAY,
    R_DOSSIERS,
    R_END,
    R_OFFICE,
    R_OFFICER,
    R_ORIGIN,
    R_OUTCOME,
    R_PAUSED,
    R_REUSED,
    R_SCANNED,
    R_START,
    R_TRAVEL,
    R_WAIT,
)
from sim.network import Compiled
from sim.run import Run
from sim.streams import VISIT_BITS, fetches, field_of, number_of, unit_of
from sim.tables import OUTCOMES


def known(value: float) -> float | None:
    """A number JSON can hold: nothing for what is not finite."""
    return float(value) if isfinite(value) else None


def interval_json(found: Interval) -> Json:
    """An interval as JSON."""
    return {"mean": known(found.mean), "low": known(found.low), "high": known(found.high)}


def intervals_json(frame: pd.DataFrame) -> Json:
    """Intervals of every indicator of a frame with one row a replication."""
    return {str(name): interval_json(interval(frame[name].to_numpy(float))) for name in frame.columns}


def _run_head(run: Run | Rollout) -> Json:
    return {
        "scenario": run.scenario_id,
        "seed": run.seed,
        "replications": run.replications,
        "engine": run.engine,
        "digest": run.digest,
        "citizens": run.citizens,
        "seconds": run.seconds,
    }


def run_json(run: Run, measures: Measures, scenario: Scenario) -> Json:
    """A run as JSON."""
    return {
        **_run_head(run),
        "phases": [phase_json(measured, scenario) for measured in measures.phases],
    }


def phase_json(measured: PhaseMeasures, scenario: Scenario) -> Json:
    """A phase of a run as JSON."""
    phase, view = scenario.phase(measured.phase), phase_view(scenario, measured.phase)
    rows = []
    for name in measured.office_ids:
        office, figures = view.offices[name], measured.office(name)
        head = {"id": office.id, "name": office.name, "kind": office.kind, "crew": len(view.crew(name))}
        rows.append(head | {key: interval_json(found) for key, found in figures.items() if key != "crew"})
    return {
        "phase": measured.phase,
        "start": phase.start.isoformat(),
        "end": phase.end.isoformat(),
        "days": measured.days,
        "province": intervals_json(measured.province),
        "offices": rows,
    }


def comparison_json(comparison: Comparison, before: str, after: str) -> Json:
    """A comparison as JSON; `before` and `after` name its two sides."""
    return {
        "phase": comparison.phase,
        before: {row.indicator: interval_json(row.before) for row in comparison.province},
        after: {row.indicator: interval_json(row.after) for row in comparison.province},
        "difference": {row.indicator: interval_json(row.change) for row in comparison.province},
    }


def indicator_label(scenario: Scenario, indicator: str, lang: Lang) -> str:
    """Name of an indicator."""
    rules = scenario.indicators
    return say(f"indicator.{indicator}", lang, standard=rules.wait_standard_min, long=rules.wait_long_min)


def shown(indicator: str, found: Interval, lang: Lang, *, change: bool = False) -> str:
    """A mean with its interval, for a person."""
    mean = indicator_text(indicator, found.mean, lang, change=change)
    return f"{mean} {range_text(indicator, found.low, found.high, lang, change=change)}".strip()


def run_table(measures: Measures, scenario: Scenario, lang: Lang) -> Table:
    """A run for a person: indicators of the network, one column a phase."""
    table = plain_table([say("cli.column_indicator", lang)])
    for measured in measures.phases:
        table.add_column(Text(phase_head(scenario, measured.phase, measured.days, lang)), justify="right")
    frames = [measured.province for measured in measures.phases]
    for name in frames[0].columns:
        cells = [shown(str(name), interval(frame[name].to_numpy(float)), lang) for frame in frames]
        table.add_row(Text(indicator_label(scenario, str(name), lang)), *map(Text, cells))
    return table


def rollout_json(run: Rollout) -> Json:
    """The whole rollout as JSON: the province's indicators by week."""
    named = ["phase", "start", "end", "days"]
    weeks: list[Json] = []
    for _, rows in run.weeks.groupby(named, sort=False):
        phase, start, end, days = rows[named].iloc[0]
        head = {"phase": phase, "start": start.isoformat(), "end": end.isoformat(), "days": int(days)}
        weeks.append(head | intervals_json(rows.drop(columns=["replication", *named])))
    return {
        **_run_head(run),
        "weeks": weeks,
    }


def weeks_table(run: Rollout, scenario: Scenario, lang: Lang) -> Table:
    """The whole rollout for a person: one row a week, a line where a phase begins."""
    heads = [say("report.week_of", lang), *(indicator_label(scenario, name, lang) for name in WEEK_INDICATORS)]
    table = plain_table(heads)
    for column in table.columns[1:]:
        column.justify = "right"
    last = ""
    for _, rows in run.weeks.groupby(["phase", "start"], sort=False):
        phase, start = rows[["phase", "start"]].iloc[0]
        if phase != last:
            table.add_section()
        last = phase
        cells = [shown(name, interval(rows[name].to_numpy(float)), lang) for name in WEEK_INDICATORS]
        table.add_row(Text(f"{phase} {say('report.day', lang, day=start)}"), *map(Text, cells))
    return table


def verdicts_table(verdicts: Sequence[Verdict], lang: Lang) -> Table:
    """Published figures beside simulated ones, for a person."""
    table = plain_table([say(f"validation.{name}", lang) for name in ("what", "published", "simulated", "verdict", "source")])
    for verdict in verdicts:
        figure, simulated = verdict.published, verdict.simulated
        cells = (
            figure.name_vi if lang == "vi" else figure.name_en,
            quantity_text(figure.quantity, figure.low, figure.high, lang),
            quantity_text(figure.quantity, simulated.low, simulated.high, lang),
            verdict_sentence(verdict, lang),
            figure.source,
        )
        table.add_row(*map(Text, cells))
    return table


def phase_head(scenario: Scenario, phase_id: str, days: int, lang: Lang) -> str:
    """Title of a phase."""
    phase = scenario.phase(phase_id)
    return say("cli.phase_head", lang, name=phase.name_vi if lang == "vi" else phase.name_en, phase=phase_id, days=days)


def comparison_table(comparison: Comparison, scenario: Scenario, heads: tuple[str, str], title: str, lang: Lang) -> Table:
    """A comparison for a person: both sides, the difference and how sure it is."""
    columns = (say("cli.column_indicator", lang), *heads, say("state.change", lang), say("cli.column_verdict", lang))
    table = Table(title=Text(title), title_justify="left")
    for number, head in enumerate(columns):
        table.add_column(Text(head), justify="right" if 0 < number < 4 else "left")
    for row in key_differences(comparison):
        cells = (
            indicator_label(scenario, row.indicator, lang),
            shown(row.indicator, row.before, lang),
            shown(row.indicator, row.after, lang),
            shown(row.indicator, row.change, lang, change=True),
            say(f"verdict.{row.verdict}", lang),
        )
        table.add_row(*map(Text, cells))
    return table


def key_differences(comparison: Comparison) -> list[Difference]:
    """Differences of the indicators a manager asks for first."""
    from results.report import KEY_INDICATORS  # here, so that who plays a scenario does not wait for the report

    return [comparison.of(name) for name in KEY_INDICATORS]


def disturbances_json() -> list[Json]:
    """The disturbances as JSON, in both languages."""
    return [
        {
            "name": one.name,
            "name_vi": one.name_vi,
            "name_en": one.name_en,
            "dated": one.dated,
            **{f"description_{lang}": say(f"disturbance.{one.name}", lang) for lang in LANGUAGES},
        }
        for one in DISTURBANCES.values()
    ]


def disturbances_table(lang: Lang) -> Table:
    """The disturbances for a person."""
    heads = [say(f"cli.column_{name}", lang) for name in ("name", "disturbance")]
    return plain_table(heads, [(name, say(f"disturbance.{name}", lang)) for name in DISTURBANCES])


def reasons_of(phases: Iterable[PhasePlan], scenario: Scenario, lang: Lang) -> dict[str, str]:
    """Reason of every move and stay away from home, with the next best alternative, by `PHASE/OFFICER`."""
    names = Names.of(scenario, lang)
    return {f"{step.phase}/{step.officer}": names.short(step) for phase in phases for step in phase.steps()}


def moves_table(plan: PhasePlan, scenario: Scenario, lang: Lang) -> Table:
    """The moves of a phase with their reasons, in short."""
    view, names = phase_view(scenario, plan.phase), Names.of(scenario, lang)
    rows = [
        (
            f"{view.officers[move.officer].name} ({move.officer})",
            view.offices[move.source].name,
            view.offices[move.target].name,
            names.short(move),
        )
        for move in plan.moves
    ]
    return plain_table([say(f"cli.column_{name}", lang) for name in ("officer", "from", "to", "reason")], rows)


def moves_json(plan: PhasePlan, scenario: Scenario, lang: Lang) -> list[Json]:
    """The moves of a phase as JSON, with all that is told of each."""
    names = Names.of(scenario, lang)
    return [
        {
            "officer": move.officer,
            "phase": move.phase,
            "from": move.source,
            "to": move.target,
            "reason": names.sentence(move.reason),
            "reasons": [reason_json(one, names) for one in (move.reason, *move.details)],
            "alternatives": [alternative_json(other, move.officer, names) for other in move.alternatives],
        }
        for move in plan.moves
    ]


def reason_json(reason: Reason, names: Names) -> Json:
    """A reason as JSON: its code, its values with ids as they are, and the sentence."""
    return {"code": reason.code, "values": dict(reason.values), "text": names.sentence(reason)}


def alternative_json(other: Alternative, officer: str, names: Names) -> Json:
    """Another office or another officer as JSON; change of the objective in person-minutes a day."""
    return {
        "officer": other.officer,
        "from": other.source,
        "to": other.office,
        "stays": other.stays,
        "change_min_per_day": other.change_min,
        "breaks": [reason_json(rule, names) for rule in other.forbidden],
        "text": names.alternative(other, officer),
    }


def plan_json(plan: Plan, rounds: Sequence[Round], scenario: Scenario, lang: Lang) -> Json:
    """A plan as JSON; objective and bound in person-seconds over all days of its phases."""
    outcome = plan.outcome
    return {
        "status": outcome.status,
        "objective": outcome.objective,
        "bound": None if outcome.bound is None else known(outcome.bound),
        "gap": None if outcome.gap is None else known(outcome.gap),
        "seconds": outcome.seconds,
        "rounds": [round_json(one) for one in rounds],
        "moves": [move for phase in plan.phases for move in moves_json(phase, scenario, lang)],
        "predicted_overload_min_per_day": known(sum(phase.predicted_overload_min_per_day for phase in plan.phases)),
        "phases": [
            {
                "phase": phase.phase,
                "moves": len(phase.moves),
                "away": len(phase.assignments),
                "additions": [asdict(one) for one in phase.additions],
                "as_is_predicted_overload_min_per_day": known(phase.as_is_predicted_overload_min_per_day),
                "predicted_overload_min_per_day": known(phase.predicted_overload_min_per_day),
            }
            for phase in plan.phases
        ],
    }


def round_json(one: Round) -> Json:
    """A round of the closed loop as JSON; overload in person-minutes a day, by phase."""
    return {
        "round": one.number,
        "moves": list(one.moves),
        "predicted_overload_min_per_day": [known(value) for value in one.predicted],
        "simulated_overload_min_per_day": [interval_json(value) for value in one.simulated],
        "agrees": one.agrees,
    }


def rounds_table(rounds: Sequence[Round], phases: Sequence[str], lang: Lang) -> Table:
    """The rounds of the closed loop: predicted and simulated overload of each phase."""
    table = Table(title=Text(say("loop.title", lang)), title_justify="left")
    table.add_column(Text(say("loop.round", lang)))
    for phase in phases:
        table.add_column(Text(say("loop.phase", lang, phase=phase)), justify="right")
    table.add_column(Text(say("loop.agrees", lang)))
    for one in rounds:
        cells = [
            say("loop.cell", lang, moves=moves, predicted=predicted, simulated=found.mean, half=(found.high - found.low) / 2)
            for moves, predicted, found in zip(one.moves, one.predicted, one.simulated, strict=True)
        ]
        name = say(f"rule_of_thumb.{one.rule}", lang) if one.rule else ""
        table.add_row(
            Text(f"{one.number} {name}".strip()), *map(Text, cells), Text(say("loop.yes" if one.agrees else "loop.no", lang))
        )
    return table


def study_json(study: StudyData, told: Summary, report: Path, lang: Lang) -> Json:
    """A study as JSON."""
    phases: list[Json] = []
    for played, summary in zip(study.phases, told.phases, strict=True):
        outcome = study.outcome
        plan: Json = {
            "status": outcome.status,
            "gap": None if outcome.gap is None else known(outcome.gap),
            "moves": moves_json(played.plan, study.scenario, lang),
            "predicted_overload_min_per_day": known(played.plan.predicted_overload_min_per_day),
            "simulated_overload_min_per_day": known(summary.own.of(DECIDING).after.mean),
        }
        phases.append(comparison_json(summary.own, "as_is", "planned") | {"plan": plan})
    return {"scenario": study.scenario.id, "seconds": study.seconds, "phases": phases, "report": str(report)}


class CitizenFile:
    """One row a visit in a Parquet file, warm-up days included and marked; it takes its name when all is written."""

    def __init__(self, scenario: Scenario, path: Path, days: int | None) -> None:
        self.scenario, self.path, self.days = scenario, path, days
        self.temporary = path.with_name(f".{path.name}.tmp-{os.getpid()}")
        self.writer: pq.ParquetWriter | None = None

    def __enter__(self) -> "CitizenFile":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, place: object) -> None:
        if self.writer is not None:
            self.writer.close()
        if kind is None and self.temporary.exists():
            os.replace(self.temporary, self.path)
        else:
            self.temporary.unlink(missing_ok=True)

    def add(self, phase: Compiled, replication: int, records: NDArray[np.int64]) -> None:
        """Write the visits of a replication."""
        table = self._table(phase, replication, records)
        if self.writer is None:
            self.writer = pq.ParquetWriter(self.temporary, table.schema)
        self.writer.write_table(table)

    def _table(self, phase: Compiled, replication: int, records: NDArray[np.int64]) -> pa.Table:
        code, day, office, place = (records[:, column] for column in (R_CODE, R_DAY, R_OFFICE, R_OFFICER))
        dates, measured = self._days(phase.phase, day)
        rows = len(records)
        return pa.table(
            {
                "phase": pa.array([phase.phase] * rows, pa.string()),
                "replication": pa.array(np.full(rows, replication)),
                "date": pa.array(dates, pa.date32()),
                "measured": pa.array(measured, pa.bool_()),
                "citizen": pa.array(code >> VISIT_BITS),
                "visit": pa.array(number_of(code)),
                "fetches": pa.array(fetches(code)),
                "unit": _names(phase.unit_ids, unit_of(code)),
                "origin": _names(phase.unit_ids, records[:, R_ORIGIN]),
                "field": _names(phase.field_ids, field_of(code)),
                "office": _names(phase.office_ids, office),
                "officer": _names(phase.officer_ids, np.where(place < 0, -1, phase.network.crew_start[office] + place)),
                "outcome": _names(OUTCOMES, records[:, R_OUTCOME]),
                "arrival_ms": pa.array(records[:, R_ARRIVAL]),
                "start_ms": pa.array(records[:, R_START]),
                "end_ms": pa.array(records[:, R_END]),
                "wait_ms": pa.array(records[:, R_WAIT]),
                "travel_ms": pa.array(records[:, R_TRAVEL]),
                "paused_ms": pa.array(records[:, R_PAUSED]),
                "reused": pa.array(records[:, R_REUSED] != 0),
                "booked": pa.array(records[:, R_BOOKED] != 0),
                "dossiers": pa.array(records[:, R_DOSSIERS]),
                "scanned_days": pa.array(records[:, R_SCANNED]),
            }
        )

    def _days(self, phase: str, day: NDArray[np.int64]) -> tuple[list[date], list[bool]]:
        """Date of each visit and whether it counts; the day's number starts again with each block."""
        blocks = phase_blocks(self.scenario, phase, self.days)
        block = np.concatenate([[0], np.cumsum(np.diff(day) < 0)]) if len(day) else day
        places = list(zip(block.tolist(), day.tolist(), strict=True))
        return [blocks[b].days[d] for b, d in places], [d >= blocks[b].lead_in + blocks[b].warmup for b, d in places]


def _names(ids: tuple[str, ...], ranks: NDArray[np.int64]) -> pa.Array:
    """Ids of ranks; nothing where the rank is negative."""
    return pa.array(ids, pa.string()).take(pa.array(ranks, mask=ranks < 0))
