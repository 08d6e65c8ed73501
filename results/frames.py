"""Tables of a study as Parquet, tidy: one row a phase, basis, state, replication and thing. Integers as the engine counted.

`plays` `places` `offices` `half_hours` `waits` `units` hold a run whole, `weeks` the whole rollout, `curves` the
response curves; `province` `office_indicators` `differences` `moves` hold what is derived from them.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from scenarios.schema import Scenario
from sim import OFFICE_COLUMNS, UNIT_COLUMNS, Curve, PhaseTables
from sim.tables import HALF_HOUR_COLUMNS

from .compare import Difference, Measured
from .evidence import curve_frame, curves_of
from .summary import Basis, PhaseSummary, RolloutStudy, State, StudyData, Summary

Key = tuple[str, str, str]  #: phase, basis, state
WHOLE = ("plays", "places", "offices", "half_hours", "waits", "units")
ENDS = tuple(f"{state}_{end}" for state in ("as_is", "planned", "change") for end in ("mean", "low", "high"))
KEY_COLUMNS = ("phase", "basis", "state")


def write_tables(study: StudyData, folder: Path, measured: Measured) -> None:
    """Write every table of a study into a folder; those of a run stand in memory for that run alone.

    measured : what is measured of the runs already.
    """
    with _Growing(folder) as written:
        for phase, basis, state, tables in _played(study):
            scenario = study.scenario if state == "as_is" else study.planned_scenario
            for name, table in chain(_whole(tables), _derived(tables, scenario, measured, by_office=basis == "own")):
                written.add(name, table, (phase, basis, state))
    if study.rollout is not None:
        weeks = [study.rollout.as_is.assign(state="as_is"), study.rollout.planned.assign(state="planned")]
        _write(pd.concat(weeks, ignore_index=True), folder, "weeks")
    if study.curves:
        _write(curve_frame(dict(study.curves)), folder, "curves")


class _Growing:
    """Tables written part by part, each part with its key in front."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.writers: dict[str, pq.ParquetWriter] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, place: object) -> None:
        for writer in self.writers.values():
            writer.close()

    def add(self, name: str, part: pa.Table, key: Key) -> None:
        """Write the next part of a table."""
        columns = [pa.repeat(pa.scalar(value), part.num_rows) for value in key] + part.columns
        whole = pa.table(dict(zip([*KEY_COLUMNS, *part.column_names], columns, strict=True)))
        if name not in self.writers:
            self.writers[name] = pq.ParquetWriter(self.folder / f"{name}.parquet", whole.schema, compression="zstd")
        self.writers[name].write_table(whole)


def write_summary_tables(summary: Summary, folder: Path) -> None:
    """Write the paired differences and the moves of a summary into a folder."""
    differences = [
        (phase.id, basis, place, row.indicator, *ends(row), row.verdict)
        for phase in summary.phases
        for basis, place, rows in compared(phase)
        for row in rows
    ]
    moves = [
        (phase.id, move.officer, move.officer_name, move.source, move.target, move.reason.code)
        for phase in summary.phases
        for move in phase.moves
    ]
    _write(pd.DataFrame(differences, columns=["phase", "basis", "office", "indicator", *ENDS, "verdict"]), folder, "differences")
    _write(pd.DataFrame(moves, columns=["phase", "officer", "name", "from", "to", "reason"]), folder, "moves")


def compared(phase: PhaseSummary) -> Iterator[tuple[Basis, str, tuple[Difference, ...]]]:
    """Yield basis, office ("" = all together) and differences of everything compared in a phase."""
    yield "own", "", phase.own.province
    if phase.reference is not None:
        yield "reference", "", phase.reference.province
    for office in phase.offices:
        yield "own", office.id, office.comparison.differences


def ends(row: Difference) -> tuple[float, ...]:
    """The nine figures of a difference, named by ENDS."""
    return tuple(end for interval in (row.before, row.after, row.change) for end in (interval.mean, interval.low, interval.high))


def _write(frame: pd.DataFrame, folder: Path, name: str) -> None:
    frame.to_parquet(folder / f"{name}.parquet", compression="zstd", index=False)


def _played(study: StudyData) -> Iterator[tuple[str, Basis, State, PhaseTables]]:
    for phase in study.phases:
        for basis, state, tables in phase.played():
            yield phase.phase, basis, state, tables


def _table(frame: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata()


def _derived(tables: PhaseTables, scenario: Scenario, measured: Measured, *, by_office: bool) -> Iterator[tuple[str, pa.Table]]:
    """Yield what is measured of a run."""
    yield "province", _table(measured.province(tables, scenario).reset_index())
    if by_office:
        yield "office_indicators", _table(measured.offices(tables, scenario))


def _whole(tables: PhaseTables) -> Iterator[tuple[str, pa.Table]]:
    """Yield the tables that hold a run whole, one at a time in memory."""
    replications = np.array(tables.replications, np.int64)
    days = np.full(len(replications), tables.days)
    yield "plays", pa.table({"replication": replications, "days": days, "visit_hash": tables.visit_hash})
    yield "offices", _dense(tables.office, OFFICE_COLUMNS, replications, "office", tables.office_ids)
    yield "units", _dense(tables.unit, UNIT_COLUMNS, replications, "unit", tables.unit_ids)
    used = _places(np.asarray(tables.half_hour.any(axis=3)))
    sums = tables.half_hour[tuple(used.T)]
    yield "half_hours", _sparse(used, replications, tables.office_ids, "half_hour", sums, HALF_HOUR_COLUMNS)
    met = _places(tables.wait_histogram != 0)
    called = tables.wait_histogram[tuple(met.T)].astype(np.int64)[:, None]
    yield "waits", _sparse(met, replications, tables.office_ids, "bin", called, ("called",))
    ids = (*tables.office_ids, *tables.unit_ids)
    kinds = np.repeat([0, 1], [len(tables.office_ids), len(tables.unit_ids)])
    bins = np.full(len(ids), tables.wait_histogram.shape[2])
    yield "places", pa.table({"kind": _named(("office", "unit"), kinds), "id": list(ids), "bins": bins})


def _places(met: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Where a table of three dimensions is met, (n, 3), as `argwhere` does at five times the price."""
    return np.stack(np.unravel_index(np.flatnonzero(met), met.shape), axis=1)


def _dense(
    values: NDArray[np.int64], columns: tuple[str, ...], replications: NDArray[np.int64], name: str, ids: tuple[str, ...]
) -> pa.Table:
    runs, rows = len(replications), values.reshape(-1, len(columns)).T
    head = {"replication": np.repeat(replications, len(ids)), name: _named(ids, np.tile(np.arange(len(ids)), runs))}
    return pa.table(head | dict(zip(columns, rows, strict=True)))


def _sparse(
    places: NDArray[np.int64],
    replications: NDArray[np.int64],
    ids: tuple[str, ...],
    third: str,
    values: NDArray[np.int64],
    columns: tuple[str, ...],
) -> pa.Table:
    head = {"replication": replications[places[:, 0]], "office": _named(ids, places[:, 1]), third: places[:, 2]}
    return pa.table(head | dict(zip(columns, values.T, strict=True)))


def _named(ids: Sequence[str], ranks: NDArray[np.int64]) -> pa.Array:
    """Ids of ranks."""
    return pa.array(ids, pa.string()).take(pa.array(ranks))


def read_tables(folder: Path) -> Mapping[Key, PhaseTables]:
    """Read back the tables of every run by phase, basis and state."""
    groups = {name: _groups(pd.read_parquet(folder / f"{name}.parquet")) for name in WHOLE}
    return {key: _tables(key, {name: groups[name].get(key) for name in WHOLE}) for key in groups["plays"]}


def read_rollout(folder: Path) -> RolloutStudy | None:
    """Read back the weeks of the rollout, None when it was not played."""
    path = folder / "weeks.parquet"
    if not path.is_file():
        return None
    weeks = pd.read_parquet(path)
    parts = [weeks[weeks["state"] == state].drop(columns="state").reset_index(drop=True) for state in ("as_is", "planned")]
    return RolloutStudy(*parts)


def read_curves(folder: Path) -> dict[str, tuple[Curve, ...]]:
    """Read back the response curves by phase, none when the run has none."""
    path = folder / "curves.parquet"
    return curves_of(pd.read_parquet(path)) if path.is_file() else {}


def _groups(frame: pd.DataFrame) -> dict[Key, pd.DataFrame]:
    found = {}
    for key, rows in frame.groupby(list(KEY_COLUMNS), sort=False, observed=True):
        phase, basis, state = key
        found[str(phase), str(basis), str(state)] = rows
    return found


def _tables(key: Key, parts: Mapping[str, pd.DataFrame | None]) -> PhaseTables:
    plays, places, offices, units = (parts[name] for name in ("plays", "places", "offices", "units"))
    if plays is None or places is None or offices is None or units is None:
        raise KeyError(key)
    office_ids = tuple(places.loc[places["kind"] == "office", "id"])
    unit_ids = tuple(places.loc[places["kind"] == "unit", "id"])
    replications = tuple(int(number) for number in plays["replication"])
    runs, bins = len(replications), int(places["bins"].iloc[0])
    half_hour = np.zeros((runs, len(office_ids), 48, len(HALF_HOUR_COLUMNS)), np.int64)
    histogram = np.zeros((runs, len(office_ids), bins), np.int64)
    for rows, third, columns, target in (
        (parts["half_hours"], "half_hour", HALF_HOUR_COLUMNS, half_hour),
        (parts["waits"], "bin", ("called",), histogram[..., None]),
    ):
        if rows is not None:
            index = (
                pd.Index(replications).get_indexer(pd.Index(rows["replication"])),
                pd.Index(office_ids).get_indexer(pd.Index(rows["office"])),
                rows[third].to_numpy(np.int64),
            )
            target[index] = rows[list(columns)].to_numpy(np.int64)
    return PhaseTables(
        phase=key[0],
        office_ids=office_ids,
        unit_ids=unit_ids,
        days=int(plays["days"].iloc[0]),
        replications=replications,
        office=offices[list(OFFICE_COLUMNS)].to_numpy(np.int64).reshape(runs, len(office_ids), -1),
        half_hour=half_hour,
        wait_histogram=histogram,
        unit=units[list(UNIT_COLUMNS)].to_numpy(np.int64).reshape(runs, len(unit_ids), -1),
        visit_hash=plays["visit_hash"].to_numpy(np.uint64),
    )
