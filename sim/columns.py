"""What is counted: the columns of the integer tables and of records, for compiled code."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# columns of the office table; all counts, or ticks summed. The first eight after TICKETS follow the outcomes
(
    TICKETS,
    SERVED_COUNT,
    LEFT_COUNT,
    BALKED_COUNT,
    SENT_AWAY_COUNT,
    INCOMPLETE_COUNT,
    TURNED_BACK_COUNT,
    NO_SHOW_COUNT,
    DEFERRED_COUNT,
    WAIT_CALLED,
    WAIT_LOST,
    OVER_STANDARD,
    OVER_LONG,
    OVERLOAD,
    BUSY,
    OVERTIME,
    ROSTERED,
    TRAVEL,
    SERVICE,
    BOUNDARY_FREE,
    WITHIN_ACCESS,
    DIGITIZED,
    REUSED_COUNT,
    RETURNED,
    BOOKED_COUNT,
    FETCHED,
    FINISHED,
    STOPPED,
    OVERLOADED_HALF_HOURS,
    RECEIVED,
    REMOTE,
    COMPLETED,
    ON_TIME,
    ARCHIVED,
    POSTED,
    OPEN_FILES,
    OVERDUE,
    ABSENT,
    SENT,
    HELP,
    CHANGE,
) = range(41)
OFFICE_WIDTH = 41
# columns of the unit table
UNIT_TICKETS, UNIT_CALLED, UNIT_WAIT_CALLED, UNIT_TRAVEL, UNIT_WAIT, UNIT_SERVICE, UNIT_WITHIN, UNIT_FINISHED = range(8)
UNIT_WIDTH = 8
HALF_HOURS = 48
BIN = 15_000
BINS = 2401  #: of 15 s; the last holds all waits from ten hours up

# columns of what became of a visit, written by the event loop
D_OUTCOME, D_OFFICER, D_START, D_END, D_WAIT, D_PAUSED, D_SCANNED = range(7)
DONE_WIDTH = 7
# columns of a record: one row a visit
(
    R_CODE,
    R_OFFICE,
    R_OFFICER,
    R_ARRIVAL,
    R_START,
    R_END,
    R_OUTCOME,
    R_WAIT,
    R_TRAVEL,
    R_ORIGIN,
    R_REUSED,
    R_DAY,
    R_PAUSED,
    R_SCANNED,
    R_BOOKED,
    R_DOSSIERS,
) = range(16)
RECORD_COLUMNS = 16
# columns of what is counted of an office or a unit on a day: visits to the office that are not made to fetch a result, those that
# are, and from there on the dossiers handed in, by field
COUNTED_VISITS, COUNTED_FETCHING, COUNTED_FIELDS = range(3)


class Tables(NamedTuple):
    """Integer tables of one replication of one phase, added up day by day."""

    office: NDArray[np.int64]  #: (O, OFFICE_WIDTH)
    half_hour: NDArray[np.int64]  #: (O, 48, 3) tickets, overload ticks, days overloaded; by the half hour of the ticket
    wait_histogram: NDArray[np.int64]  #: (O, BINS) waits of visits called to a counter
    unit: NDArray[np.int64]  #: (U, UNIT_WIDTH)
