"""Named groupings of Binh Duong's offices for the third phase, from the merger table of July 2025 in `sources/`."""

from ..phases import phase_view
from ..schema import OfficeChange, Scenario
from .raw_data import read

PHASE, MOVE_DAYS = "p3", 1


def groupings(scenario: Scenario) -> dict[str, tuple[OfficeChange, ...]]:
    """Offices by the units of July 2025: each joins the office of the unit that took most of its people.

    The host is the office at the seat of the new unit, or of its largest member when the seat's own people went elsewhere;
    branches and the center stay as they are.
    """
    before = scenario.model_copy(update={"office_changes": tuple(row for row in scenario.office_changes if row.phase != PHASE)})
    view = phase_view(before, PHASE)
    at_unit = {office.unit: view.survivor[office.id] for office in scenario.offices if office.kind == "point"}
    seats = {row["code"]: row["seat_unit_code"] for row in read("units_2025.csv")}
    most: dict[str, tuple[int, str]] = {}
    for row in read("mapping_2024_2025.csv"):
        most[row["old_code"]] = max(most.get(row["old_code"], (-1, "")), (int(row["pop_2024_est"]), row["new_code"]))
    members: dict[str, list[tuple[int, str]]] = {}
    for old, (people, new) in most.items():
        members.setdefault(new, []).append((people, old))
    changes = []
    for new, found in members.items():
        units = [unit for _, unit in found]
        host = at_unit[seats[new] if seats[new] in units else max(found)[1]]
        offices = {at_unit[unit] for unit in units}
        changes += [
            OfficeChange(phase=PHASE, office=office, into=host, move_days=MOVE_DAYS)
            for office in offices - {host}
            if view.offices[office].kind == "point"
        ]
    return {"july-2025": tuple(sorted(changes, key=lambda row: (row.into, row.office)))}
