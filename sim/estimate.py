"""The instant estimate beside a response curve: Erlang-A, half hour by half hour, on the mean day of a phase.

It takes each half hour as a world of its own in its steady state, one queue a desk group, and everybody at the
competent office; so it shows the shape of a curve, not its height where a queue is carried from hour to hour.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from scenarios.rosters import Stretch
from scenarios.schema import ProcedureField, Scenario

from .erlang import erlang_a_overload
from .network import MINUTE, Compiled

STEPS = 10  #: loads are rounded to a tenth of the servers, so that offices share their evaluations
LEAST, MOST = 0.1, 100.0  #: patience in mean services, and the most load of a server: beyond them they count as these
DIGITS = 6  #: of the standard and the charge in units of the mean service, likewise: expected visits are whole millionths


def erlang_overload_s(
    scenario: Scenario,
    compiled: Compiled,
    expected: NDArray[np.int64],
    office: str,
    level: str,
    half_hours: tuple[Stretch, ...],
    on_duty: Sequence[float],
) -> list[float]:
    """Overload of one desk group in person-seconds a day, for each number of officers on duty (a mean, at any time).

    expected : of the phase, as `measured_visits`
    """
    fields = sorted(scenario.fields, key=lambda field: field.id)
    chosen = np.array([field.level == level for field in fields])
    visits = _visits_per_day(compiled, expected, office)[chosen]
    if visits.sum() <= 0:
        return [0.0] * len(on_duty)
    work = compiled.network.nominal[compiled.office_ids.index(office)][chosen] / MINUTE
    service = float(work @ visits / visits.sum())
    patience = float(np.array([field.patience_min for field in fields])[chosen] @ visits / visits.sum())
    arrivals = _by_half_hour(scenario, [field for field in fields if field.level == level], visits, half_hours)
    manners = (
        min(max(round(patience / service, 1), LEAST), MOST),
        round(scenario.indicators.wait_standard_min / service, DIGITS),
        round(scenario.indicators.lost_charge_min / service, DIGITS),
    )

    needed = sorted({whole for servers in on_duty for whole in (floor(servers), ceil(servers))})
    loads = np.rint(arrivals / 30 * service / np.maximum(needed, 1)[:, None] * STEPS) / STEPS
    overload_s = {
        servers: 60 * service * float(arrivals @ np.array([_overload_min(servers, load, *manners) for load in each]))
        for servers, each in zip(needed, loads.tolist(), strict=True)
    }
    return [_between(overload_s, servers) for servers in on_duty]


def _between(overload_s: Mapping[int, float], servers: float) -> float:
    """Value at a mean number of servers: as often the floor as the ceiling, as the mean asks."""
    below, share = floor(servers), servers - floor(servers)
    return (1 - share) * overload_s[below] + share * overload_s[ceil(servers)]


@lru_cache(maxsize=20_000)
def _overload_min(servers: int, utilization: float, patience: float, standard: float, charge: float) -> float:
    """Overload of an arrival in units of the mean service."""
    load = min(max(utilization, 0.5 / STEPS), MOST) * max(servers, 1)
    return erlang_a_overload(servers, load, 1.0, 1 / patience, standard, charge)


def measured_visits(compiled: Compiled) -> NDArray[np.int64]:
    """First visits expected on all measured days by unit and field, in millionths; (U, F)."""
    measured = [(block.laws.mean_micro, block.days.lead_in + block.days.warmup) for block in compiled.blocks]
    return np.asarray(sum(expected[first:].sum(axis=0) for expected, first in measured))


def _visits_per_day(compiled: Compiled, expected: NDArray[np.int64], office: str) -> NDArray[np.float64]:
    """First visits on the mean measured day to an office as the competent one, by field; (F,)."""
    here = compiled.network.competent == compiled.office_ids.index(office)
    return np.asarray((expected * here).sum(axis=0) / 1e6 / max(compiled.days, 1))


def _by_half_hour(
    scenario: Scenario, fields: list[ProcedureField], visits: NDArray[np.float64], half_hours: tuple[Stretch, ...]
) -> NDArray[np.float64]:
    """Arrivals in each open half hour; who comes while the office is shut counts in the next one."""
    by_profile: dict[str, float] = {}
    for field, count in zip(fields, visits.tolist(), strict=True):
        by_profile[field.arrival_profile] = by_profile.get(field.arrival_profile, 0.0) + count
    arrivals = np.zeros(len(half_hours))
    for window in scenario.arrival_profiles:
        if window.profile in by_profile:
            first, last = (clock.hour * 60 + clock.minute for clock in (window.start, window.end))
            arrivals += by_profile[window.profile] * window.share * _parts_of(first, last, half_hours)
    return arrivals


@lru_cache(maxsize=1000)
def _parts_of(first: int, last: int, half_hours: tuple[Stretch, ...]) -> NDArray[np.float64]:
    """The part of those who come in the minutes from first to before last that is counted in each open half hour."""
    starts = np.array([start for start, _ in half_hours])
    minutes = np.arange(first, last)
    slot = np.clip(np.searchsorted(starts, minutes, side="right") - 1, 0, len(starts) - 1)
    shut = minutes >= np.array([end for _, end in half_hours])[slot]
    return np.bincount(np.minimum(slot + shut, len(starts) - 1), minlength=len(starts)) / len(minutes)
