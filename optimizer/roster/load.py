"""What the simulator says of an office's load: the work that came in each half hour of sample days, and the overload."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import ceil, exp
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenarios.phases import PhaseView
from scenarios.rosters import SLOT_MIN, minutes, slots
from scenarios.schema import Scenario
from scenarios.workdays import phase_blocks
from sim import PhaseTables, simulate
from sim.columns import R_ARRIVAL, R_CODE, R_DAY, R_END, R_OFFICE, R_OUTCOME, R_START
from sim.network import Compiled
from sim.rules import INCOMPLETE, NO_SHOW, SERVED
from sim.run import Records, Report
from sim.streams import field_of

from .problem import SLOT_S, Load, SampleDay, hours_of

SECOND = 1000  #: ticks
TEACHING_DAYS, JUDGING_DAYS = 40, 60  #: days in all replications, at least, where few days are asked for
PER_WEEKDAY = 16  #: sample days of each weekday, spread evenly over quiet and busy ones


@dataclass(frozen=True, slots=True)
class Chance:
    """What is simulated to teach a roster and to judge it: replications the verdict will not use, and days of the phase."""

    replications: range = range(2)  #: that teach: their days are what hours are placed for
    judging: int = 3  #: replications after those, by which hours are kept or not
    seed: int = 1
    days: int | None = None  #: all when None
    jobs: int | None = None

    @property
    def stop(self) -> int:
        """The first replication that is not used."""
        return self.replications.stop + self.judging

    @property
    def together(self) -> "Chance":
        """All its replications as one."""
        return replace(self, replications=range(self.replications.start, self.stop), judging=0)

    @property
    def judges(self) -> "Chance":
        """The judging replications alone; those that teach, when there are none."""
        return replace(self, replications=range(self.replications.stop, self.stop), judging=0) if self.judging else self

    def options(self) -> dict[str, Any]:
        """As `simulate` takes them."""
        return {
            "days": self.days,
            "replications": len(self.replications),
            "first_replication": self.replications.start,
            "seed": self.seed,
            "jobs": self.jobs,
        }


def chance_of(seed: int, days: int | None, jobs: int | None) -> Chance:
    """As usual, with more replications where days are few, so that some weeks are seen."""
    usual = Chance()
    if days is None:
        return replace(usual, seed=seed, jobs=jobs)
    teaching = max(len(usual.replications), ceil(TEACHING_DAYS / days))
    judging = max(usual.judging, ceil(JUDGING_DAYS / days))
    return Chance(range(teaching), judging, seed, days, jobs)


@dataclass(frozen=True, slots=True)
class Simulated:
    """Overload of an office in person-seconds a day."""

    taught_s: float  #: on the replications that teach
    judged_s: float  #: on those that judge


@dataclass(frozen=True, slots=True)
class Played:
    """A phase as simulated: overload of each office, and what came to some on the replications that teach."""

    overload: dict[str, Simulated]
    loads: dict[str, Load]


def overload_of(scenario: Scenario, phase: str, chance: Chance) -> dict[str, float]:
    """Simulated overload of each office on the replications that teach, person-seconds a day."""
    values = _overload_s(simulate(scenario, (phase,), **chance.options()).phases[0])
    return {office: float(found.mean()) for office, found in values.items()}


def judged_overload(scenario: Scenario, phase: str, chance: Chance) -> dict[str, Simulated]:
    """Simulated overload of each office, on the replications that teach and on those that judge."""
    return _simulated(simulate(scenario, (phase,), **chance.together.options()).phases[0], chance)


def _simulated(tables: PhaseTables, chance: Chance) -> dict[str, Simulated]:
    first = len(chance.replications)
    found = {}
    for office, values in _overload_s(tables).items():
        judged = values[first:] if chance.judging else values
        found[office] = Simulated(float(values[:first].mean()), float(judged.mean()))
    return found


def _overload_s(tables: PhaseTables) -> dict[str, NDArray[np.float64]]:
    """Overload of each office by replication, (R,)."""
    values = tables.column("overload") / SECOND / max(tables.days, 1)
    return dict(zip(tables.office_ids, values.T, strict=True))


def play_loads(
    scenario: Scenario, view: PhaseView, offices: Iterable[str], chance: Chance, progress: Report | None = None
) -> Played:
    """Simulate a phase and keep the sample days of some offices."""
    came: list[_Came] = []

    def keep(compiled: Compiled, replication: int, records: Records) -> None:
        if replication in chance.replications:
            came.append(_came(scenario, compiled, records, chance.days))

    run = simulate(scenario, (view.phase.id,), citizens=keep, progress=progress, **chance.together.options())
    ranks = {office: rank for rank, office in enumerate(run.phases[0].office_ids)}
    loads = {office: _load(scenario, view, office, ranks[office], came) for office in offices}
    return Played(_simulated(run.phases[0], chance), loads)


@dataclass(frozen=True, slots=True)
class _Came:
    """Visits of one replication on measured days, N of them."""

    day: NDArray[np.int64]  #: number of the measured day
    weekday: NDArray[np.int64]  #: (D,) of each measured day
    office: NDArray[np.int64]
    field: NDArray[np.int64]
    arrival_s: NDArray[np.int64]
    work_s: NDArray[np.float64]  #: at the counter; of who was not served, the mean of the field


def _came(scenario: Scenario, compiled: Compiled, records: Records, days: int | None) -> _Came:
    blocks = phase_blocks(scenario, compiled.phase, days)
    turn = np.concatenate([[0], np.cumsum(np.diff(records[:, R_DAY]) < 0)]) if len(records) else np.empty(0, np.int64)
    firsts = np.array([block.lead_in + block.warmup for block in blocks])
    before = np.concatenate([[0], np.cumsum([len(block.measured) for block in blocks])])
    measured = (records[:, R_DAY] >= firsts[turn]) & (records[:, R_OUTCOME] < NO_SHOW)
    rows, turn = records[measured], turn[measured]
    fields = field_of(rows[:, R_CODE])
    served = np.isin(rows[:, R_OUTCOME], (SERVED, INCOMPLETE))
    work = np.where(served, rows[:, R_END] - rows[:, R_START], 0) / SECOND
    count = np.maximum(np.bincount(fields, served, len(compiled.field_ids)), 1)
    mean = np.bincount(fields, work, len(compiled.field_ids)) / count
    return _Came(
        day=before[turn] + rows[:, R_DAY] - firsts[turn],
        weekday=np.array([day.weekday() for block in blocks for day in block.measured], np.int64),
        office=rows[:, R_OFFICE],
        field=fields,
        arrival_s=rows[:, R_ARRIVAL] // SECOND,
        work_s=np.where(served, work, mean[fields]),
    )


def _load(scenario: Scenario, view: PhaseView, office: str, rank: int, came: list[_Came]) -> Load:
    hours = hours_of(scenario, view, office)
    starts = np.array([60 * start for start, _ in slots(hours)])
    noon, until = 60 * minutes(hours.lunch_start), 60 * minutes(hours.lunch_end)
    edges = np.sort(np.concatenate([starts, np.arange(noon, until, SLOT_S)]))
    standard = 60 * scenario.indicators.wait_standard_min
    patience = np.array([60 * field.patience_min for field in sorted(scenario.fields, key=lambda field: field.id)])
    days: list[tuple[int, NDArray[np.float64], NDArray[np.float64]]] = []
    visits, total, impatience = 0, 0.0, 0.0
    for one in came:
        here = one.office == rank
        day, arrival, work = one.day[here], one.arrival_s[here], one.work_s[here]
        step = np.clip(np.searchsorted(edges, arrival, side="right") - 1, 0, len(edges) - 1)
        shape = (len(one.weekday), len(edges))
        flow, recent = np.zeros(shape), np.zeros(shape)
        np.add.at(flow, (day, step), work)
        for number, edge in enumerate(edges):
            late = (arrival > edge + SLOT_S - standard) & (step <= number)
            np.add.at(recent[:, number], day[late], work[late])
        days += [(int(weekday), flow[number], recent[number]) for number, weekday in enumerate(one.weekday)]
        visits += int(here.sum())
        total += float(work.sum())
        impatience += float((1 / patience[one.field[here]]).sum())
    chosen = [row for weekday in sorted({row[0] for row in days}) for row in _spread([d for d in days if d[0] == weekday])]
    return Load(
        days=tuple(SampleDay(weekday, _whole(flow), _whole(recent)) for weekday, flow, recent in chosen),
        service_s=max(round(total / visits), 1) if visits else SLOT_MIN * 60,
        leaves=1 - exp(-SLOT_S * impatience / visits) if visits else 0.0,
    )


def _whole(values: NDArray[np.float64]) -> tuple[int, ...]:
    return tuple(int(value) for value in np.round(values))


def _spread(
    days: list[tuple[int, NDArray[np.float64], NDArray[np.float64]]],
) -> list[tuple[int, NDArray[np.float64], NDArray[np.float64]]]:
    """Days at the middles of equal parts of a weekday, ranked by work."""
    ranked = sorted(days, key=lambda row: float(row[1].sum()))
    wanted = min(PER_WEEKDAY, len(ranked))
    return [ranked[(2 * n + 1) * len(ranked) // (2 * wanted)] for n in range(wanted)]
