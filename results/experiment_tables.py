"""Tables of an experiment, tidy: one row a point, phase, replication and indicator, with the factors beside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim import Interval, interval, paired

from .exports import write_frame
from .sensitivity import Sensitivity, morris_effects, sobol_indices

SPREADSHEET_ROWS = 1_048_576


def points_frame(names: Sequence[str], points: Sequence[Sequence[float | str | None]], text: frozenset[str]) -> pd.DataFrame:
    """One row a point: its number and the value of each factor, empty where a factor is as it is."""
    frame = pd.DataFrame({"point": np.arange(len(points), dtype=np.int64)})
    for rank, name in enumerate(names):
        cells = [point[rank] for point in points]
        if name in text:
            frame[name] = pd.Series(["" if cell is None else cell for cell in cells], dtype=object)
        else:
            frame[name] = np.array([np.nan if cell is None else cell for cell in cells], np.float64)
    return frame


def tidy(points: pd.DataFrame, results: Mapping[int, pd.DataFrame]) -> pd.DataFrame:
    """Everything measured, with the factors of its point; an empty office is the whole network."""
    parts = [frame.assign(point=np.int64(number)) for number, frame in sorted(results.items())]
    values = pd.concat(parts, ignore_index=True).astype(dict.fromkeys(("phase", "office", "indicator"), "category"))
    return points.merge(values, on="point", sort=False)


def network(values: pd.DataFrame) -> pd.DataFrame:
    """The rows of the whole network."""
    return values[values["office"] == ""].drop(columns="office").reset_index(drop=True)


def by_office(values: pd.DataFrame) -> pd.DataFrame:
    """The rows of single offices."""
    return values[values["office"] != ""].reset_index(drop=True)


@dataclass(frozen=True, slots=True)
class PointFigure:
    """An indicator at a point, and how it changes since point 0 (paired where points share their draws)."""

    point: int
    phase: str
    indicator: str
    value: Interval
    change: Interval


def point_figures(values: pd.DataFrame, *, common_draws: bool) -> tuple[PointFigure, ...]:
    """Means over the replications of each point, by phase, indicator and point; values : of the whole network."""
    found = []
    for (phase, indicator), rows in values.groupby(["phase", "indicator"], sort=False):
        by_point = rows.pivot(index="point", columns="replication", values="value")
        first = by_point.iloc[0].to_numpy(np.float64)
        for number, row in zip(by_point.index.tolist(), by_point.to_numpy(np.float64), strict=True):
            value = interval(row)
            change = paired(first, row) if common_draws else Interval(value.mean - interval(first).mean, np.nan, np.nan)
            found.append(PointFigure(int(number), str(phase), str(indicator), value, change))
    return tuple(found)


def idle_factors(
    names: Sequence[str], points: Sequence[Sequence[float | str | None]], figures: Sequence[PointFigure]
) -> tuple[str, ...]:
    """Factors that change no figure where all others stay, of those for which there are such points."""
    figures_at: dict[int, list[tuple[float, float, float]]] = {}
    for one in figures:
        figures_at.setdefault(one.point, []).append(_ends(one.value))
    shown = [repr(figures_at[number]) for number in range(len(points))]  # a figure not measured equals itself here
    idle = []
    for rank, name in enumerate(names):
        alike: dict[tuple[float | str | None, ...], list[int]] = {}
        for number, point in enumerate(points):
            alike.setdefault((*point[:rank], *point[rank + 1 :]), []).append(number)
        groups = [group for group in alike.values() if len({points[number][rank] for number in group}) > 1]
        if groups and all(len({shown[number] for number in group}) == 1 for group in groups):
            idle.append(name)
    return tuple(idle)


def summary_frame(points: pd.DataFrame, figures: Sequence[PointFigure]) -> pd.DataFrame:
    """The figures of every point, with its factors."""
    rows = [(one.point, one.phase, one.indicator, *_ends(one.value), *_ends(one.change)) for one in figures]
    ends = ("mean", "low", "high")
    frame = pd.DataFrame(rows, columns=["point", "phase", "indicator", *ends, *(f"change_{end}" for end in ends)])
    return points.merge(frame, on="point", sort=False)


def _ends(found: Interval) -> tuple[float, float, float]:
    return found.mean, found.low, found.high


Sensitivities = Mapping[tuple[str, str], tuple[Sensitivity, ...]]  #: (phase, indicator) → measures of all factors


def sensitivities(
    kind: str, factors: Sequence[str], sample: NDArray[np.float64], figures: Sequence[PointFigure], seed: int
) -> Sensitivities:
    """Measures of a Morris or Sobol' design; none of an indicator that some point did not measure."""
    found = {}
    for key in dict.fromkeys((one.phase, one.indicator) for one in figures):
        outcome = np.array([one.value.mean for one in figures if (one.phase, one.indicator) == key])
        if not np.isnan(outcome).any():
            morris = kind == "morris"
            found[key] = morris_effects(factors, sample, outcome, seed) if morris else sobol_indices(factors, outcome, seed)
    return found


def sensitivity_frame(found: Sensitivities) -> pd.DataFrame:
    """One row a phase, indicator, factor and measure."""
    rows = [(*key, one.factor, one.measure, *_ends(one.value)) for key, measures in found.items() for one in measures]
    return pd.DataFrame(rows, columns=["phase", "indicator", "factor", "measure", "value", "low", "high"])


def write_both(frame: pd.DataFrame, folder: Path, name: str) -> None:
    """Write a table as Parquet, and as CSV that opens safely in a spreadsheet unless it has more rows than one holds."""
    frame.to_parquet(folder / f"{name}.parquet", compression="zstd", index=False)
    if len(frame) < SPREADSHEET_ROWS:
        write_frame(frame, folder / f"{name}.csv")
