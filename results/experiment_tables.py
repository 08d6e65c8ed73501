"""Tables of an experiment, tidy: one row a point, phase, replication and indicator, with the factors beside."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim import Interval, interval, paired

from .exports import write_frame
from .sensitivity import Sensitivity, morris_effects, sobol_indices

KEY = ["phase", "indicator"]
ENDS = ("mean", "low", "high")


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
    return points.merge(pd.concat(parts, ignore_index=True), on="point", sort=False)


def network(values: pd.DataFrame) -> pd.DataFrame:
    """The rows of the whole network."""
    return values[values["office"] == ""].drop(columns="office").reset_index(drop=True)


def by_office(values: pd.DataFrame) -> pd.DataFrame:
    """The rows of single offices."""
    return values[values["office"] != ""].reset_index(drop=True)


def summary_frame(points: pd.DataFrame, values: pd.DataFrame, *, common_draws: bool) -> pd.DataFrame:
    """Mean and interval at each point, and the change since point 0, paired where points share their draws."""
    wide = network(values).pivot(index=[*KEY, "point"], columns="replication", values="value")
    rows = []
    order = network(values)[[*KEY]].drop_duplicates().itertuples(index=False)
    numbers = values["point"].unique()
    for phase, indicator in order:
        by_point = wide.loc[(phase, indicator)]
        first = by_point.loc[numbers[0]].to_numpy(np.float64)
        for number in numbers:
            here = by_point.loc[number].to_numpy(np.float64)
            mean = interval(here)
            change = paired(first, here) if common_draws else Interval(mean.mean - interval(first).mean, np.nan, np.nan)
            rows.append((number, phase, indicator, *_ends(mean), *_ends(change)))
    columns = ["point", *KEY, *ENDS, *(f"change_{end}" for end in ENDS)]
    return points.merge(pd.DataFrame(rows, columns=columns), on="point", sort=False)


def _ends(found: Interval) -> tuple[float, float, float]:
    return found.mean, found.low, found.high


def sensitivity_frame(
    kind: str, factors: Sequence[str], sample: NDArray[np.float64], summary: pd.DataFrame, seed: int
) -> pd.DataFrame:
    """Measures of a Morris or Sobol' design by phase, indicator and factor; none of an indicator not always measured."""
    rows = []
    for phase, indicator in summary[KEY].drop_duplicates().itertuples(index=False):
        chosen = summary[(summary["phase"] == phase) & (summary["indicator"] == indicator)]
        outcome = chosen.sort_values("point")["mean"].to_numpy(np.float64)
        if np.isnan(outcome).any():
            continue
        found: tuple[Sensitivity, ...] = (
            morris_effects(factors, sample, outcome, seed) if kind == "morris" else sobol_indices(factors, outcome, seed)
        )
        rows += [(phase, indicator, one.factor, one.measure, *_ends(one.value)) for one in found]
    return pd.DataFrame(rows, columns=[*KEY, "factor", "measure", "value", "low", "high"])


def write_both(frame: pd.DataFrame, folder: Path, name: str) -> None:
    """Write a table as Parquet and as CSV that opens safely in a spreadsheet."""
    frame.to_parquet(folder / f"{name}.parquet", compression="zstd", index=False)
    write_frame(frame, folder / f"{name}.csv")
