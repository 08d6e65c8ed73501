"""A block of a run as recorded, of which what halls need is made office by office when it is asked for."""

from collections.abc import Iterable
from threading import Lock
from weakref import finalize

import numpy as np
from numpy.typing import NDArray

from .columns import Tables
from .kept import (
    AGAIN_COLUMNS,
    AGAIN_COLUMNS_SERVED,
    KEPT_WIDTH,
    W_END,
    W_GROUP,
    W_OFFICER,
    W_START,
    Kept,
    count_visits,
    empty_table,
    keep_visits,
)
from .network import Compiled
from .night import Carry
from .run import Records, play_fast, visits_in_all

NO_STAYS = np.empty((0, 5), np.int64)
TOO_LARGE = 4  #: times what is asked for, and a room is left to others


class Rooms:
    """Where recordings stood that nobody wants any more, for those to come: to be given memory costs as much as to fill it."""

    def __init__(self) -> None:
        self._free: list[NDArray[np.int64]] = []
        self._lock = Lock()

    def lend(self, numbers: int) -> NDArray[np.int64]:
        """Room for so many numbers: the smallest that is large enough, and not much too large, or new."""
        with self._lock:
            fitting = [place for place, room in enumerate(self._free) if numbers <= len(room) <= TOO_LARGE * numbers]
            if fitting:
                return self._free.pop(min(fitting, key=lambda place: len(self._free[place])))
        return np.empty(numbers, np.int64)

    def take_back(self, room: NDArray[np.int64], when: object) -> None:
        """Have a room again that was lent, when something is let go."""
        finalize(when, self._free.append, room).atexit = False

    def clear(self) -> None:
        """Keep no room that nobody stands in."""
        with self._lock:
            self._free.clear()


def play_recorded(
    compiled: Compiled, block: int, replication: int, tables: Tables, rooms: Rooms, carry: Carry | None = None
) -> "tuple[np.uint64, Records, Recording, Carry]":
    """Play a block as `play_fast` does and record it."""
    columns = AGAIN_COLUMNS_SERVED if len(compiled.network.reserve_pool) else AGAIN_COLUMNS
    room = rooms.lend(visits_in_all(compiled.blocks[block]) * columns)
    lent = room[: len(room) // columns * columns].reshape(-1, columns)
    hash_sum, records, left = play_fast(compiled, block, replication, tables, again=lent, carry=carry)
    rooms.take_back(room, records)
    return hash_sum, records, Recording(compiled, block, records, rooms), left


class Recording:
    """The visits of one block in one replication of a recorded run.

    By the number of an office it tells what its hall needs, of its visits and of stays of reserves there. That is made when it
    is first asked for, best of many offices at once; of offices that were not asked for until the recording was let go it is
    nothing. It stands in rooms that others are lent once nobody has the recording any more.
    """

    def __init__(self, compiled: Compiled, block: int, records: Records, rooms: Rooms) -> None:
        """Take visits as the kernel records them to be played again."""
        self._rooms = rooms
        self._days = len(compiled.blocks[block].days.weekday)
        self._records: Records | None = records
        self._start = np.zeros(len(compiled.office_ids) * self._days + 1, np.int64)
        self._again = count_visits(records, self._start)
        self._guests = _guests(compiled, self._days, records)
        self._kept: dict[int, Kept] = {}

    def __getitem__(self, office: int) -> Kept:
        """What the hall of an office needs."""
        if office not in self._kept:
            self.keep([office])
        return self._kept[office]

    def visits(self, office: int) -> int:
        """How many came to an office."""
        return int(self._start[(office + 1) * self._days] - self._start[office * self._days])

    def keep(self, offices: Iterable[int] | None = None) -> None:
        """Make what the halls of offices need, of all when None."""
        days, count = self._days, len(self._start) // self._days
        new = [office for office in (range(count) if offices is None else offices) if office not in self._kept]
        if not new:
            return
        records = self._records
        if records is None:
            no_visits = np.zeros(days + 1, np.int64), np.empty(0, np.int64), np.empty((0, KEPT_WIDTH), np.int32)
            self._kept |= dict.fromkeys(new, Kept(*no_visits, NO_STAYS[:, 1:]))
            return
        counts = np.zeros((count, days), np.int64)
        counts[new] = np.diff(self._start).reshape(count, days)[new]
        start = np.concatenate([[0], np.cumsum(counts)])
        codes, rows = self._room_for(int(start[-1]))
        keep_visits(records, days, start, codes, rows, self._lent(int(start[-1])), *empty_table(self._again))
        for office in new:
            span = start[office * days : (office + 1) * days + 1]
            own = slice(span[0], span[-1])
            guests = self._guests[self._guests[:, 0] == office, 1:]
            self._kept[office] = Kept(span - span[0], codes[own], rows[own], guests)

    def _room_for(self, visits: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Room for the codes and the rows of so many visits, as long as the recording is wanted."""
        room = self._rooms.lend(visits + (visits * KEPT_WIDTH + 1) // 2)
        self._rooms.take_back(room, self)
        return room[:visits], room[visits:].view(np.int32)[: visits * KEPT_WIDTH].reshape(visits, KEPT_WIDTH)

    def _lent(self, numbers: int) -> NDArray[np.int64]:
        """Room for so many numbers, as long as this very array is wanted."""
        room = self._rooms.lend(numbers)
        lent = room[:numbers]
        self._rooms.take_back(room, lent)
        return lent

    def let_go(self) -> None:
        """Have no more but what was made of it."""
        self._records = None


def _guests(compiled: Compiled, days: int, records: Records) -> NDArray[np.int64]:
    """Stays of reserves seen in a run, (n, 5): office, day, first tick, last tick, place after the office's own; sorted."""
    network = compiled.network
    if not len(network.reserve_pool):
        return NO_STAYS
    words = records.view(np.int32)
    words = words[words[:, W_OFFICER] >= 0]
    office, day = np.divmod(words[:, W_GROUP].astype(np.int64), days)
    officer, start, end = words[:, [W_OFFICER, W_START, W_END]].astype(np.int64).T
    helped = officer >= network.own_crew[office]
    served = np.stack([office, day, officer, start, end])[:, helped]
    served = served[:, np.lexsort(served[3::-1])]
    if not served.size:
        return NO_STAYS
    office, day, officer, start, end = served
    place = officer - network.own_crew[office]
    reserve = np.argmax(network.reserve_place[:, office] == network.crew_start[office] + officer, axis=0)
    way = 2 * network.pool_travel[network.reserve_pool[reserve], office]
    first = np.ones(len(office), np.bool_)
    first[1:] = np.any(np.diff(served[:3]) != 0, axis=0) | (start[1:] - end[:-1] > way[1:])
    last = np.append(first[1:], True)
    come = start[first]
    stays = np.stack([office[first], day[first], come, np.maximum(end[last] - 1, come + 1), place[first]], axis=1)
    return stays[np.lexsort(stays.T[::-1])]
