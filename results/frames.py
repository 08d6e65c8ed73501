"""Tables of a study as Parquet, tidy: one row a phase, basis, state, replication and thing. Integers as the engine counted.

`plays` `places` `offices` `half_hours` `waits` `units` hold a run whole, `weeks` the whole rollout, `curves` the
response curves; `province` `office_indicators` `differences` `moves` hold what is derived from them.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim import OFFICE_COLUMNS, UNIT_COLUMNS, Curve, PhaseTables
from sim import measures as sim_measures
from sim.tables import HALF_HOUR_COLUMNS

from .compare import Difference, province_indicators
from .evidence import curve_frame, curves_of
from .summary import Basis, PhaseSummary, RolloutStudy, State, StudyData, Summary

Key = tuple[str, str, str]  #: phase, basis, state
WHOLE = ("plays", "places", "offices", "half_hours", "waits", "units")
ENDS = tuple(f"{state}_{end}" for state in ("as_is", "planned", "change") for end in ("mean", "low", "high"))
KEY_COLUMNS = ("phase", "basis", "state")


def write_tables(study: StudyData, folder: Path) -> None:
    """Write every table of a study into a folder."""
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in (*WHOLE, "province", "office_indicators")}
    for phase, basis, state, tables in _played(study):
        scenario = study.scenario if state == "as_is" else study.planned_scenario
        derived = {"province": province_indicators(tables, scenario).reset_index()}
        if basis == "own":
            derived["office_indicators"] = sim_measures.offices(tables, scenario)
        for name, frame in (_frames(tables) | derived).items():
            for place, (column, value) in enumerate(zip(KEY_COLUMNS, (phase, basis, state), strict=True)):
                frame.insert(place, column, value)
            parts[name].append(frame)
    if study.rollout is not None:
        parts["weeks"] = [study.rollout.as_is.assign(state="as_is"), study.rollout.planned.assign(state="planned")]
    if study.curves:
        parts["curves"] = [curve_frame(dict(study.curves))]
    for name, frames in parts.items():
        if frames:
            _write(pd.concat(frames, ignore_index=True), folder, name)


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


def _frames(tables: PhaseTables) -> dict[str, pd.DataFrame]:
    replications = np.array(tables.replications, np.int64)
    plays = pd.DataFrame({"replication": replications, "days": tables.days, "visit_hash": tables.visit_hash})
    offices = _dense(tables.office, OFFICE_COLUMNS, replications, "office", tables.office_ids)
    units = _dense(tables.unit, UNIT_COLUMNS, replications, "unit", tables.unit_ids)
    used = np.argwhere(tables.half_hour.any(axis=3))
    half_hours = _sparse(used, replications, tables.office_ids, "half_hour")
    for place, column in enumerate(HALF_HOUR_COLUMNS):
        half_hours[column] = tables.half_hour[used[:, 0], used[:, 1], used[:, 2], place]
    met = np.argwhere(tables.wait_histogram)
    waits = _sparse(met, replications, tables.office_ids, "bin")
    waits["called"] = tables.wait_histogram[met[:, 0], met[:, 1], met[:, 2]]
    ids = [("office", name) for name in tables.office_ids] + [("unit", name) for name in tables.unit_ids]
    places = pd.DataFrame(ids, columns=["kind", "id"])
    places["bins"] = tables.wait_histogram.shape[2]
    return {"plays": plays, "offices": offices, "half_hours": half_hours, "waits": waits, "units": units, "places": places}


def _dense(
    values: NDArray[np.int64], columns: tuple[str, ...], replications: NDArray[np.int64], name: str, ids: tuple[str, ...]
) -> pd.DataFrame:
    frame = pd.DataFrame(values.reshape(-1, len(columns)), columns=list(columns))
    frame.insert(0, "replication", np.repeat(replications, len(ids)))
    frame.insert(1, name, np.tile(np.array(ids, object), len(replications)))
    return frame


def _sparse(places: NDArray[np.int64], replications: NDArray[np.int64], ids: tuple[str, ...], third: str) -> pd.DataFrame:
    offices = np.array(ids, object)[places[:, 1]]
    return pd.DataFrame({"replication": replications[places[:, 0]], "office": offices, third: places[:, 2]})


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
