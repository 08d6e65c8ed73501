"""Weeks of offices that really were, read from a table: which share of the visits waited beyond the standard."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pandas as pd

from scenarios.cells import nearest
from scenarios.phases import phase_view
from scenarios.problems import Problem, ScenarioError
from scenarios.read_csv import read_csv
from scenarios.rows import grouped, read_rows
from scenarios.schema import Count, Entity, Id, Scenario, Share
from scenarios.workdays import Block


class ObservedWeek(Entity):
    """One office in one week; `week` is any day of it."""

    key = ("office", "week")
    office: Id
    week: date
    share: Share  #: of the visits, waited beyond the standard
    visits: Count = 0  #: 0 = not known


def read_observed(path: Path, scenario: Scenario, blocks: Sequence[tuple[str, Sequence[Block]]]) -> pd.DataFrame:
    """Return a row an office and week: phase, start, office, share, visits; ScenarioError with every problem of the file.

    blocks : weeks of each phase that are forecast; of a week outside them, phase and start are empty.
    """
    grid, found = read_csv(path, path.name, list(ObservedWeek.model_fields))
    if grid is None:
        raise ScenarioError(tuple(found))
    comma = grid.separator == ";" and any("," in str(cell) for _, cells in grid.rows for cell in cells)
    table = read_rows(ObservedWeek, grid, comma, True)
    problems = [*found, *table.problems]
    offices = {phase: set(phase_view(scenario, phase).offices) for phase, _ in blocks}
    known = {office.id for office in scenario.offices}
    rows: dict[tuple[str, str, date], int] = {}
    places = []
    for placed in table.rows:
        row, at = placed.entity, (path.name, placed.row)
        assert isinstance(row, ObservedWeek)
        phase, start = _block_of(row.week, blocks)
        if row.office not in known:
            problems.append(Problem(*at, "office", "E-REF-001", row.office, nearest(row.office, known), (("table", "offices"),)))
        elif phase and row.office not in offices[phase]:
            problems.append(Problem(*at, "office", "E-PLN-025", row.office, phase))
        other = rows.setdefault((row.office, phase, start or row.week), placed.row)
        if other != placed.row:
            found_twice = f"{row.office}, {row.week.isoformat()}"
            problems.append(Problem(*at, "week", "E-KEY-001", found_twice, "", (("other_row", str(other)),)))
        places.append((phase, start, row.office, row.share, row.visits))
    if places and not any(phase for phase, *_ in places):
        first, last = blocks[0][1][0].measured[0], blocks[-1][1][-1].measured[-1]
        span = f"{first.isoformat()} – {last.isoformat()}"
        problems.append(Problem(path.name, 0, "week", "E-OBS-001", str(len(places)), span))
    if any(problem.severity == "error" for problem in problems):
        raise ScenarioError(grouped(problems))
    return pd.DataFrame(places, columns=["phase", "start", "office", "share", "visits"])


def _block_of(day: date, blocks: Sequence[tuple[str, Sequence[Block]]]) -> tuple[str, date | None]:
    """Phase and first day of the week a day lies in; of a week in two phases, of the part with the day, else of the first."""
    week = day.isocalendar()[:2]
    parts = [(phase, one) for phase, weeks in blocks for one in weeks if one.measured[0].isocalendar()[:2] == week]
    inside = [part for part in parts if part[1].measured[0] <= day <= part[1].measured[-1]]
    for phase, found in inside or parts:
        return phase, found.measured[0]
    return "", None
