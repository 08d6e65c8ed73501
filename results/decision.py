"""The decision paper in sentences: what is asked, what it costs, who loses, how sure it is, what may go wrong, how it was made.

Each function gives finished text in one language; the page and the Word file show the same.
"""

from collections import Counter
from collections.abc import Iterator
from math import isfinite

from scenarios.checks import key_text
from scenarios.schema import ANY, TABLES, Scenario

from .addition_words import added
from .compare import DECIDING, LOST
from .provenance import Provenance
from .reason_words import Names
from .summary import Assumption, PhaseSummary, Summary, TargetLine
from .wording import Lang, Value, figure_text, has, indicator_text, range_text, say

#: rows of the first page, by what they tell
GAINS = (
    DECIDING, "overloaded_half_hours_per_day", "wait_mean_min", "wait_p90_min", "share_wait_over_30", LOST,
)  # fmt: skip
COSTS = ("moves", "commute_km_per_day", "staff_cost")
WORST = 3  #: losing offices named on the first page
ROWS_NAMED = 5  #: rows of an assumption that are written out
WISHES = ("pin", "forbid", "want")  #: options by which a planner names officers
NO_PLAN = ("infeasible", "unbounded", "no_plan", "error")


def phase_name(phase: PhaseSummary, lang: Lang) -> str:
    """Name of a phase."""
    return phase.name_vi if lang == "vi" else phase.name_en


def asked(summary: Summary, lang: Lang) -> tuple[str, ...]:
    """What is asked to sign, phase by phase; a plan that is not surely better is never asked for."""
    return tuple(_ask(phase, lang) for phase in summary.phases)


def _ask(phase: PhaseSummary, lang: Lang) -> str:
    name = phase_name(phase, lang)
    if phase.plan.status in NO_PLAN:
        return say("paper.ask_no_plan", lang, phase=name, start=phase.start)
    overload = phase.own.of(DECIDING)
    if not changes(phase):
        return say("paper.ask_nothing", lang, phase=name, start=phase.start)
    values: dict[str, Value] = {
        "phase": name,
        "start": phase.start,
        "steps": steps(phase, lang),
        "before": overload.before.mean,
        "after": overload.after.mean,
        "fall": -overload.change.mean,
        "low": overload.change.low,
        "high": overload.change.high,
    }
    known = {"better": "move", "worse": "against"}
    return say(f"paper.ask_{known.get(overload.verdict, 'unclear')}", lang, **values)


def changes(phase: PhaseSummary) -> bool:
    """Tell whether the plan changes anything in a phase."""
    return bool(phase.moves or phase.stays or phase.additions)


def steps(phase: PhaseSummary, lang: Lang) -> str:
    """What the plan does in a phase: who moves, who stays where an earlier phase had sent them, what is added."""
    counts = (("move", len(phase.moves)), ("stay", phase.stays))
    told = [say(f"paper.step_{code}", lang, count=count) for code, count in counts if count]
    if phase.additions:
        told.append(say("paper.step_add", lang, added=added(phase.additions, lang)))
    return "; ".join(told) or say("paper.step_none", lang)


def headline(phase: PhaseSummary, lang: Lang) -> str:
    """What the plan does to overload in a phase, in one sentence."""
    if phase.plan.status in NO_PLAN:
        return say("headline.no_plan", lang)
    overload = phase.own.of(DECIDING)
    change = overload.change
    known = "same" if overload.verdict == "changed" else overload.verdict
    return say(
        f"headline.{known}",
        lang,
        steps=steps(phase, lang),
        before=overload.before.mean,
        after=overload.after.mean,
        fall=-change.mean,
        low=-change.high,
        high=-change.low,
        change_low=change.low,
        change_high=change.high,
    )


def conditions(summary: Summary, provenance: Provenance, lang: Lang) -> str:
    """What the plan was asked to keep or might add, beyond the usual; empty when nothing was."""
    if any(name == "plan" for name, _ in provenance.arguments):
        return say("aim.given", lang)
    told, names = [], Names.of(summary.scenario, lang)
    for name, value in provenance.arguments:
        code = f"aim.{name.replace('-', '_')}" + (f"_{value}" if name == "objective" else "")
        if name in WISHES:
            told.append(say(code, lang, **names.wish(value)))
        elif has(code):
            told.append(say(code, lang, value=value if name == "objective" else float(value)))
    return say("aim.title", lang, aims="; ".join(told)) if told else ""


def costs(summary: Summary, lang: Lang) -> str:
    """What moving costs beyond the figures of the table: a slower pace for some weeks."""
    learning = summary.scenario.learning
    return say(
        "paper.learning",
        lang,
        first_days=learning.first_days,
        first=round(learning.first_pace / 10 - 100),
        second_days=learning.second_days,
        second=round(learning.second_pace / 10 - 100),
    )


def losers(summary: Summary, lang: Lang) -> tuple[str, ...]:
    """Offices that surely lose, phase by phase: how many, and the worst by name."""
    found = []
    for phase in summary.phases:
        name = phase_name(phase, lang)
        if not phase.loses:
            found.append(say("paper.loses_none", lang, phase=name))
            continue
        rises = (
            say(
                "paper.rise",
                lang,
                office=office.name,
                rise=indicator_text(DECIDING, office.overload.change.mean, lang, change=True),
            )
            for office in phase.loses[:WORST]
        )
        found.append(say("paper.loses", lang, phase=name, count=len(phase.loses), offices="; ".join(rises)))
    return tuple(found)


def certainty(summary: Summary, lang: Lang) -> tuple[str, ...]:
    """How sure the figures are."""
    return tuple(_certainty(summary, lang))


def _certainty(summary: Summary, lang: Lang) -> Iterator[str]:
    yield say("paper.sure_pairs" if summary.replications > 1 else "paper.sure_single", lang, replications=summary.replications)
    if summary.phases:
        plan = summary.phases[0].plan
        gap = say("paper.gap", lang, gap=plan.gap) if plan.gap is not None and isfinite(plan.gap) and plan.gap > 0 else "."
        given = plan.status == "given"
        yield (
            say("paper.sure_given", lang)
            if given
            else say("paper.sure_plan", lang, status=say(f"plan_status.{plan.status}", lang)) + gap
        )
        agree = [phase for phase in summary.phases if phase.plan.simulated_planned.holds(phase.plan.predicted_planned)]
        yield say("paper.sure_predicted", lang, agree=len(agree), phases=len(summary.phases))
        yield from _certified(summary, lang)
        sampled = [phase for phase in summary.phases if phase.days != phase.all_days]
        days, all_days = (sum(getattr(phase, part) for phase in summary.phases) for part in ("days", "all_days"))
        yield say("paper.sure_sample" if sampled else "paper.sure_all_days", lang, days=days, all_days=all_days)
    lines = [line for phase in summary.phases for line in phase.targets]
    if lines:
        counts = {state: sum(line.planned_state == state for line in lines) for state in ("met", "missed")}
        yield say("paper.sure_targets", lang, count=len(lines), met=counts["met"], missed=counts["missed"])
    states = Counter(verdict.state for verdict in summary.validation if verdict.state != "unplayed")
    if states:
        inside, unclear, count = states["inside"], states["unclear"], states.total()
        yield say("paper.sure_validation", lang, count=count, inside=inside, unclear=unclear, outside=count - inside - unclear)
    basis = dict(summary.basis_counts)
    if sum(basis.values()):
        yield say("paper.sure_basis", lang, total=sum(basis.values()), **basis)


def _certified(summary: Summary, lang: Lang) -> Iterator[str]:
    """What was found of single changes of the plan, when that was asked for."""
    found = [phase.certificate for phase in summary.phases if phase.certificate is not None]
    if made := sum(len(phase.made) for phase in summary.phases):
        yield say("paper.sure_made", lang, count=made)
    if found:
        holds = sum(one.holds for one in found)
        yield say("paper.sure_certified", lang, holds=holds, phases=len(found), error=max(one.error for one in found))


def target_state(line: TargetLine, lang: Lang) -> str:
    """Whether a target is met as planned, and missed by how much."""
    by = indicator_text(line.target.indicator, line.missed_by, lang, change=True).lstrip("+")
    over = line.planned_state == "missed" and line.target.sense == "at_most"
    return say("report.target_over" if over else f"report.target_{line.planned_state}", lang, by=by)


def target_where(line: TargetLine, lang: Lang) -> str:
    """Where a target is missed: how many offices, and the worst by name."""
    if not line.offices:
        return ""
    if not line.missing:
        return say("paper.where_nowhere", lang, offices=line.offices)
    worst = (
        say("paper.where_office", lang, office=name, value=indicator_text(line.target.indicator, value, lang))
        for name, value in line.worst
    )
    return say("paper.where", lang, missing=line.missing, offices=line.offices, worst="; ".join(worst))


def risks(summary: Summary, lang: Lang) -> tuple[tuple[str, str], ...]:
    """What may go wrong, and what this run says of it."""
    losing = sum(len(phase.loses) for phase in summary.phases)
    assumed = dict(summary.basis_counts)["assumed"]
    rounds = [one for phase in summary.phases for one in phase.rounds]
    told = [[one.agrees for one in phase.rounds if one.agrees is not None] for phase in summary.phases]
    agree = [of_phase[-1] for of_phase in told if of_phase]  # of the plan kept
    values: dict[str, dict[str, Value]] = {
        "names": {},
        "demand": {"assumed": assumed},
        "behavior": {},
        "losers": {"count": losing},
        "learning": {"days": summary.scenario.learning.second_days},
        "choice": {
            "rounds": max((one.number for one in rounds), default=0),
            "agree": sum(agree),
            "count": len(agree),
        },
        "calendar": {},
    }
    ends = {"choice": "once" if not rounds else "found" if agree else "tried"}
    return tuple(
        (say(f"risk.{code}", lang), say(f"risk.{code}_{ends.get(code, 'found')}", lang, **found))
        for code, found in values.items()
    )


def input_rows(summary: Summary, lang: Lang) -> tuple[tuple[str, str, str, str, str], ...]:
    """The tables of the scenario: name, rows, and entries sourced, derived and assumed."""
    rows = []
    for table in (*TABLES, *(line[0] for line in summary.basis_by_table if line[0] not in TABLES)):
        counts = dict(summary.basis_by_table).get(table, (0, 0, 0))
        size = len(getattr(summary.scenario, table)) if table in TABLES else 0
        if size or any(counts):
            shown = indicator_text("crew", size, lang) if table in TABLES else say("paper.settings", lang)
            rows.append((say(f"table_name.{table}", lang), shown, *(indicator_text("crew", count, lang) for count in counts)))
    return tuple((name, size, first, second, third) for name, size, first, second, third in rows)


def assumption_rows(summary: Summary, lang: Lang) -> tuple[tuple[str, str, str, str, str], ...]:
    """What nobody measured: table, column, rows, value and ground."""
    return tuple(
        (
            say(f"table_name.{line.ground.table}", lang),
            _column_named(line.ground.column, lang),
            _rows_meant(summary.scenario, line, lang),
            (" … " if line.ground.table in TABLES else " ").join(figure_text(value, lang) for value in line.values),
            line.ground.told(lang),
        )
        for line in summary.assumptions
    )


def _column_named(column: str, lang: Lang) -> str:
    """Name of a column or setting, and how the files write it; the latter alone where it has no name."""
    code = f"column_name.{column}"
    return f"{say(code, lang)} ({column})" if has(code) else column


def _rows_meant(scenario: Scenario, line: Assumption, lang: Lang) -> str:
    """Names of the rows that share a ground, the first few where they are many."""
    if ANY in line.rows:
        return say("report.all_rows", lang)
    rows = {key_text(row): row for row in getattr(scenario, line.ground.table)}
    shown = line.rows if len(line.rows) <= ROWS_NAMED else line.rows[: ROWS_NAMED - 1]
    names = [str(getattr(rows.get(key), f"name_{lang}", "") or getattr(rows.get(key), "name", "") or key) for key in shown]
    return "; ".join(names) if shown == line.rows else say("report.some_rows", lang, rows="; ".join(names), count=len(line.rows))


#: items of STRESS-DES by section, in its order
CHECKLIST = (
    ("objectives", ("1.1", "1.2", "1.3")),
    ("logic", ("2.1", "2.2", "2.3", "2.4", "2.5.1", "2.5.2", "2.5.3", "2.5.4", "2.5.5")),
    ("data", ("3.1", "3.2", "3.3", "3.4")),
    ("experimentation", ("4.1", "4.2", "4.3")),
    ("implementation", ("5.1", "5.2", "5.3", "5.4")),
    ("code", ("6.1",)),
)
Item = tuple[str, str, str]  #: number, question, answer


def checklist(summary: Summary, provenance: Provenance, lang: Lang) -> tuple[tuple[str, tuple[Item, ...]], ...]:
    """STRESS-DES filled in: section, items.

    Monks, Currie, Onggo, Robinson, Kunc and Taylor, "Strengthening the reporting of empirical simulation studies",
    Journal of Simulation 13, 2019.
    """
    scenario, phases = summary.scenario, summary.phases
    basis = dict(summary.basis_counts)
    values: dict[str, Value] = {
        "scenario": scenario.name_vi if lang == "vi" else scenario.name_en,
        "phases": len(phases),
        "start": phases[0].start if phases else "",
        "end": phases[-1].end if phases else "",
        "standard": scenario.indicators.wait_standard_min,
        "charge": scenario.indicators.lost_charge_min,
        "units": len(scenario.units),
        "fields": len(scenario.fields),
        "offices": len(scenario.offices),
        "officers": len(scenario.officers),
        "warmup": scenario.indicators.warmup_days,
        "days": ", ".join(f"{phase.id}: {phase.days}/{phase.all_days}" for phase in phases),
        "replications": summary.replications,
        "first": str(summary.first_replication),
        "curves": summary.curve_replications,
        "seed": str(summary.seed),
        "stream": str(provenance.stream_version),
        "versions": ", ".join(f"{name} {number}" for name, number in provenance.versions),
        "command": provenance.command_line,
        "digest": provenance.scenario_digest,
        "counters": sum(office.counters for office in scenario.offices),
        "start_wait": scenario.choice.remembered_start_min,
        **basis,
    }
    return tuple(
        (
            say(f"stress.{section}", lang),
            tuple(
                (number, say(f"{_code(number)}.item", lang), say(f"{_code(number)}.answer", lang, **values)) for number in items
            ),
        )
        for section, items in CHECKLIST
    )


def _code(number: str) -> str:
    return f"stress.i{number.replace('.', '')}"


def change_text(indicator: str, mean: float, low: float, high: float, lang: Lang) -> str:
    """A paired difference with its interval in one line."""
    main = indicator_text(indicator, mean, lang, change=True)
    ends = range_text(indicator, low, high, lang, change=True)
    return f"{main} ({ends})" if ends else main
