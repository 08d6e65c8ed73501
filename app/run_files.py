"""What a run writes as it is played: every visit, and the indicators of each replication."""

import os
from datetime import date
from pathlib import Path
from types import TracebackType

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from results.exports import GrowingFrame
from scenarios import Scenario
from scenarios.workdays import phase_blocks
from sim.columns import (
    R_ARRIVAL,
    R_BOOKED,
    R_CODE,
    R_DAY,
    R_DOSSIERS,
    R_END,
    R_OFFICE,
    R_OFFICER,
    R_ORIGIN,
    R_OUTCOME,
    R_PAUSED,
    R_REUSED,
    R_SCANNED,
    R_START,
    R_TRAVEL,
    R_WAIT,
)
from sim.network import Compiled
from sim.rollout import OFFICE_INDICATORS
from sim.streams import VISIT_BITS, fetches, field_of, number_of, unit_of
from sim.tables import OUTCOMES


class CitizenFile:
    """One row a visit in a Parquet file, warm-up days included and marked; it takes its name when all is written."""

    def __init__(self, scenario: Scenario, path: Path, days: int | None) -> None:
        self.scenario, self.path, self.days = scenario, path, days
        self.temporary = path.with_name(f".{path.name}.tmp-{os.getpid()}")
        self.writer: pq.ParquetWriter | None = None

    def __enter__(self) -> "CitizenFile":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, place: object) -> None:
        if self.writer is not None:
            self.writer.close()
        if kind is None and self.temporary.exists():
            os.replace(self.temporary, self.path)
        else:
            self.temporary.unlink(missing_ok=True)

    def add(self, phase: Compiled, replication: int, records: NDArray[np.int64]) -> None:
        """Write the visits of a replication."""
        table = self._table(phase, replication, records)
        if self.writer is None:
            self.writer = pq.ParquetWriter(self.temporary, table.schema)
        self.writer.write_table(table)

    def _table(self, phase: Compiled, replication: int, records: NDArray[np.int64]) -> pa.Table:
        code, day, office, place = (records[:, column] for column in (R_CODE, R_DAY, R_OFFICE, R_OFFICER))
        dates, measured = self._days(phase.phase, day)
        rows = len(records)
        return pa.table(
            {
                "phase": pa.array([phase.phase] * rows, pa.string()),
                "replication": pa.array(np.full(rows, replication)),
                "date": pa.array(dates, pa.date32()),
                "measured": pa.array(measured, pa.bool_()),
                "citizen": pa.array(code >> VISIT_BITS),
                "visit": pa.array(number_of(code)),
                "fetches": pa.array(fetches(code)),
                "unit": _names(phase.unit_ids, unit_of(code)),
                "origin": _names(phase.unit_ids, records[:, R_ORIGIN]),
                "field": _names(phase.field_ids, field_of(code)),
                "office": _names(phase.office_ids, office),
                "officer": _names(phase.officer_ids, np.where(place < 0, -1, phase.network.crew_start[office] + place)),
                "outcome": _names(OUTCOMES, records[:, R_OUTCOME]),
                "arrival_ms": pa.array(records[:, R_ARRIVAL]),
                "start_ms": pa.array(records[:, R_START]),
                "end_ms": pa.array(records[:, R_END]),
                "wait_ms": pa.array(records[:, R_WAIT]),
                "travel_ms": pa.array(records[:, R_TRAVEL]),
                "paused_ms": pa.array(records[:, R_PAUSED]),
                "reused": pa.array(records[:, R_REUSED] != 0),
                "booked": pa.array(records[:, R_BOOKED] != 0),
                "dossiers": pa.array(records[:, R_DOSSIERS]),
                "scanned_days": pa.array(records[:, R_SCANNED]),
            }
        )

    def _days(self, phase: str, day: NDArray[np.int64]) -> tuple[list[date], list[bool]]:
        """Date of each visit and whether it counts; the day's number starts again with each block."""
        blocks = phase_blocks(self.scenario, phase, self.days)
        block = np.concatenate([[0], np.cumsum(np.diff(day) < 0)]) if len(day) else day
        places = list(zip(block.tolist(), day.tolist(), strict=True))
        return [blocks[b].days[d] for b, d in places], [d >= blocks[b].lead_in + blocks[b].warmup for b, d in places]


def _names(ids: tuple[str, ...], ranks: NDArray[np.int64]) -> pa.Array:
    """Ids of ranks; nothing where the rank is negative."""
    return pa.array(ids, pa.string()).take(pa.array(ranks, mask=ranks < 0))


class ReplicationFiles:
    """Indicators by replication as they come: replications.csv of the whole network, office_replications.csv of its offices."""

    def __init__(self, place: Path) -> None:
        self.files = GrowingFrame(place / "replications.csv"), GrowingFrame(place / "office_replications.csv")

    def __enter__(self) -> "ReplicationFiles":
        for file in self.files:
            file.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for file in self.files:
            file.__exit__(kind, error, trace)

    def add(self, phase: str, whole: pd.DataFrame, by_office: pd.DataFrame) -> None:
        """Write some replications of a phase."""
        frames = whole.reset_index(), by_office[["replication", "office", *OFFICE_INDICATORS]]
        for file, frame in zip(self.files, frames, strict=True):
            file.add(frame.assign(phase=phase)[["phase", *frame.columns]])
