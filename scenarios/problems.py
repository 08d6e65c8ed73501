"""Problems of a scenario as data: a code, a place and values. `results.wording` turns them into sentences."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong, with its place.

    file : name inside the scenario ("officers.csv", "scenario.toml", a sheet of a workbook); row : as the
    spreadsheet shows it, 0 when the whole file is meant; column : its header, "" for the whole row.
    """

    file: str
    row: int
    column: str
    code: str
    found: str = ""
    expected: str = ""
    values: tuple[tuple[str, str], ...] = field(default=(), compare=False)
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        place = ", ".join(part for part in (self.file, f"row {self.row}" if self.row else "", self.column) if part)
        return f"{self.code} {place}: found {self.found!r}, expected {self.expected!r}"


class ScenarioError(ValueError):
    """All the problems of one scenario; `problems` holds at least one error."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(map(str, self.problems)))
