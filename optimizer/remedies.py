"""What helps one office for some weeks, and what it costs: a volunteer, a counter, longer counter hours, a person from near by.

Each is tried alone on visits that were recorded (see `sim.replay`), in the weeks concerned, with the same draws. The
price is in person-minutes a day, the money of the program of moves: its prices of moving, commuting, posts and counters,
paid time by the minute, and the overload that comes up where a person is taken away. A volunteer has no price.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from scenarios.phases import PhaseView, commute_km, desk_group, field_map
from scenarios.problems import Problem
from scenarios.schema import Assignment, Officer, Scenario
from sim import Replay
from sim.levers import with_volunteer
from sim.network import Compiled, learned_pace
from sim.replay import Setting, setting_of

from .checker import check_plan

RemedyKind = Literal["volunteer", "counter", "hours", "secondment", "post"]
PAID_DAY_MIN = 480.0
MORE_MIN = 60.0  #: counter time that longer counter hours add, an officer and day
MOST_TRIED = 12  #: officers held against the rules, an office
NO_CAP = 10**9  #: a secondment for some weeks counts against no phase's cap on moves


@dataclass(frozen=True, slots=True)
class Alarm:
    """A week of an office is bad when more than a share of its visits waits beyond the standard; a chance of it is told."""

    share: float
    chance: float

    def bad(self, visits: NDArray[np.int64], late: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell which weeks are bad; a week without visits is not."""
        return np.asarray(late > self.share * visits)

    def quieted(self, mean: float, peak: float) -> bool:
        """Tell whether weeks are quiet enough: the worst below the alarm, all together below half of it."""
        return peak < self.chance and mean < self.chance / 2


@dataclass(frozen=True, slots=True)
class Need:
    """An office of a phase and the weeks in which it wants help, by their first days."""

    phase: str
    office: str
    weeks: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Secondee:
    """An officer who may help at an office for some weeks, and the price of it without what the other office loses."""

    officer: str
    source: str  #: office where they serve
    price_min: float


@dataclass(frozen=True, slots=True)
class Remedy:
    """One remedy tried in the weeks of a need."""

    kind: RemedyKind
    price_min: float  #: person-minutes a day
    chance: float  #: of a bad week with it, mean over the weeks
    peak: float  #: the same of the worst week
    suffices: bool  #: see `Alarm.quieted`; and no new alarm where a person is taken away
    officer: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Kit:
    """A recorded phase with what is asked of it again and again."""

    replay: Replay
    alarm: Alarm
    volunteer: Compiled
    places: Mapping[date, int]  #: block of each week by its first day
    before: dict[tuple[str, Need], NDArray[np.float64]] = field(default_factory=dict)

    @classmethod
    def of(cls, replay: Replay, alarm: Alarm) -> "Kit":
        """Look up the weeks of a replay whose blocks are weeks."""
        blocks = replay.compiled.blocks
        firsts = [date.fromordinal(int(draws.laws.days[draws.days.lead_in + draws.days.warmup])) for draws in blocks]
        return cls(replay, alarm, with_volunteer(replay), {day: number for number, day in enumerate(firsts)})


def secondees(
    scenario: Scenario, view: PhaseView, office: str, known: Collection[Problem], avoided: Collection[str], most: int = 3
) -> tuple[Secondee, ...]:
    """Return officers who may serve at an office by the rules of a plan, the cheapest of each other office.

    known : problems of the phase as it is; avoided : offices that can spare nobody; most : officers to return.
    """
    units, fields = {unit.id: unit for unit in scenario.units}, field_map(scenario)
    planning, walls, target = scenario.planning, view.phase.moves_within, view.offices[office]
    found = []
    for name, source in view.serves.items():
        person = view.officers[name]
        near_by = walls == "province" or (walls == "district" and view.offices[source].district == target.district)
        barred = source == office or source in avoided or not person.movable or not near_by
        if barred or desk_group(person, fields, view.offers[office]) is None:
            continue
        home = units[person.home_unit]
        further = commute_km(scenario, home, target) - commute_km(scenario, home, view.offices[source])
        price = planning.move_price_min + planning.commute_price_min_per_km * max(further, 0.0)
        found.append(Secondee(name, source, price))
    chosen: list[Secondee] = []
    tried = 0
    for one in sorted(found, key=lambda one: (one.price_min, one.officer)):
        if len(chosen) == most or tried == MOST_TRIED:
            break
        if one.source in {other.source for other in chosen}:
            continue
        tried += 1
        if set(check_plan(_sent(scenario, view.phase.id, one.officer, office), view.phase.id, NO_CAP)) <= set(known):
            chosen.append(one)
    return tuple(chosen)


def rules_broken(scenario: Scenario, phase: str) -> frozenset[Problem]:
    """Problems of a phase as it is, whatever the number of its moves."""
    return frozenset(check_plan(scenario, phase, NO_CAP))


def _sent(scenario: Scenario, phase: str, officer: str, office: str) -> Scenario:
    rows = tuple(row for row in scenario.assignments if (row.phase, row.officer) != (phase, officer))
    row = Assignment(phase=phase, officer=officer, office=office)
    return scenario.model_copy(update={"assignments": (*rows, row)})


def remedies(kit: Kit, need: Need, helpers: Sequence[Secondee] = ()) -> tuple[Remedy, ...]:
    """Try every remedy in the weeks of a need and return them, the cheapest first; those without any effect are left out."""
    replay, office = kit.replay, need.office
    rank = replay.compiled.office_ids.index(office)
    place = replay.view.offices[office]
    crew = [replay.view.officers[name] for name in replay.view.crew(office)]
    planning = replay.scenario.planning
    found = [_tried(kit, need, "volunteer", 0.0, setting_of(kit.volunteer, rank))]
    if place.counters < place.premises_limit:
        setting = replay.staffed(office, crew, counters=place.counters + 1)
        found.append(_tried(kit, need, "counter", planning.counter_price_min, setting))
    longer = [_longer(officer) for officer in crew]
    added = PAID_DAY_MIN * sum(after.counter_share - now.counter_share for now, after in zip(crew, longer, strict=True))
    if added > 0:
        found.append(_tried(kit, need, "hours", added, replay.staffed(office, longer)))
    found += [_seconded(kit, need, crew, one) for one in helpers]
    if crew:
        post = crew[0].model_copy(update={"id": f"{office}.post"[:64], "home": office, "home_unit": place.unit})
        setting = _learning(kit, need, replay.staffed(office, [*crew, post]))
        found.append(_tried(kit, need, "post", planning.post_price_min + PAID_DAY_MIN, setting))
    before = chances_of(kit, need, office)
    helps = [one for one in found if one.chance < float(before.mean())]
    return tuple(sorted(helps, key=lambda one: one.price_min))


def cheapest(tried: Sequence[Remedy]) -> Remedy | None:
    """The cheapest remedy that suffices alone, if any does."""
    return next((one for one in tried if one.suffices), None)


def chances_of(kit: Kit, need: Need, office: str) -> NDArray[np.float64]:
    """Chance of a bad week as it is at an office, in each week of a need."""
    if (office, need) not in kit.before:
        kit.before[office, need] = _chances(kit, need, office, None)[0]
    return kit.before[office, need]


def _tried(kit: Kit, need: Need, kind: RemedyKind, price_min: float, setting: Setting) -> Remedy:
    chances, _ = _chances(kit, need, need.office, setting)
    mean, peak = float(chances.mean()), float(chances.max())
    return Remedy(kind, price_min, mean, peak, kit.alarm.quieted(mean, peak))


def _seconded(kit: Kit, need: Need, crew: Sequence[Officer], one: Secondee) -> Remedy:
    """A person from another office: what that office loses is added to the price, and must make no alarm there."""
    replay, view = kit.replay, kit.replay.view
    setting = _learning(kit, need, replay.staffed(need.office, [*crew, view.officers[one.officer]]))
    left = [view.officers[name] for name in view.crew(one.source) if name != one.officer]
    here = _tried(kit, need, "secondment", one.price_min, setting)
    before, overload = _chances(kit, need, one.source, None)
    after, more = _chances(kit, need, one.source, replay.staffed(one.source, left))
    spared = not bool(np.any((after >= kit.alarm.chance) & (after > before)))
    price = one.price_min + max(more - overload, 0.0)
    return replace(here, price_min=price, suffices=here.suffices and spared, officer=one.officer, source=one.source)


def _chances(kit: Kit, need: Need, office: str, setting: Setting | None) -> tuple[NDArray[np.float64], float]:
    """Chance of a bad week in each week of a need, (W,), and overload in person-minutes a day."""
    replay = kit.replay
    blocks = [kit.places[week] for week in need.weeks]
    played = replay.play(office, setting, blocks)
    draws = [replay.compiled.blocks[number].days for number in blocks]
    starts = np.cumsum([0, *(len(days.weekday) - days.lead_in - days.warmup for days in draws)])
    weeks = np.add.reduceat(played.visits, starts[:-1], axis=1)
    overload = played.overload_s.sum(axis=2).mean() / 60
    return np.asarray(kit.alarm.bad(weeks[..., 0], weeks[..., 1]).mean(axis=0)), float(overload)


def _longer(officer: Officer) -> Officer:
    """The officer with more of the paid day at the counter."""
    share = min(officer.counter_share + MORE_MIN / PAID_DAY_MIN, 1.0)
    return officer.model_copy(update={"counter_share": share})


def _learning(kit: Kit, need: Need, setting: Setting) -> Setting:
    """The setting with newcomers as slow as they are so many days after the first day of the need."""
    learning, days = kit.replay.scenario.learning, list(setting.days)
    for number in (kit.places[week] for week in need.weeks):
        dates = kit.replay.compiled.blocks[number].laws.days
        paces = [learned_pace(learning, int(day) - need.weeks[0].toordinal()) for day in dates]
        days[number] = days[number]._replace(moved_pace=np.maximum(days[number].moved_pace, paces))
    return replace(setting, days=tuple(days))
