"""The verb `compare`: things side by side on the same citizens, in pairs, as a ranking, and over several futures."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.inputs import days_of, load, phases_of, planned_by, run_folder
from app.precision import check_indicator, indicator_of, joined_phases
from app.ranking_output import (
    comparison_words,
    precision_json,
    ranking_json,
    ranking_words,
    regrets_json,
    regrets_words,
    say_precision,
)
from app.speaker import Fault, Json, Speaker
from optimizer import Plan
from results.compare import Comparison, compare
from results.ranking import Ranking, Regret, rank, regrets, replications_to_select
from results.statistics import FEWEST, Precision, looks, relative_half_width
from results.store import read_run
from results.summary import StudyData
from scenarios import Scenario
from sim import PhaseTables, simulate
from sim.run import Report

Numbers = NDArray[np.float64]
REFERENCE = "reference"  #: stands for the phase where phases are compared on the common reference days
EXPECTED = "expected"


@dataclass(frozen=True, slots=True)
class Draws:
    """What all sides share: days, replications from the first, and the seed."""

    days: int | None
    replications: int
    first: int
    seed: int
    jobs: int | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of a comparison beyond the pairs."""

    indicator: str
    ranking: bool = False
    indifference: float | None = None
    precision: float | None = None
    most: int = 1_000
    against: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Side:
    """One thing to compare, played: a scenario, one under a plan, a stored run, or one phase on the reference days."""

    name: str
    base: str  #: the scenario to load for another future
    scenario: Scenario
    phases: tuple[str, ...]
    tables: Mapping[str, PhaseTables]
    planned: Callable[[Scenario], Scenario] = lambda scenario: scenario
    reference: bool = False

    def played(self, scenario: Scenario, draws: Draws, report: Report) -> dict[str, PhaseTables]:
        """Tables of the phases in a future of this thing."""
        run = simulate(
            scenario,
            self.phases,
            days=draws.days,
            replications=draws.replications,
            first_replication=draws.first,
            seed=draws.seed,
            jobs=draws.jobs,
            reference_days=self.reference,
            progress=report,
        )
        return {REFERENCE if self.reference else tables.phase: tables for tables in run.phases}


@dataclass(frozen=True, slots=True)
class Selection:
    """How many replications it takes to select the best, if it is better by `indifference`, and how many there are."""

    indifference: float
    wanted: int
    played: int

    @property
    def reached(self) -> bool:
        return self.played >= self.wanted


@dataclass(frozen=True, slots=True)
class Found:
    """All that a comparison found, by phase."""

    pairs: tuple[tuple[Side, Side, str, Comparison], ...]
    rankings: Mapping[str, Ranking]
    selections: Mapping[str, Selection]
    regrets: Mapping[str, tuple[Regret, ...]]
    indicator: str
    precision: Precision | None


def compare_things(
    speaker: Speaker,
    things: list[str],
    wanted: Wanted,
    *,
    phases: list[str] | None,
    days: int | None,
    replications: int,
    seed: int,
    jobs: int | None,
) -> None:
    """Read and play the things, compare them and say what was found."""
    check_indicator(wanted.indicator, directed=wanted.ranking or bool(wanted.against))
    with speaker.progress() as report:
        sides, draws = sides_of(speaker, things, phases, Draws(days, replications, 0, seed, jobs), report)
        sides, draws, precision = precise(sides, draws, wanted, report)
        sides, selections = selected(sides, draws, wanted, report)
        found = Found(
            pairs=pairs_of(sides),
            rankings=rankings_of(sides, wanted.indicator) if wanted.ranking else {},
            selections=selections,
            regrets=regrets_of(sides, wanted, replace(draws, replications=len(_one(sides[0]).replications)), report),
            indicator=wanted.indicator,
            precision=precision,
        )
    if speaker.json:
        speaker.put(found_json(found, speaker))
    else:
        say_found(found, sides, speaker)


def _one(side: Side) -> PhaseTables:
    return next(iter(side.tables.values()))


def sides_of(
    speaker: Speaker, things: list[str], phases: list[str] | None, draws: Draws, report: Report
) -> tuple[list[Side], Draws]:
    """Read and play the things to compare; scenarios beside a stored run take its days, replications and seed."""
    folders = {name: folder for name in things if (folder := run_folder(name)) is not None}
    runs = {name: read_run(folder) for name, folder in folders.items()}
    if len(things) == 1:
        name = things[0]
        if name in runs:
            study, manifest = runs[name]
            return states_of(speaker, folders[name], study, phases), _draws_of(study, manifest.provenance.arguments, draws)
        return phases_side_by_side(name, phases, draws, report), draws
    if runs:
        models = [_draws_of(study, manifest.provenance.arguments, draws) for study, manifest in runs.values()]
        if len(set(models)) > 1:
            names = list(runs)
            other = next(n for n, model in enumerate(models) if model != models[0])
            raise Fault("not_paired", found=names[0], expected=names[other])
        draws = models[0]
    sides: list[Side] = []
    base: tuple[str, Scenario] | None = None
    heads = [runs[name][1].run if name in runs else name for name in things]
    for name, shown in zip(things, _told_apart(heads), strict=True):
        if name in runs:
            study = runs[name][0]
            base = str(folders[name] / "scenario"), study.scenario
            side = replace(states_of(speaker, folders[name], study, phases)[1], name=shown)
        elif name.lower().endswith(".csv"):
            if base is None:
                raise Fault("plan_first", found=name)
            side = _fresh(shown, *base, phases, _under([Path(name)]))
        else:
            base = name, load(name)
            side = _fresh(shown, *base, phases)
        sides.append(side if side.tables else replace(side, tables=side.played(side.scenario, draws, report)))
    return sides, draws


def _told_apart(names: Sequence[str]) -> list[str]:
    """Names to show, none twice."""
    return [name if names.index(name) == n else f"{name} ({names[: n + 1].count(name)})" for n, name in enumerate(names)]


def _under(files: list[Path]) -> Callable[[Scenario], Scenario]:
    return lambda scenario: planned_by(scenario, files)


def _fresh(
    name: str,
    base: str,
    scenario: Scenario,
    phases: list[str] | None,
    planned: Callable[[Scenario], Scenario] = lambda scenario: scenario,
) -> Side:
    return Side(name, base, planned(scenario), phases_of(scenario, phases), {}, planned)


def _draws_of(study: StudyData, arguments: Iterable[tuple[str, str]], draws: Draws) -> Draws:
    """The draws of a stored study."""
    days = days_of(dict(arguments).get("days", "all"))
    return replace(draws, days=days, replications=study.replications, first=study.curve_replications, seed=study.seed)


def states_of(speaker: Speaker, folder: Path, study: StudyData, phases: list[str] | None) -> list[Side]:
    """A stored run as it is and as planned."""
    chosen = phases_of(study.scenario, phases)
    kept = [one for one in study.phases if one.phase in chosen]
    plan = Plan(study.outcome, tuple(one.plan for one in study.phases))
    base, names = str(folder / "scenario"), tuple(one.phase for one in kept)
    if not kept:
        raise Fault("phase", found=", ".join(phases or ()), expected=", ".join(one.phase for one in study.phases))
    return [
        Side(speaker.say("state.as_is"), base, study.scenario, names, {one.phase: one.as_is for one in kept}),
        Side(
            speaker.say("state.planned"),
            base,
            study.planned_scenario,
            names,
            {one.phase: one.planned for one in kept},
            plan.applied_to,
        ),
    ]


def phases_side_by_side(name: str, phases: list[str] | None, draws: Draws, report: Report) -> list[Side]:
    """The phases of one scenario on the common reference days, with the same citizens."""
    scenario = load(name)
    asked = phases_of(scenario, phases)
    if len(asked) < 2:
        raise Fault("one_thing")
    empty = [Side(phase, name, scenario, (phase,), {}, reference=True) for phase in asked]
    return [replace(side, tables=side.played(scenario, draws, report)) for side in empty]


def common_phases(sides: Sequence[Side]) -> list[str]:
    """Phases that all sides played, in the order of the first."""
    return [phase for phase in sides[0].tables if all(phase in side.tables for side in sides)]


def extended(sides: list[Side], draws: Draws, until: int, report: Report) -> list[Side]:
    """The sides with replications played on until there are so many."""
    played = len(_one(sides[0]).replications)
    if until <= played:
        return sides
    more = replace(draws, first=draws.first + played, replications=until - played)
    return [replace(side, tables=joined_phases(side.tables, side.played(side.scenario, more, report))) for side in sides]


def precise(sides: list[Side], draws: Draws, wanted: Wanted, report: Report) -> tuple[list[Side], Draws, Precision | None]:
    """Play on until every paired difference with the first is known to within a share of the first's own mean."""
    if wanted.precision is None:
        return sides, draws, None

    def width() -> float:
        found = [
            relative_half_width(after - before, size=float(np.nanmean(before)))
            for other in sides[1:]
            for before, after in _values([sides[0], other], wanted.indicator).values()
        ]
        return max(found, default=float("nan"))

    start = len(_one(sides[0]).replications)
    for number in looks(max(start, FEWEST), max(wanted.most, start)):
        sides = extended(sides, draws, number, report)
        if not width() > wanted.precision:
            break
    count, found = len(_one(sides[0]).replications), width()
    return sides, draws, Precision(wanted.indicator, wanted.precision, found, count, found <= wanted.precision)


def _values(sides: Sequence[Side], indicator: str) -> dict[str, list[Numbers]]:
    """The indicator by phase, a column for each side."""
    return {
        phase: [indicator_of(side.tables[phase], side.scenario, indicator) for side in sides] for phase in common_phases(sides)
    }


def selected(sides: list[Side], draws: Draws, wanted: Wanted, report: Report) -> tuple[list[Side], dict[str, Selection]]:
    """Play on until the best can be selected beyond the indifference zone, by the replications there were at first."""
    if wanted.indifference is None:
        return sides, {}
    tables = {phase: np.column_stack(columns) for phase, columns in _values(sides, wanted.indicator).items()}
    if any(len(table) < 2 for table in tables.values()):
        raise Fault("few_replications")
    numbers = {phase: replications_to_select(table, wanted.indifference) for phase, table in tables.items()}
    sides = extended(sides, draws, min(max(numbers.values()), wanted.most), report)
    played = len(_one(sides[0]).replications)
    return sides, {phase: Selection(wanted.indifference, number, played) for phase, number in numbers.items()}


def pairs_of(sides: Sequence[Side]) -> tuple[tuple[Side, Side, str, Comparison], ...]:
    """Every side with the first, phase by phase."""
    first, found = sides[0], []
    for other in sides[1:]:
        common = common_phases([first, other])
        if not common:
            raise Fault("no_common_phase", found=first.name, expected=other.name)
        for phase in common:
            try:
                made = compare(first.tables[phase], other.tables[phase], first.scenario, other.scenario)
            except ValueError as error:
                raise Fault("not_paired", found=first.name, expected=other.name) from error
            found.append((first, other, phase, made))
    return tuple(found)


def rankings_of(sides: Sequence[Side], indicator: str) -> dict[str, Ranking]:
    """The league table of each phase that all sides played."""
    found = {}
    for phase, columns in _values(sides, indicator).items():
        values = {side.name: column for side, column in zip(sides, columns, strict=True)}
        found[phase] = rank(values, indicator)
    if not found:
        raise Fault("no_common_phase", found=sides[0].name, expected=", ".join(side.name for side in sides[1:]))
    return found


def regrets_of(sides: Sequence[Side], wanted: Wanted, draws: Draws, report: Report) -> dict[str, tuple[Regret, ...]]:
    """The table of regrets of each phase: the sides as they are asked for, and in each of the futures."""
    if not wanted.against:
        return {}
    futures: dict[str, list[Side]] = {EXPECTED: list(sides)}
    for name in wanted.against:
        futures[name] = [_in_future(side, name, draws, report) for side in sides]
    return {
        phase: regrets(
            {
                (side.name, future): indicator_of(side.tables[phase], side.scenario, wanted.indicator)
                for future, played in futures.items()
                for side in played
            },
            wanted.indicator,
        )
        for phase in common_phases(sides)
    }


def _in_future(side: Side, future: str, draws: Draws, report: Report) -> Side:
    scenario = side.planned(load(f"{side.base}{'+' if ':' in side.base else ':'}{future}"))
    return replace(side, scenario=scenario, tables=side.played(scenario, draws, report))


def found_json(found: Found, speaker: Speaker) -> Json:
    """Everything as one object."""
    from app.comparison_output import comparison_json

    rows: list[Json] = [
        {
            "before": first.name,
            "after": other.name,
            **comparison_json(made, "indicators_before", "indicators_after"),
            "phase": phase,
            "verdicts": {row.indicator: row.verdict for row in made.province},
            "gains": list(made.gains),
            "loses": list(made.loses),
            **comparison_words(speaker, made, other.scenario, (first.name, other.name), found.indicator).as_json(),
        }
        for first, other, phase, made in found.pairs
    ]
    content: Json = {"comparisons": rows}
    if found.rankings:
        content["rankings"] = [
            ranking_json(phase, ranking, speaker.lang) | _selection_json(found.selections.get(phase), ranking)
            for phase, ranking in found.rankings.items()
        ]
    if found.regrets:
        content["regrets"] = [regrets_json(phase, table) for phase, table in found.regrets.items()]
    if found.precision is not None:
        content["precision"] = precision_json(found.precision)
    return content


def _selection_json(selection: Selection | None, ranking: Ranking) -> Json:
    if selection is None:
        return {}
    return {
        "selected": ranking.best.name,
        "indifference": selection.indifference,
        "replications_wanted": selection.wanted,
        "reached": selection.reached,
    }


def say_found(found: Found, sides: Sequence[Side], speaker: Speaker) -> None:
    """Everything for a person: each pair with its verdict and who loses, then rankings and regrets."""
    from app.comparison_output import comparison_table

    for first, other, phase, made in found.pairs:
        where = speaker.say("statistics.reference_days") if phase == REFERENCE else phase
        title = speaker.say("cli.compared", before=first.name, after=other.name, phase=where, days=made.days)
        names = (first.name, other.name)
        speaker.table(comparison_table(made, first.scenario, names, title, speaker.lang))
        comparison_words(speaker, made, other.scenario, names, found.indicator).tell(speaker)
    scenario = sides[0].scenario
    for phase, ranking in found.rankings.items():
        where = speaker.say("statistics.reference_days") if phase == REFERENCE else phase
        ranking_words(speaker, where, ranking, scenario)
        if (selection := found.selections.get(phase)) is not None:
            code = "selected" if selection.reached else "not_selected"
            speaker.line(
                f"statistics.{code}",
                best=ranking.best.name,
                indifference=selection.indifference,
                wanted=selection.wanted,
                played=selection.played,
            )
    for phase, table in found.regrets.items():
        regrets_words(speaker, phase, table, scenario, found.indicator)
    if found.precision is not None:
        say_precision(speaker, found.precision, scenario, paired=True)
