"""The verb `roster`: counter hours and half-day secondments of each phase, held against citizens they never saw."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.table import Table
from rich.text import Text

from app.output import interval_json, known
from app.speaker import FINDING, GOOD, Json, Speaker, plain_table
from optimizer.roster.checker import check_roster
from optimizer.roster.hours import place_counter_hours
from optimizer.roster.load import Chance, chance_of
from optimizer.roster.plan import OfficeRoster, RosterPlan
from optimizer.roster.problem import RosterRules
from optimizer.roster.secondments import second
from results.charts import DutyLine, roster_figure, svg
from results.exports import Cell, csv_text
from results.files import write_text
from results.wording import Lang, number, say
from scenarios.phases import phase_view
from scenarios.presence import presence
from scenarios.problems import Problem
from scenarios.rosters import duty, minutes
from scenarios.schema import Roster, Scenario
from sim import Interval, PhaseTables, interval, paired, simulate
from sim.run import Report

SHOWN = 15  #: offices in the table for a person
ROSTER_FILE = "rosters.csv"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A plan held against replications it never saw; overload in person-minutes a day, (R, O)."""

    plan: RosterPlan
    placed: RosterPlan  #: without secondments
    office_ids: tuple[str, ...]
    before: NDArray[np.float64]
    after: NDArray[np.float64]
    placed_alone: NDArray[np.float64]
    arrivals: dict[str, tuple[float, ...]]  #: by half hour of the day
    problems: tuple[Problem, ...]


def roster_phases(
    speaker: Speaker,
    scenario: Scenario,
    phases: Sequence[str],
    *,
    secondments: int,
    days: int | None,
    replications: int,
    seed: int,
    time_limit_s: float,
    jobs: int | None,
    out: Path | None,
) -> int:
    """Place the counter hours of each phase, say what became of it, and return the exit code."""
    rules = RosterRules(max_secondments=secondments)
    chance = chance_of(seed, days, jobs)
    verdicts = []
    with speaker.progress() as report:
        for phase in phases:
            verdicts.append(_verdict(scenario, phase, rules, chance, replications, time_limit_s, report))
    planned = scenario
    for verdict in verdicts:
        planned = verdict.plan.applied_to(planned)
    if out is not None:
        write_text(out / ROSTER_FILE, rosters_csv(planned))
        for verdict in verdicts:
            figure = roster_figure(*_lines(scenario, verdict), speaker.lang)
            write_text(out / f"roster_{verdict.plan.phase}.svg", svg(figure, f"roster-{verdict.plan.phase}"))
    if speaker.json:
        speaker.put({"scenario": scenario.id, "phases": [verdict_json(one, speaker.lang) for one in verdicts]})
    else:
        for verdict in verdicts:
            _say(speaker, scenario, verdict)
        if out is not None:
            speaker.line("cli.written", path=str(out))
    for verdict in verdicts:
        speaker.problems(verdict.problems)
    return FINDING if any(verdict.problems for verdict in verdicts) else GOOD


def _verdict(
    scenario: Scenario, phase: str, rules: RosterRules, chance: Chance, replications: int, time_limit_s: float, report: Report
) -> Verdict:
    placed = place_counter_hours(scenario, phase, rules=rules, time_limit_s=time_limit_s, chance=chance, progress=report)
    plan = placed
    if rules.max_secondments:
        plan = second(scenario, phase, placed=placed, rules=rules, time_limit_s=time_limit_s, chance=chance, progress=report)
    fresh = replace(chance, replications=range(chance.stop, chance.stop + replications), judging=0)

    def played(which: Scenario) -> PhaseTables:
        return simulate(which, (phase,), progress=report, **fresh.options()).phases[0]

    before, after = played(scenario), played(plan.applied_to(scenario))
    alone = after if plan is placed else played(placed.applied_to(scenario))
    tickets = before.half_hour[..., 0].mean(axis=0) / max(before.days, 1)
    return Verdict(
        plan=plan,
        placed=placed,
        office_ids=before.office_ids,
        before=_minutes(before),
        after=_minutes(after),
        placed_alone=_minutes(alone),
        arrivals={office: tuple(map(float, row)) for office, row in zip(before.office_ids, tickets, strict=True)},
        problems=check_roster(plan.applied_to(scenario), phase, rules, given=scenario.rosters),
    )


def _minutes(tables: PhaseTables) -> NDArray[np.float64]:
    return np.asarray(tables.column("overload") / 60_000 / max(tables.days, 1))


def rosters_csv(scenario: Scenario) -> str:
    """The table `rosters` of a scenario."""
    names = list(Roster.model_fields)
    rows = sorted(scenario.rosters, key=lambda row: (row.phase, row.officer, row.weekday, row.start))
    cells: list[list[Cell]] = [
        [row.phase, row.officer, row.weekday, f"{row.start:%H:%M}", f"{row.end:%H:%M}", row.office] for row in rows
    ]
    return csv_text(names, cells)


def verdict_json(verdict: Verdict, lang: Lang) -> Json:
    """A verdict as JSON."""
    plan, outcome = verdict.plan, verdict.placed.outcome
    return {
        "phase": plan.phase,
        "status": outcome.status,
        "objective": outcome.objective,
        "bound": outcome.bound,
        "gap": outcome.gap,
        "seconds": outcome.seconds,
        "rows": len(plan.rows),
        "replications": len(verdict.before),
        "overload_min_per_day": {
            "before": interval_json(interval(verdict.before.sum(axis=1))),
            "placed": interval_json(interval(verdict.placed_alone.sum(axis=1))),
            "after": interval_json(interval(verdict.after.sum(axis=1))),
            "change": interval_json(_change(verdict)),
        },
        "offices": [
            {
                "office": one.office,
                "placed": one.placed,
                "before_min": known(float(verdict.before[:, rank].mean())),
                "after_min": known(float(verdict.after[:, rank].mean())),
                "predicted_min": None if one.predicted_after_s is None else known(one.predicted_after_s / 60),
                "status": one.outcome.status if one.outcome else None,
                "half_hours_into_morning": one.into_morning,
                "reason": say(one.reason.code, lang, **dict(one.reason.values)),
            }
            for one, rank in _ranked(verdict)
        ],
        "secondments_status": plan.outcome.status if plan is not verdict.placed else None,
        "secondments": [
            {
                "officer": one.officer,
                "from": one.source,
                "to": one.target,
                "weekday": one.weekday + 1,
                "session": ("morning", "afternoon")[one.session],
                "reason": say(one.reason.code, lang, **dict(one.reason.values)),
            }
            for one in plan.secondments
        ],
    }


def _change(verdict: Verdict) -> Interval:
    return paired(verdict.before.sum(axis=1), verdict.after.sum(axis=1))


def _ranked(verdict: Verdict) -> list[tuple[OfficeRoster, int]]:
    """Offices with their rank in the tables, the most overloaded before first."""
    ranks = {office: rank for rank, office in enumerate(verdict.office_ids)}
    mean = verdict.before.mean(axis=0)
    rows = [(one, ranks[one.office]) for one in verdict.plan.offices]
    return sorted(rows, key=lambda row: (-mean[row[1]], row[0].office))


def _say(speaker: Speaker, scenario: Scenario, verdict: Verdict) -> None:
    change, plan = _change(verdict), verdict.plan
    speaker.line(
        "roster.head",
        phase=plan.phase,
        status=speaker.say(f"plan_status.{verdict.placed.outcome.status}"),
        before=float(verdict.before.sum(axis=1).mean()),
        after=float(verdict.after.sum(axis=1).mean()),
        change=change.mean,
        low=change.low,
        high=change.high,
        replications=len(verdict.before),
    )
    if change.holds(0):
        speaker.line("roster.unsure", phase=plan.phase)
    speaker.table(_offices_table(speaker.lang, scenario, verdict))
    if plan.secondments:
        placed = float(verdict.placed_alone.sum(axis=1).mean())
        speaker.line("roster.seconded", count=len(plan.secondments), placed=placed)
        speaker.table(_secondments_table(speaker.lang, scenario, plan))


def _offices_table(lang: Lang, scenario: Scenario, verdict: Verdict) -> Table:
    view = phase_view(scenario, verdict.plan.phase)
    table = Table()
    for place, name in enumerate(("office", "before", "after", "predicted", "into_morning")):
        table.add_column(Text(say(f"roster.{name}", lang)), justify="right" if place else "left")
    table.add_column(Text(say("cli.column_reason", lang)))
    for one, rank in _ranked(verdict)[:SHOWN]:
        predicted = number(one.predicted_after_s / 60, lang, 0) if one.predicted_after_s is not None else ""
        cells = (
            view.offices[one.office].name,
            number(float(verdict.before[:, rank].mean()), lang, 0),
            number(float(verdict.after[:, rank].mean()), lang, 0),
            predicted,
            number(one.into_morning / 2, lang, 1),
            say(one.reason.code, lang, **dict(one.reason.values)),
        )
        table.add_row(*map(Text, cells))
    return table


def _secondments_table(lang: Lang, scenario: Scenario, plan: RosterPlan) -> Table:
    view = phase_view(scenario, plan.phase)
    heads = [say(code, lang) for code in ("cli.column_officer", "cli.column_from", "cli.column_to", "roster.weekday")]
    rows = [
        (
            f"{view.officers[one.officer].name} ({one.officer})",
            view.offices[one.source].name,
            view.offices[one.target].name,
            say(f"roster.half_day_{one.session}", lang, day=one.weekday),
            say(one.reason.code, lang, **dict(one.reason.values)),
        )
        for one in plan.secondments
    ]
    return plain_table([*heads, say("cli.column_reason", lang)], rows)


def _lines(scenario: Scenario, verdict: Verdict) -> tuple[list[DutyLine], int]:
    """What the picture shows, the most overloaded offices first, and its first half hour."""
    phase = verdict.plan.phase
    view = phase_view(scenario, phase)
    planned = verdict.plan.applied_to(scenario)
    hours = {row.id: row for row in scenario.hours}
    offices = view.offices.values()
    first = min(minutes(hours[office.hours].ticket_open) for office in offices) // 30
    last = -(-max(minutes(hours[office.hours].close) for office in offices) // 30)
    days = [day for day, factor in enumerate(scenario.demand.weekday_factors) if factor > 0]
    stood, stands = (presence(one, phase_view(one, phase), duty(one, phase_view(one, phase))) for one in (scenario, planned))

    def on_duty(present: dict[tuple[str, int], tuple[tuple[str, int, int], ...]], office: str) -> tuple[float, ...]:
        return tuple(
            sum(start <= 30 * half < end for day in days for _, start, end in present.get((office, day), ())) / len(days)
            for half in range(first, last)
        )

    lines = [
        DutyLine(
            name=view.offices[one.office].name,
            arrivals=verdict.arrivals[one.office][first:last],
            before=on_duty(stood, one.office),
            after=on_duty(stands, one.office),
            crew=len(view.crew(one.office)),
        )
        for one, _ in _ranked(verdict)
    ]
    return lines, first
