"""The verb certify: no single move and no swap makes a plan better beyond a zone, or which one does and by how much."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from time import perf_counter

from rich.table import Table
from rich.text import Text

from app.given import Given, planned_within, with_added
from app.inputs import has_plan
from app.output import interval_json, known
from app.plan_output import reasons_of
from app.planning import plan_phases, sweep_numbers
from app.remembered import remembered_json, say_remembered
from app.speaker import FINDING, GOOD, Json, Speaker, plain_table
from app.why_verb import Asked, problem_of
from optimizer import Certificate, Outcome, Plan, StaffingProblem, Trial, Wishes, write_plan
from optimizer.improvement import Improved, improve
from optimizer.plan_files import ADDITIONS_FILE, PLAN_FILE
from optimizer.solve import solve
from results.addition_words import write_additions_of
from results.exports import csv_text
from results.files import write_text
from results.memory import Memory
from results.reason_words import Names
from results.wording import number
from scenarios.schema import Scenario
from sim.run import Report

CHANGES_FILE = "changes.csv"
SHOWN = 8  #: changes in a table for a person


@dataclass(frozen=True, slots=True)
class Sweeping:
    """How changes are judged."""

    zone_min: float | None
    error: float
    replications: int
    days: int | None
    seed: int
    jobs: int | None
    improve: int = 0  #: sweeps after which what was proven better is done


@dataclass(frozen=True, slots=True)
class Standing:
    """A plan that is to be certified."""

    base: Scenario  #: to which the plan is applied
    problem: StaffingProblem
    outcome: Outcome  #: of the program on the same curves
    plan: Plan
    given: Given | None  #: by the user, not made here
    program: StaffingProblem | None = None  #: of which the bound is, when it is not the problem


def certify_phases(
    speaker: Speaker,
    loaded: Scenario,
    given: Given | None,
    phases: Sequence[str],
    how: Sweeping,
    *,
    max_moves: int | None,
    rounds: int,
    time_limit_s: float,
    out: Path | None,
    memory: Memory,
) -> int:
    """Certify a plan phase by phase, say what was found, and return the exit code: good only when every phase holds.

    given : the plan asked about, None = the plan that `optimize` makes.
    """
    with speaker.progress() as report:
        standing = _standing(loaded, given, phases, how, max_moves, rounds, time_limit_s, memory, report)
    say_remembered(speaker, memory)
    if standing is None:
        if speaker.json:
            speaker.put({"scenario": loaded.id, "holds": False, "phases": [], **remembered_json(memory)})
        speaker.line("certify.no_plan")
        return FINDING
    _say_outcome(speaker, standing)
    began = perf_counter()
    with speaker.progress() as report:
        improved = improve(
            loaded, standing.base, standing.plan, standing.problem, how.improve,
            program=standing.program, replications=sweep_numbers(how.replications), seed=how.seed, days=how.days,
            zone_min=how.zone_min, error=how.error, jobs=how.jobs, progress=report,
        )  # fmt: skip
    seconds, found = perf_counter() - began, improved.certificates
    if improved.made:
        say_made(speaker, loaded, improved.made)
        standing = replace(standing, plan=improved.plan)
        _say_outcome(speaker, standing)
    for one in found:
        say_certificate(speaker, loaded, one)
    if out is not None:
        _write(speaker, loaded, standing, improved, out)
    speaker.line("cli.studied", seconds=seconds)
    holds = all(one.holds for one in found)
    if speaker.json:
        told = [certificate_json(one) for one in found]
        head = {"scenario": loaded.id, **_outcome_json(standing), "holds": holds, "seconds": round(seconds, 1)}
        speaker.put(head | {"made": [trial_json(one) for one in improved.made], "phases": told} | remembered_json(memory))
    return GOOD if holds else FINDING


def _standing(
    loaded: Scenario,
    given: Given | None,
    phases: Sequence[str],
    how: Sweeping,
    max_moves: int | None,
    rounds: int,
    time_limit_s: float,
    memory: Memory,
    report: Report,
) -> Standing | None:
    """The plan in its problem; None when there is none."""
    if given is None:
        loop = plan_phases(
            loaded, phases, days=how.days, seed=how.seed, max_moves=max_moves, rounds=rounds, time_limit_s=time_limit_s,
            jobs=how.jobs, progress=report, memory=memory,
        )  # fmt: skip
        if loop.staffing is None or not has_plan(loop.plan.outcome):
            return None
        outcome, program = loop.plan.outcome, loop.program
        if outcome.bound is None:  # a rule of thumb did better than the program when simulated
            (outcome, _), program = solve(loop.problem, time_limit_s), None
        return Standing(loaded, loop.problem, outcome, loop.plan, given=None, program=program)
    asked = Asked(wishes=Wishes(pinned=given.posts(loaded)), max_moves=max_moves, time_limit_s=time_limit_s)
    problem = problem_of(
        loaded, given.planned, phases, asked, days=how.days, seed=how.seed, jobs=how.jobs, progress=report, memory=memory
    )
    plan = planned_within(problem, given.planned)
    outcome, _ = solve(problem, time_limit_s)
    return Standing(given.planned, problem, outcome, plan, given)


def _behind_min(standing: Standing) -> float | None:
    """How much the plan costs beyond the best one by the same curves, person-minutes a day; None when nobody knows."""
    own, best = standing.plan.outcome.objective, standing.outcome.bound
    days = sum(phase.days for phase in standing.problem.phases)
    return None if own is None or best is None else max(0.0, (own - best) / 60 / max(days, 1))


def _outcome_json(standing: Standing) -> Json:
    behind = _behind_min(standing)
    return {
        "status": standing.outcome.status,
        "objective": standing.plan.outcome.objective,
        "bound": None if standing.outcome.bound is None else known(standing.outcome.bound),
        "at_most_behind_min_per_day": None if behind is None else round(behind, 2),
    }


def _say_outcome(speaker: Speaker, standing: Standing) -> None:
    behind = _behind_min(standing)
    if behind is None:
        speaker.line("certify.unknown")
    elif standing.given is not None:
        speaker.line("certify.behind", minutes=behind)
    else:
        speaker.line("certify.proven", status=speaker.say(f"plan_status.{standing.outcome.status}"), minutes=behind)


def certificate_json(found: Certificate) -> Json:
    """A certificate as JSON; minutes are person-minutes a day."""
    return {
        "phase": found.phase,
        "holds": found.holds,
        "zone_min_per_day": found.zone_min,
        "error": found.error,
        "tried": found.tried,
        "bounded": found.bounded,
        "replayed": found.replayed,
        "plays": found.plays,
        "simulated": [trial_json(one) for one in found.simulated],
        "better": [trial_json(one) for one in found.better],
        "open": [trial_json(one) for one in found.open],
        "as_is": interval_json(found.as_is),
        "planned": interval_json(found.planned),
        "change": interval_json(found.change),
    }


def trial_json(trial: Trial) -> Json:
    """A change as JSON; minutes are person-minutes a day."""
    return {name: known(value) if isinstance(value, float) else value for name, value in asdict(trial).items()}


def say_certificate(speaker: Speaker, scenario: Scenario, found: Certificate) -> None:
    """What was found in a phase, for a person."""
    judged, change = found.planned, found.change
    speaker.line(
        "certify.judged", phase=found.phase, before=found.as_is.mean, after=judged.mean, change=change.mean, low=change.low,
        high=change.high,
    )  # fmt: skip
    counts = "counts" if found.bounded < found.tried else "counts_bounded" if found.tried else "counts_none"
    speaker.line(
        f"certify.{counts}", tried=found.tried, bounded=found.bounded, replayed=found.replayed, simulated=len(found.simulated),
        zone=found.zone_min, plays=found.plays,
    )  # fmt: skip
    verdict = "better" if found.better else "open" if found.open else "holds"
    speaker.line(
        f"certify.{verdict}", count=len(found.better or found.open), zone=found.zone_min, error=found.error, sure=1 - found.error
    )
    listed = found.better or found.open or found.simulated
    if listed and not speaker.json:
        speaker.table(changes_table(speaker, scenario, listed, "found" if found.better or found.open else "closest"))


def say_made(speaker: Speaker, scenario: Scenario, made: Sequence[Trial]) -> None:
    """The changes that a certificate asked for and that were made, for a person."""
    if made:
        speaker.line("certify.made", count=len(made))
        if not speaker.json:
            speaker.table(changes_table(speaker, scenario, made, "did"))


def changes_table(speaker: Speaker, scenario: Scenario, trials: Sequence[Trial], title: str) -> Table:
    """Changes with what they save; title : code below `certify`."""
    names = Names.of(scenario, speaker.lang)
    rows = [
        (
            speaker.say(f"certify.{one.kind}"),
            str(one.lasts),
            "\n".join(names.tried(one)),
            number(one.saves_min, speaker.lang, 1, signed=True),
            f"{number(one.lower_min, speaker.lang, 1, signed=True)} … {number(one.upper_min, speaker.lang, 1, signed=True)}",
        )
        for one in trials[:SHOWN]
    ]
    table = plain_table([speaker.say(f"certify.column_{name}") for name in ("kind", "lasts", "who", "saves", "range")], rows)
    table.title = Text(speaker.say(f"certify.{title}"))
    for column in table.columns[3:]:
        column.justify = "right"
    return table


def _write(speaker: Speaker, scenario: Scenario, standing: Standing, improved: Improved, out: Path) -> None:
    """The changes made and those simulated as a table, and the plan when it was made or changed here."""
    header = ("phase", "kind", "lasts", "officers", "offices", "saves_min_per_day", "low", "high", "verdict")
    told = [(improved.certificates[trial.begins].phase, trial, "made") for trial in improved.made]
    told += [
        (one.phase, trial, "better" if trial in one.better else "open" if trial in one.open else "set_aside")
        for one in improved.certificates
        for trial in (*one.simulated, *(trial for trial in one.open if trial not in one.simulated))
    ]
    rows = [
        (
            phase, trial.kind, trial.lasts, " ".join(trial.officers), " ".join(trial.offices), trial.saves_min,
            trial.lower_min, trial.upper_min, verdict,
        )
        for phase, trial, verdict in told
    ]  # fmt: skip
    write_text(out / CHANGES_FILE, csv_text(header, rows))
    paths = [out / CHANGES_FILE]
    if improved.made or standing.given is None:
        parts = (standing.plan if standing.given is None else with_added(standing.plan, standing.given)).phases
        write_plan(parts, scenario, out / PLAN_FILE, reasons_of(parts, scenario, speaker.lang))
        paths.append(out / PLAN_FILE)
        if any(part.additions for part in parts):
            write_additions_of(parts, scenario, out / ADDITIONS_FILE, speaker.lang)
            paths.append(out / ADDITIONS_FILE)
    for path in paths:
        speaker.line("cli.written", path=str(path))
