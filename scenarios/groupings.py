"""Named groupings of offices beside a scenario: `groupings/NAME.csv`, in the form of `office_changes.csv`."""

from dataclasses import replace
from pathlib import Path

from .checks import check_scenario
from .load import LIBRARY, bundled
from .problems import ScenarioError
from .read_csv import read_csv
from .rows import read_table
from .schema import ANY, OfficeChange, Scenario, Source

FOLDER = "groupings"


def groupings_beside(name: str | Path) -> dict[str, Path]:
    """Files of the groupings beside a scenario, by name; a scenario with a variant has those of the scenario."""
    text = str(name)
    folders = [LIBRARY / place if place in bundled() else Path(place) for place in (text, text.rpartition(":")[0]) if place]
    found = next((folder / FOLDER for folder in folders if (folder / FOLDER).is_dir()), None)
    return {path.stem: path for path in sorted(found.glob("*.csv"))} if found else {}


def read_grouping(path: Path, scenario: Scenario, phase: str) -> tuple[OfficeChange, ...]:
    """Read the changes of a phase from a file; rows of other phases are passed over. ScenarioError when they break rules."""
    grid, problems = read_csv(path, path.name, list(OfficeChange.model_fields))
    if grid is None:
        raise ScenarioError(problems)
    read = read_table("office_changes", grid, False, False)
    found = [*problems, *read.problems]
    if any(problem.severity == "error" for problem in found):
        raise ScenarioError(found)
    changes = tuple(row.entity for row in read.rows if isinstance(row.entity, OfficeChange) and row.entity.phase == phase)
    broken = [problem for problem in check_scenario(regrouped(scenario, phase, changes)) if problem.severity == "error"]
    if broken:
        raise ScenarioError(
            replace(problem, file=path.name) if problem.file.startswith("office_changes") else problem for problem in broken
        )
    return changes


def regrouped(scenario: Scenario, phase: str, changes: tuple[OfficeChange, ...]) -> Scenario:
    """The scenario with other office changes in a phase.

    Helpers at the door stand in every office of the phase: one that the scenario's own changes would close gets those that
    the first standing office of its kind has. Sources of changes that are gone are left out.
    """
    order = [one.id for one in sorted(scenario.phases, key=lambda one: (one.start, one.id))]
    reached = order[: order.index(phase)]
    own = {row.office for row in scenario.office_changes if row.phase == phase}
    gone = {row.office for row in scenario.office_changes if row.phase in reached}
    newly_open = own - {row.office for row in changes}
    when = scenario.phase(phase)
    kinds = {office.id: office.kind for office in scenario.offices}
    helped: dict[str, str] = {}
    for row in sorted(scenario.volunteers, key=lambda row: row.office):
        if row.office not in own | gone and row.start <= when.end and row.end >= when.start:
            helped.setdefault(kinds[row.office], row.office)
    added = [
        row.model_copy(update={"office": office})
        for office in sorted(newly_open)
        for row in scenario.volunteers
        if row.office == helped.get(kinds[office]) and row.start <= when.end and row.end >= when.start
    ]
    known = {(row.office, row.start) for row in scenario.volunteers}
    others = tuple(row for row in scenario.office_changes if row.phase != phase)
    return scenario.model_copy(
        update={
            "office_changes": (*changes, *others),
            "sources": _sources_of(scenario, {f"{row.phase}/{row.office}" for row in (*changes, *others)}),
            "volunteers": (*scenario.volunteers, *(row for row in added if (row.office, row.start) not in known)),
        }
    )


def _sources_of(scenario: Scenario, keys: set[str]) -> tuple[Source, ...]:
    """Sources without the office changes that are gone."""
    found = []
    for source in scenario.sources:
        if source.table != "office_changes" or source.rows == ANY:
            found.append(source)
        elif kept := [key for key in source.rows.split() if key in keys]:
            found.append(source.model_copy(update={"rows": " ".join(kept)}))
    return tuple(found)
