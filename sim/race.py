"""The race for a citizen free to choose, for many citizens at once.

The least taste × hindrance wins, as in `rules.best_office`. It is known here to six digits or more, which tell who wins unless
two are about as good; then the rule itself is asked.
"""

from math import exp
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .rules import WINDOWS
from .streams import BATCH, BORROWED, TASTE, draw_words, logarithm, uniform

CLEARLY = 1.0001  #: times as good as the next is an office that wins whatever the digits that are not known
STEPS = 16
EXPONENTIALS = np.exp(np.arange(40 * STEPS) / STEPS)  #: exp(n / STEPS)


class Race(NamedTuple):
    """Where citizens are set side by side with the offices they think of, a batch at a time; R has room for it."""

    rows: NDArray[np.int64]  #: (BATCH,) of the citizens
    until: NDArray[np.int64]  #: (BATCH,) end of the offices of each in the next
    offices: NDArray[np.int64]  #: (R,)
    hindrances: NDArray[np.float64]  #: (R,) their exp(−V), or what is known of it
    tastes: NDArray[np.float64]  #: (R,) to about 15 digits
    address: NDArray[np.uint64]  #: (4, R) cell key, index, first visit, office of the taste
    words: NDArray[np.uint64]  #: (4, R)


@njit(cache=True, nogil=True)
def race_of(near_start, offices):
    """Room for a batch and the offices of one citizen or dispatcher more."""
    room = BATCH + offices
    for unit in range(len(near_start) - 1):
        room = max(room, BATCH + near_start[unit + 1] - near_start[unit] + 1)
    return Race(
        np.empty(BATCH, np.int64),
        np.empty(BATCH, np.int64),
        np.empty(room, np.int64),
        np.empty(room),
        np.empty(room),
        np.zeros((4, room), np.uint64),
        np.empty((4, room), np.uint64),
    )


@njit(cache=True, nogil=True, **BORROWED)
def draw_tastes(race, n):
    """Write the tastes of the first n pairs of citizen and office, several at once, from their addresses."""
    address, words, tastes = race.address, race.words[0], race.tastes
    draw_words(address[0], address[1], address[2], TASTE, address[3], race.words, n)
    for pair in range(n):
        tastes[pair] = -logarithm(uniform(words[pair]))


@njit(cache=True, nogil=True)
def of_way(appeal):
    """What the way adds to `rules.reluctance`, which is this times `of_wait`; 0 where it is not."""
    return exp(np.float64(appeal) / -1e6) if abs(appeal) < 500_000_000 else 0.0


@njit(cache=True, nogil=True)
def of_wait(wait, steps_per_tick):
    """What the shown wait adds to `rules.reluctance`, to six digits: 1 or more, or 0 where it is not known.

    steps_per_tick : STEPS / wait scale. Fewer digits are there sooner, and the next citizen waits for them.
    """
    x = np.float64(wait) * steps_per_tick
    step = np.int64(x)
    if not 0 <= step < len(EXPONENTIALS):
        return 0.0
    r = (x - np.float64(step)) * (1.0 / STEPS)
    return EXPONENTIALS[step] * ((1.0 + r) + (r * r) * (0.5 + r * (1.0 / 6.0)))


@njit(cache=True, nogil=True, **BORROWED)
def write_burdens(remembered, wait_scale, burdens):
    """Write what remembered waits, (O, WINDOWS), add to the hindrance of each office by hour, (WINDOWS, O)."""
    for office in range(remembered.shape[0]):
        for window in range(WINDOWS):
            burdens[window, office] = of_wait(remembered[office, window], STEPS / wait_scale)
