"""Early warning: by office and week, the chance that too many citizens will wait too long, why, and what would help.

A forecast is learned from replications of the whole rollout, and held against replications it never saw, or against
weeks that really were. The cause of a warning is found by taking each possible cause away on the same citizens, the
remedy by playing the office again with it. Method and formulas stand in `docs/warn.md`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimizer.remedies import Alarm, Kit, Need, Remedy, Secondee, cheapest, remedies, rules_broken, secondees
from scenarios.causes import CAUSES, Place, causes_of
from scenarios.phases import phase_view
from scenarios.problems import Problem
from scenarios.schema import Scenario
from scenarios.workdays import rollout_blocks
from sim import Rollout, interval, play_rollout, record_rollout
from sim.run import Progress, Report

from .forecast_scores import Scores, scored, share_interval
from .observed_weeks import read_observed

State = Literal["quiet", "watch", "alarm"]
LOAD = "load"  #: the cause when none that can be taken away is the main one
LEAST_PART = 0.25  #: of the excess, that a main cause takes with it at least
CELL = ["phase", "start", "office"]
Parts = Mapping[tuple[str, str], pd.DataFrame]  #: weeks of offices by phase and office


@dataclass(frozen=True, slots=True)
class WarnOptions:
    """What is warned of, and on how many runs it is found out."""

    share: float = 0.2  #: of an office's visits in a week, beyond which the week is bad
    standard_min: float | None = None  #: wait that is too long; that of the scenario when None
    chance: float = 0.5  #: of a bad week, from which it is warned of
    replications: int = 30  #: that the forecast is learned from
    held_back: int = 10  #: after them, that it is held against
    trials: int = 8  #: first ones, on which causes and remedies are tried; 0 leaves both out

    @property
    def alarm(self) -> Alarm:
        return Alarm(self.share, self.chance)


@dataclass(frozen=True, slots=True)
class CauseFound:
    """What a spell loses when a cause is taken away, on the same citizens."""

    name: str
    part: float  #: of the excess (share of visits beyond that of a bad week) that goes with the cause; below 0 it grows
    fall: float  #: of the share of visits that wait too long, by taking the cause away
    low: float  #: ends of the interval of the fall, paired over replications
    high: float
    chance: float  #: of a bad week without it
    rows: tuple[str, ...] = ()  #: rows of the scenario by which it comes to the office


@dataclass(frozen=True, slots=True)
class Spell:
    """Weeks on end in which an office is warned of, within one phase."""

    phase: str
    office: str
    start: date
    end: date
    weeks: tuple[date, ...]  #: first days
    lead_weeks: int  #: from the first week of the forecast to the first of the spell
    chance: float  #: of a bad week, mean over the weeks
    peak: float  #: the same of the worst week
    peak_week: date
    share_over: float  #: share of visits that wait beyond the standard, expected
    cause: str = ""  #: the main one, "load" when none is, "" while it is not known
    causes: tuple[CauseFound, ...] = ()  #: all that the scenario has, the greatest part first
    remedy: Remedy | None = None  #: the cheapest that suffices alone
    remedies: tuple[Remedy, ...] = ()  #: all that help, the cheapest first

    @property
    def need(self) -> Need:
        return Need(self.phase, self.office, self.weeks)

    @property
    def best(self) -> Remedy | None:
        """The remedy that leaves the least chance in the worst week."""
        return min(self.remedies, key=lambda one: (one.peak, one.chance, one.price_min), default=None)


@dataclass(frozen=True, slots=True)
class EarlyWarning:
    """Forecast, warnings, scores; `done` names the last step that is finished."""

    scenario: Scenario
    seed: int
    asked: WarnOptions
    cells: pd.DataFrame  #: a row an office and week, see `chances_table`
    spells: tuple[Spell, ...]
    scores: Scores | None = None  #: against held-back replications
    observed: Scores | None = None  #: against weeks that were
    observed_cells: pd.DataFrame | None = None  #: CELL, visits, share, bad, chance
    unmatched: int = 0  #: observed weeks that no forecast is for
    rollouts: int = 0  #: replications of the rollout played so far
    seconds: float = 0.0
    done: Literal["forecast", "scores", "causes", "remedies"] = "forecast"


def warn(
    scenario: Scenario,
    asked: WarnOptions | None = None,
    *,
    phases: Sequence[str] | None = None,
    start: date | None = None,
    end: date | None = None,
    seed: int = 1,
    observed: Path | None = None,
    jobs: int | None = None,
    progress: Report | None = None,
    finished: Callable[[EarlyWarning], None] | None = None,
) -> EarlyWarning:
    """Warn of bad weeks: forecast, scores, causes, remedies.

    phases : to tell of, all when None; start, end : days between which to play; observed : CSV of weeks that really were;
    finished : called after each step with what is known by then. ScenarioError for a wrong file, ValueError for numbers
    out of range or when no working day is left.
    """
    asked = asked or WarnOptions()
    counts_wrong = asked.replications < 1 or min(asked.held_back, asked.trials) < 0
    if not 0 <= asked.share < 1 or not 0 < asked.chance <= 1 or counts_wrong:
        raise ValueError(f"{asked} out of range")
    scenario = _with_standard(scenario, asked.standard_min)
    desk = _Desk(scenario, asked, phases, start, end, seed, jobs, progress)
    tell = finished or (lambda found: None)
    real = None if observed is None else read_observed(observed, scenario, desk.blocks)
    found = desk.forecast()
    tell(found)
    if asked.held_back:
        found = desk.score(found)
    if real is not None:
        found = desk.against(found, real)
    tell(found)
    if asked.trials and found.spells:
        found = desk.explain(found)
        tell(found)
        found = desk.remedy(found)
        tell(found)
    return found


def _with_standard(scenario: Scenario, standard_min: float | None) -> Scenario:
    if standard_min is None:
        return scenario
    indicators = scenario.indicators.model_copy(update={"wait_standard_min": standard_min})
    return scenario.model_copy(update={"indicators": indicators})


class _Desk:
    """Plays what the steps of an early warning ask for, and counts it."""

    def __init__(
        self,
        scenario: Scenario,
        asked: WarnOptions,
        phases: Sequence[str] | None,
        start: date | None,
        end: date | None,
        seed: int,
        jobs: int | None,
        progress: Report | None,
    ) -> None:
        self.scenario, self.asked, self.seed = scenario, asked, seed
        self.start, self.jobs, self.progress = start, jobs, progress
        told = set(phases) if phases is not None else {phase.id for phase in scenario.phases}
        blocks = rollout_blocks(scenario, start, end)
        self.blocks = [(phase, weeks) for phase, weeks in blocks if phase in told]
        if not self.blocks:
            raise ValueError(f"no working day of the phases asked for between {start} and {end}")
        self.end = self.blocks[-1][1][-1].measured[-1]
        self.told = told
        self.views = {phase: phase_view(scenario, phase) for phase, _ in self.blocks}
        self.began = perf_counter()
        self.base = pd.DataFrame()  #: weeks of offices of the replications learned from
        self.broken: dict[str, frozenset[Problem]] = {}  #: rules that each phase breaks as it is

    def play(self, scenario: Scenario, label: str, replications: int, first: int = 0, end: date | None = None) -> pd.DataFrame:
        """Weeks of offices, counted: CELL, replication, end, days, visits, late."""
        run = play_rollout(
            scenario,
            replications=replications,
            first_replication=first,
            seed=self.seed,
            start=self.start,
            end=end or self.end,
            jobs=self.jobs,
            progress=self._named(label),
        )
        frame = office_weeks(run)
        return frame[frame["phase"].isin(self.told)].reset_index(drop=True)

    def _named(self, label: str) -> Report | None:
        report = self.progress
        return None if report is None else lambda step: report(Progress(label, step.done, step.total))

    def forecast(self) -> EarlyWarning:
        """Play the replications to learn from; chances and spells."""
        self.base = self.play(self.scenario, "warn_forecast", self.asked.replications)
        cells = chances_table(self.base, self.asked.alarm)
        weeks = {phase: [week.measured[0] for week in weeks] for phase, weeks in self.blocks}
        spells = spells_of(cells, weeks)
        found = EarlyWarning(self.scenario, self.seed, self.asked, cells, spells)
        return self._counted(found, self.asked.replications)

    def _counted(self, found: EarlyWarning, more: int) -> EarlyWarning:
        return replace(found, rollouts=found.rollouts + more, seconds=perf_counter() - self.began)

    def score(self, found: EarlyWarning) -> EarlyWarning:
        """Hold the forecast against replications it never saw."""
        held = self.play(self.scenario, "warn_held_back", self.asked.held_back, first=self.asked.replications)
        bad = self.asked.alarm.bad(held["visits"].to_numpy(), held["late"].to_numpy())
        happened = bad.reshape(self.asked.held_back, len(found.cells))
        assert held[CELL].head(len(found.cells)).equals(found.cells[CELL])  # each replication tells the same weeks in one order
        scores = scored(found.cells["chance"].to_numpy(float), happened, self.asked.chance)
        return self._counted(replace(found, scores=scores, done="scores"), self.asked.held_back)

    def against(self, found: EarlyWarning, real: pd.DataFrame) -> EarlyWarning:
        """Hold the forecast against weeks that were."""
        matched = real.merge(found.cells[[*CELL, "chance"]], on=CELL)
        matched = matched.assign(bad=matched["share"] > self.asked.share)[[*CELL, "visits", "share", "bad", "chance"]]
        happened = matched["bad"].to_numpy(bool)[None, :]
        scores = scored(matched["chance"].to_numpy(float), happened, self.asked.chance)
        return replace(found, observed=scores, observed_cells=matched, unmatched=len(real) - len(matched), done="scores")

    def explain(self, found: EarlyWarning) -> EarlyWarning:
        """Take each cause away on the same citizens and see what is left of the spells."""
        trials = min(self.asked.trials, self.asked.replications)
        last = max(spell.end for spell in found.spells)
        base = self.base[self.base["replication"] < trials]
        others = causes_of(self.scenario)
        taken: dict[int, list[CauseFound]] = {number: [] for number in range(len(found.spells))}
        before = by_office(base)
        for name, without in others.items():
            played = by_office(self.play(without, "warn_causes", trials, end=last))
            for number, spell in enumerate(found.spells):
                view = self.views[spell.phase]
                cause = cause_found(name, spell, before, played, view.members[spell.office], self.asked.share)
                place = Place(view, spell.office, spell.start, spell.end)
                taken[number].append(replace(cause, rows=CAUSES[name].rows(self.scenario, place)))
        spells = tuple(with_causes(spell, taken[number]) for number, spell in enumerate(found.spells))
        return self._counted(replace(found, spells=spells, done="causes"), trials * len(others))

    def remedy(self, found: EarlyWarning) -> EarlyWarning:
        """Try remedies at the offices warned of, each on recorded visits."""
        trials, alarm = min(self.asked.trials, self.asked.replications), self.asked.alarm
        busy = busy_weeks(found.cells)
        helpers = {spell.need: self._helpers(spell, busy) for spell in found.spells}
        wanted: dict[tuple[str, date], set[str]] = {}
        for need, people in helpers.items():
            for week in need.weeks:
                wanted.setdefault((need.phase, week), set()).update([need.office, *(one.source for one in people)])
        replays = record_rollout(
            self.scenario,
            wanted,
            replications=trials,
            seed=self.seed,
            start=self.start,
            end=max(spell.end for spell in found.spells),
            jobs=self.jobs,
            progress=self._named("warn_recording"),
        )
        kits = {phase: Kit.of(replay, alarm) for phase, replay in replays.items()}
        spells = []
        for number, spell in enumerate(found.spells, start=1):
            tried = remedies(kits[spell.phase], spell.need, helpers[spell.need])
            spells.append(replace(spell, remedies=tried, remedy=cheapest(tried)))
            if self.progress is not None:
                self.progress(Progress("warn_remedies", number, len(found.spells)))
        return self._counted(replace(found, spells=tuple(spells), done="remedies"), trials)

    def _helpers(self, spell: Spell, busy: Mapping[tuple[str, date], set[str]]) -> tuple[Secondee, ...]:
        """Officers of offices that are quiet in the weeks of a spell."""
        avoided = set().union(*(busy.get((spell.phase, week), set()) for week in spell.weeks))
        if spell.phase not in self.broken:
            self.broken[spell.phase] = rules_broken(self.scenario, spell.phase)
        return secondees(self.scenario, self.views[spell.phase], spell.office, self.broken[spell.phase], avoided)


def office_weeks(run: Rollout) -> pd.DataFrame:
    """Weeks of offices, counted: CELL, replication, end, days, visits, late (beyond the standard)."""
    named = ["replication", "phase", "start"]
    frame = run.offices.merge(run.weeks[[*named, "end", "days"]], on=named)
    visits = (frame["visits_per_day"] * frame["days"]).round().astype(np.int64)
    late = (frame["share_wait_over_20"].fillna(0.0) * visits).round().astype(np.int64)
    return frame[[*named, "office", "end", "days"]].assign(visits=visits, late=late)


def chances_table(weeks: pd.DataFrame, alarm: Alarm) -> pd.DataFrame:
    """The chance of a bad week of each office and week, with its interval, from replications."""
    bad = alarm.bad(weeks["visits"].to_numpy(), weeks["late"].to_numpy())
    groups = weeks.assign(bad=bad).groupby(CELL, sort=False)
    frame = groups.agg(
        end=("end", "first"),
        days=("days", "first"),
        visits=("visits", "mean"),
        late=("late", "sum"),
        all_visits=("visits", "sum"),
        bad=("bad", "sum"),
        replications=("bad", "size"),
    ).reset_index()
    frame["share_over"] = (frame["late"] / frame["all_visits"]).where(frame["all_visits"] > 0, 0.0)
    ends = [share_interval(int(count), int(of)) for count, of in zip(frame["bad"], frame["replications"], strict=True)]
    frame["chance"] = [one.mean for one in ends]
    frame["low"], frame["high"] = [one.low for one in ends], [one.high for one in ends]
    frame["state"] = [state_of(one.mean, alarm.chance) for one in ends]
    return frame.drop(columns=["late", "all_visits"])


def state_of(chance: float, alarm: float) -> State:
    """Alarm from the alarm on, watch from half of it."""
    return "alarm" if chance >= alarm else "watch" if chance >= alarm / 2 else "quiet"


def busy_weeks(cells: pd.DataFrame) -> dict[tuple[str, date], set[str]]:
    """Offices that are not quiet, by phase and week."""
    found: dict[tuple[str, date], set[str]] = {}
    for row in cells[cells["state"] != "quiet"].itertuples(index=False):
        found.setdefault((str(row.phase), row.start), set()).add(str(row.office))  # type: ignore[arg-type]
    return found


def spells_of(cells: pd.DataFrame, weeks: Mapping[str, Sequence[date]]) -> tuple[Spell, ...]:
    """Weeks on end with an alarm, by office and phase, in order of date and then of chance; weeks : first days by phase."""
    first = min(day for days in weeks.values() for day in days)
    spells = []
    for (phase, office), rows in cells[cells["state"] == "alarm"].groupby(["phase", "office"], sort=False):
        ranks = np.array([weeks[str(phase)].index(day) for day in rows["start"]])
        for part in np.split(np.argsort(ranks), np.flatnonzero(np.diff(np.sort(ranks)) > 1) + 1):
            spells.append(_spell(str(phase), str(office), rows.iloc[part], first))
    return tuple(sorted(spells, key=lambda spell: (spell.start, -spell.chance, spell.office)))


def _spell(phase: str, office: str, rows: pd.DataFrame, first: date) -> Spell:
    chances = rows["chance"].to_numpy(float)
    weeks = tuple(rows["start"])
    return Spell(
        phase=phase,
        office=office,
        start=weeks[0],
        end=rows["end"].iloc[-1],
        weeks=weeks,
        lead_weeks=(_monday(weeks[0]) - _monday(first)).days // 7,
        chance=float(chances.mean()),
        peak=float(chances.max()),
        peak_week=weeks[int(chances.argmax())],
        share_over=float((rows["share_over"] * rows["visits"]).sum() / rows["visits"].sum()),
    )


def by_office(weeks: pd.DataFrame) -> Parts:
    """Weeks of each office of each phase."""
    return {(str(phase), str(office)): rows for (phase, office), rows in weeks.groupby(["phase", "office"], sort=False)}


def cause_found(name: str, spell: Spell, base: Parts, without: Parts, members: Sequence[str], share: float) -> CauseFound:
    """Compare the weeks of a spell with the same weeks without a cause; offices that stand apart then count together."""
    before, after = (_shares(parts, spell, members) for parts in (base, without))
    excess, left = (float(np.maximum(shares - share, 0.0).mean()) for shares in (before, after))
    fall = interval((before - after).mean(axis=1))
    part = 1 - left / excess if excess > 0 else 0.0
    return CauseFound(name, part, fall.mean, fall.low, fall.high, float((after > share).mean()))


def _shares(parts: Parts, spell: Spell, members: Sequence[str]) -> NDArray[np.float64]:
    """Share of visits beyond the standard by replication and week of a spell, (R, W)."""
    together = pd.concat([parts[spell.phase, office] for office in members if (spell.phase, office) in parts])
    sums = together[together["start"].isin(spell.weeks)].groupby(["replication", "start"])[["visits", "late"]].sum()
    shares = (sums["late"] / sums["visits"].where(sums["visits"] > 0)).fillna(0.0)
    return shares.unstack("start").to_numpy(float)


def with_causes(spell: Spell, found: Sequence[CauseFound]) -> Spell:
    """The spell with its causes; the main one takes most of the excess with it, surely some and no small part."""
    ranked = tuple(sorted(found, key=lambda one: -one.part))
    main = next((one.name for one in ranked if one.part >= LEAST_PART and one.low > 0), LOAD)
    return replace(spell, causes=ranked, cause=main)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
