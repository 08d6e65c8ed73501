"""What an office gains by other means than officers: volunteers at the door, counters reserved for those from elsewhere.

Each lever is tried alone at its office; offices do not touch each other in a replay, so all are tried at once.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .curves import Samples
from .network import Compiled
from .replay import Replay

Kind = Literal["volunteer", "reserve_more", "reserve_fewer"]


@dataclass(frozen=True, slots=True)
class Lever:
    """One change at one office, all phase long."""

    kind: Kind
    office: str
    change_s_per_day: float  #: of the office's overload, person-seconds a day; below 0 it helps
    error_s_per_day: float  #: standard error of the change, on the same draws with and without


def lever_worths(replay: Replay, *, jobs: int | None = None) -> tuple[Lever, ...]:
    """Return what one more volunteer at the door and one reserved counter more or fewer change, by kind and office.

    Counters are reserved where boundary-free fields are offered and the office has as many counters.
    """
    compiled, network = replay.compiled, replay.compiled.network
    choice = (network.offers & network.boundary_free).any(axis=1)
    more = choice & (network.reserved < network.counters)
    fewer = choice & (network.reserved > 0)
    tried: tuple[tuple[Kind, Compiled, Iterable[int]], ...] = (
        ("volunteer", with_volunteer(replay), range(len(compiled.office_ids))),
        ("reserve_more", replace(compiled, network=network._replace(reserved=network.reserved + more)), np.flatnonzero(more)),
        ("reserve_fewer", replace(compiled, network=network._replace(reserved=network.reserved - fewer)), np.flatnonzero(fewer)),
    )
    before = replay.overload_by_day_s(jobs=jobs)
    found = []
    for kind, variant, offices in tried:
        names = [compiled.office_ids[office] for office in offices]
        after = replay.overload_by_day_s(variant, names, jobs=jobs)
        for name in names:
            office = compiled.office_ids.index(name)
            sums = np.array([replay.weekly(by_day[:, office]) for by_day in (before, after)])
            samples = Samples(levels=np.array([0, 1]), sums=sums, days=compiled.days)
            contrast = np.array([[-1.0, 1.0]])
            found.append(Lever(kind, name, float((contrast @ samples.means)[0]), float(samples.errors(contrast)[0])))
    return tuple(found)


def with_volunteer(replay: Replay) -> Compiled:
    """The recorded phase with one more volunteer at every door: each sees the same share of what the others miss."""
    check = replay.scenario.papers.check_share

    def shares(door: NDArray[np.int64]) -> NDArray[np.int64]:
        missed = (1 - door / 2**16) * (1 - check)
        return np.asarray(np.floor((1 - missed) * 2**16 + 0.5).astype(np.int64))

    blocks = [
        replace(draws, days=draws.days._replace(door_share=shares(draws.days.door_share))) for draws in replay.compiled.blocks
    ]
    return replace(replay.compiled, blocks=tuple(blocks))
