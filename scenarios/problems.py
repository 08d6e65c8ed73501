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


#: what each code means, in one line; E is an error, W a warning
CODES: dict[str, str] = {
    "E-FILE-001": "scenario not found",
    "E-FILE-002": "required table or settings missing",
    "E-FILE-003": "file cannot be read",
    "E-FILE-004": "file or sheet without any cell",
    "E-FILE-005": "header without rows in a required table",
    "E-FILE-006": "not a text table",
    "E-FILE-007": "file too large",
    "E-FILE-008": "table given twice, as CSV and as workbook",
    "E-FILE-009": "file name nearly that of a table",
    "E-FILE-010": "file holds another table",
    "W-FILE-011": "CSV file that is no table of the scenario",
    "E-FILE-012": "no such file",
    "E-FILE-013": "no file but a folder, pipe or device",
    "E-ENC-001": "bytes that are not UTF-8",
    "E-ENC-002": "UTF-16 text",
    "E-ENC-003": "NUL bytes",
    "E-ENC-004": "text decoded with the wrong encoding",
    "E-ENC-005": "invisible or control character",
    "W-ENC-006": "text of a legacy font (TCVN3, VNI)",
    "E-CSV-001": "quote that is not closed",
    "E-CSV-002": "too many or too few cells",
    "E-CSV-003": "row with another separator",
    "E-CSV-004": "title lines above the header",
    "E-CSV-005": "header repeated",
    "E-CSV-006": "row of totals",
    "W-CSV-007": "blank row inside the table",
    "E-COL-001": "column named twice",
    "E-COL-002": "required column missing",
    "E-COL-003": "unknown column",
    "E-COL-004": "column without a name",
    "E-NUM-001": "not a number",
    "E-NUM-002": "decimal comma or thousands without a declared number format",
    "E-NUM-003": "not a finite number",
    "E-NUM-004": "not a whole number",
    "E-NUM-005": "number out of bounds",
    "E-NUM-006": "unit inside the cell",
    "E-NUM-007": "digits of another script, or underscores",
    "E-NUM-008": "decimal point where number_format is vi",
    "W-NUM-009": "point read as thousands separator",
    "W-NUM-010": "service longer than a working day",
    "E-VAL-001": "empty cell",
    "E-VAL-002": "not one of the allowed words",
    "E-VAL-003": "not yes or no",
    "E-VAL-004": "text too long",
    "E-VAL-005": "refused by the schema",
    "E-VAL-006": "number or date where text belongs",
    "E-VAL-007": "not a list of numbers",
    "E-VAL-008": "list of wrong length",
    "E-VAL-009": "no ground in either language",
    "E-ID-001": "id with characters that are not allowed",
    "E-ID-002": "id too long",
    "E-DATE-001": "not a date",
    "E-DATE-002": "no such day",
    "E-DATE-003": "ambiguous order of day and month",
    "E-DATE-004": "year out of range",
    "E-DATE-005": "time or time zone in a date",
    "W-DATE-006": "dated change outside every phase",
    "E-TIME-001": "not a time of day",
    "E-TIME-002": "no such time of day",
    "E-TOML-001": "syntax error in the settings",
    "E-TOML-002": "setting given twice",
    "E-TOML-003": "unknown setting or section",
    "E-TOML-004": "section missing",
    "E-TOML-005": "setting missing",
    "E-TOML-006": "setting of another type",
    "E-TOML-007": "unknown schema version",
    "E-VAR-001": "unknown variant or disturbance",
    "E-VAR-002": "row of a variant without its key",
    "E-VAR-003": "date given to what takes none",
    "W-VAR-004": "disturbance that changes nothing",
    "E-XLS-001": "damaged, or no workbook",
    "E-XLS-002": "old or password-protected workbook",
    "E-XLS-003": "workbook unpacks beyond the limit",
    "E-XLS-004": "hostile workbook",
    "E-XLS-005": "merged cells",
    "E-XLS-006": "formula without a stored value",
    "E-XLS-007": "error cell",
    "E-XLS-008": "sheet name nearly that of a table",
    "W-XLS-011": "hidden rows",
    "W-XLS-012": "hidden sheet",
    "W-XLS-013": "sheet that is no table",
    "E-KEY-001": "key used twice",
    "E-KEY-002": "keys that differ in case only",
    "E-KEY-003": "name used twice",
    "W-NAME-001": "names that look alike",
    "W-NAME-002": "look-alike letter",
    "E-REF-001": "unknown id",
    "E-REF-002": "unknown indicator",
    "E-REF-003": "unknown table",
    "E-REF-004": "unknown column of a table",
    "E-LEVEL-001": "place that does not fit the level",
    "E-SKILL-001": "pace out of range",
    "E-SKILL-002": "skill listed twice",
    "E-SHARE-001": "shares of an arrival profile do not add up to one",
    "E-SHARE-002": "shares of channels above one",
    "E-SHARE-003": "shares of origins above one",
    "E-SHARE-004": "unit as its own origin",
    "E-SHARE-005": "shares of ways to give a result above one",
    "E-FACTOR-001": "no weekday or month with demand",
    "E-ORDER-001": "times out of order",
    "E-ORDER-002": "days out of order",
    "E-WINDOW-001": "windows of an arrival profile overlap",
    "E-WINDOW-002": "officer in two places at once",
    "E-PHASE-001": "phases overlap",
    "E-PHASE-002": "last phase of an officer before the first",
    "W-PHASE-003": "phase without working days",
    "E-BOUND-001": "bounds out of order",
    "E-MERGE-001": "office merged into itself",
    "E-MERGE-002": "mergers in a circle",
    "E-MERGE-003": "office merged twice",
    "E-MERGE-004": "merged into an office that is gone",
    "E-CLOSE-001": "closed office sends its citizens to itself",
    "E-CLOSE-002": "office closed twice at once, with citizens sent to two offices",
    "W-CLOSE-003": "office closed for a whole phase and no office to go to",
    "W-CLOSE-004": "citizens sent to an office closed at the same time",
    "W-SLOT-001": "appointments that nobody books",
    "W-SLOT-002": "field booked where no office gives appointments",
    "W-POOL-001": "counter hours or assignment of a reserve",
    "W-POOL-002": "float pool without reserves",
    "E-GEO-001": "latitude and longitude exchanged",
    "W-GEO-002": "place far from all others",
    "E-CREW-001": "crew below the minimum",
    "E-CREW-002": "offered field that nobody of the crew may serve",
    "W-CREW-003": "no holder of an offered field on duty in some open half hour",
    "W-CREW-004": "office with staff and no demand",
    "E-CREW-005": "more officers on duty than counters",
    "E-COUNTER-001": "counters changed at an office that is gone",
    "E-COUNTER-002": "more counters than the premises hold",
    "E-COUNTER-003": "more reserved counters than counters",
    "W-ROSTER-001": "counter hours outside opening hours",
    "W-ROSTER-002": "roster of an officer who does not serve in the phase",
    "E-DEMAND-001": "field in demand that no office offers",
    "E-DEMAND-002": "unit without a competent office for a field",
}
