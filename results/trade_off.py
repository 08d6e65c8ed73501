"""Moves against overload: which plans no other beats in both, and where more moves begin to buy little."""

from collections.abc import Sequence
from dataclasses import dataclass

from optimizer import Choice
from sim import Interval

from .exports import Cell


@dataclass(frozen=True, slots=True)
class TradePoint:
    """A plan by its moves and the overload it leaves, person-minutes a day; `proven` when the solver proved it best."""

    moves: int
    overload: Interval
    proven: bool = True


def efficient(points: Sequence[TradePoint]) -> tuple[TradePoint, ...]:
    """Points that no other beats in both moves and overload, by moves."""
    kept: list[TradePoint] = []
    for point in sorted(points, key=lambda point: (point.moves, point.overload.mean)):
        if not kept or point.overload.mean < kept[-1].overload.mean:
            kept.append(point)
    return tuple(kept)


def knee(points: Sequence[TradePoint]) -> TradePoint | None:
    """The efficient point farthest below the line between the two ends, both axes scaled to 1; None with less than three.

    Satopää, Albrecht, Irwin and Raghavan, "Finding a Kneedle in a Haystack", 2011.
    """
    front = efficient(points)
    if len(front) < 3:
        return None
    across, down = front[-1].moves - front[0].moves, front[0].overload.mean - front[-1].overload.mean

    def below(point: TradePoint) -> float:
        return (front[0].overload.mean - point.overload.mean) / down - (point.moves - front[0].moves) / across

    return max(front, key=lambda point: (below(point), -point.moves))


def trade_points(choices: Sequence[Choice]) -> tuple[TradePoint, ...]:
    """Plans as points of the picture; the plan that is held against the others counts as one that was not proven."""
    return tuple(
        TradePoint(sum(one.moves), one.overload, one.outcome.status == "optimal" and one.max_moves is not None) for one in choices
    )


def unproven(choices: Sequence[Choice]) -> tuple[Choice, ...]:
    """The plans for caps that were not proven to be the best; the plan held against them claims nothing."""
    return tuple(one for one in choices if one.max_moves is not None and one.outcome.status != "optimal")


def knee_of(choices: Sequence[Choice]) -> Choice | None:
    """The plan at the knee."""
    points = trade_points(choices)
    found = knee(points)
    return None if found is None else choices[points.index(found)]


def choice_header(phases: Sequence[str]) -> list[str]:
    """Columns of the plans as a table."""
    by_phase = [f"{name}_{phase}" for phase in phases for name in ("moves", "predicted", "simulated")]
    return [
        "max_moves",
        "status",
        "moves",
        "overload_min_per_day",
        "low",
        "high",
        "change",
        "change_low",
        "change_high",
        *by_phase,
    ]


def choice_rows(choices: Sequence[Choice]) -> list[list[Cell]]:
    """One row a plan; empty cells where nothing was simulated, and no cap for the plan held against the others."""
    rows: list[list[Cell]] = []
    for one in choices:
        ends = [one.overload.mean, one.overload.low, one.overload.high, one.change.mean, one.change.low, one.change.high]
        row: list[Cell] = ["" if one.max_moves is None else one.max_moves, one.outcome.status, sum(one.moves)]
        row += ["" if value != value else value for value in ends]
        for rank, moves in enumerate(one.moves):
            row += [moves, one.predicted[rank], one.simulated[rank].mean if one.simulated else ""]
        rows.append(row)
    return rows
