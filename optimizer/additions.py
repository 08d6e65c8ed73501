"""What a plan adds beside moves, written into a scenario: posts, counters, volunteers, reserved counters."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count, pairwise
from pathlib import Path
from typing import Literal

from scenarios.cells import names_by_id, nearest
from scenarios.phases import phase_order, phase_view
from scenarios.problems import Problem, ScenarioError
from scenarios.schema import CounterChange, Officer, Scenario, Volunteer
from sim import Replay, lever_worths
from sim.response import Crews, desk_crews

from .plan_files import read_rows, write_rows
from .problem import Option

ID_LENGTH = 58  #: of an id without its number
COUNTERS = ("rented", "bought")
POSTS = {"post": "", "postal_post": "post"}  #: kind → employer, empty = that of the officer it is like
KINDS = (*POSTS, *COUNTERS, "volunteer", "reserved")
COLUMNS = ("phase", "kind", "office", "office_name", "group", "count", "reason")
MOST = 100_000  #: of one addition
OptionKind = Literal["volunteer", "reserved"]
LEVERS = {"volunteer": "volunteer", "reserve_more": "reserved"}  #: kind of lever → kind of option


@dataclass(frozen=True, slots=True)
class Addition:
    """Something added at an office for a phase."""

    kind: str  #: post, postal_post, rented, bought, volunteer or reserved
    office: str
    group: str  #: desk group of a post; empty for the rest
    count: int
    saves_s: tuple[int, ...] = ()  #: overload by the curves that each takes away, person-seconds a day; of counters nothing
    counters_needed: int = 0  #: of added counters: whole counters that the crew as planned needs
    counters: int = 0  #: of added counters: those there without them

    @property
    def key(self) -> tuple[str, str, str, int]:
        """What is added, without what it is worth."""
        return self.kind, self.office, self.group, self.count


def with_additions(scenario: Scenario, phase_id: str, additions: Iterable[Addition]) -> Scenario:
    """Return the scenario with what is added in a phase. ValueError for an unknown kind.

    A post is like the officers whose home its desks are, in turn, and serves in that phase alone: a post that stays is
    added in each phase.
    """
    officers: list[Officer] = []
    volunteers = scenario.volunteers
    counters = {row.office: row for row in scenario.counter_changes if row.phase == phase_id}
    crews = None
    for one in sorted(additions, key=lambda one: (one.kind, one.office, one.group)):
        if one.kind in POSTS:
            crews = crews if crews is not None else _home_crews(scenario, phase_id)
            people = {officer.id: officer for officer in (*scenario.officers, *officers)}
            officers += _posts(scenario, phase_id, one, [people[name] for name in crews[one.office, one.group]], people.keys())
        elif one.kind in COUNTERS or one.kind == "reserved":
            row = counters.get(one.office, CounterChange(phase=phase_id, office=one.office))
            column = "reserved" if one.kind == "reserved" else "added"
            counters[one.office] = row.model_copy(update={column: getattr(row, column) + one.count})
        elif one.kind == "volunteer":
            volunteers = _with_volunteers(scenario, phase_id, volunteers, one)
        else:
            raise ValueError(f"unknown addition: {one.kind}")
    others = tuple(row for row in scenario.counter_changes if row.phase != phase_id)
    return scenario.model_copy(
        update={
            "officers": scenario.officers + tuple(officers),
            "volunteers": volunteers,
            "counter_changes": others + tuple(counters[office] for office in sorted(counters)),
        }
    )


def options_of(replay: Replay, kinds: Collection[OptionKind], *, sure: float, jobs: int | None = None) -> tuple[Option, ...]:
    """Return the options of some kinds at each office that surely help there, played again in a recorded run.

    sure : standard errors by which a change must be below 0.
    """
    return tuple(
        Option(LEVERS[lever.kind], lever.office, round(lever.change_s_per_day))
        for lever in lever_worths(replay, jobs=jobs)
        if LEVERS.get(lever.kind) in kinds and lever.change_s_per_day + sure * lever.error_s_per_day < 0
    )


def _home_crews(scenario: Scenario, phase_id: str) -> Crews:
    """Officers whose home the desks of each place are, wherever they are sent."""
    rows = tuple(row for row in scenario.assignments if row.phase != phase_id)
    home = scenario.model_copy(update={"assignments": rows})
    return desk_crews(home, phase_view(home, phase_id))


def _posts(scenario: Scenario, phase_id: str, one: Addition, crew: list[Officer], taken: Collection[str]) -> list[Officer]:
    """New officers, each like one of the crew in turn, living at the office."""
    office = next(office for office in scenario.offices if office.id == one.office)
    stem = f"{one.office}.{phase_id}.{one.kind}.{one.group}"[:ID_LENGTH]
    names = (name for number in count(1) if (name := f"{stem}.{number}") not in taken)
    found = []
    for number, name in zip(range(one.count), names, strict=False):
        like = crew[number % len(crew)]
        found.append(
            like.model_copy(
                update={
                    "id": name,
                    "name": f"+{number + 1} {office.name}"[:200],
                    "home": one.office,
                    "home_unit": office.unit,
                    "employer": POSTS[one.kind] or like.employer,
                    "first_phase": phase_id,
                    "last_phase": phase_id,
                    "pool": "",
                }
            )
        )
    return found


def _with_volunteers(
    scenario: Scenario, phase_id: str, volunteers: tuple[Volunteer, ...], one: Addition
) -> tuple[Volunteer, ...]:
    """More volunteers at an office on all days of a phase; its rows are written anew, one for each stretch of days."""
    phase, day = scenario.phase(phase_id), timedelta(days=1)
    here = [row for row in volunteers if row.office == one.office and row.start <= row.end]
    here.append(Volunteer(office=one.office, start=phase.start, end=phase.end, count=one.count))
    cuts = sorted({row.start for row in here} | {row.end + day for row in here})

    def helpers(moment: date) -> int:
        return sum(row.count for row in here if row.start <= moment <= row.end)

    stretches = [
        Volunteer(office=one.office, start=start, end=end - day, count=helpers(start))
        for start, end in pairwise(cuts)
        if helpers(start) or any(row.start == start for row in here)
    ]
    return (*(row for row in volunteers if row.office != one.office), *stretches)


# -- the table beside plan.csv -------------------------------------------------------------------------------------


def all_additions(scenario: Scenario, rows: Iterable[tuple[str, Addition]]) -> Scenario:
    """Return the scenario with what is added in each phase, in order of date."""
    found: dict[str, list[Addition]] = {}
    for phase, one in rows:
        found.setdefault(phase, []).append(one)
    for phase in phase_order(scenario):
        if phase in found:
            scenario = with_additions(scenario, phase, found[phase])
    return scenario


def write_additions(
    rows: Iterable[tuple[str, Addition]],
    scenario: Scenario,
    path: Path,
    reasons: Mapping[tuple[str, Addition], str] | None = None,
) -> None:
    """Write what is added, by phase, as CSV that a spreadsheet edits; a header alone when nothing is.

    reasons : sentence of each row; empty cells when None.
    """
    names = {office.id: office.name for office in scenario.offices}
    write_rows(
        path,
        COLUMNS,
        [
            (phase, one.kind, one.office, names[one.office], one.group, str(one.count), (reasons or {}).get((phase, one), ""))
            for phase, one in rows
        ],
    )


def is_additions(path: Path) -> bool:
    """Tell whether a table is one of additions, by its header."""
    try:
        first = path.read_bytes().partition(b"\n")[0].decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return False
    return {"kind", "count"} <= {cell.strip().strip('"') for cell in first.replace(";", ",").replace("\t", ",").split(",")}


def read_additions(path: Path, scenario: Scenario) -> tuple[tuple[str, Addition], ...]:
    """Read an edited table; names and reasons do not count. ScenarioError with every problem and its row."""
    rows, problems = read_rows(path, COLUMNS, ("phase", "kind", "office", "count"))
    known = {"phase": names_by_id(scenario.phases), "kind": dict.fromkeys(KINDS, ""), "office": names_by_id(scenario.offices)}
    crews: dict[str, Crews] = {}
    found = []
    for number, row in rows:
        wrong = [
            Problem(path.name, number, column, "E-PLN-003", row[column], nearest(row[column], names))
            for column, names in known.items()
            if row[column] not in names
        ]
        if not (row["count"].isascii() and row["count"].isdigit() and 1 <= int(row["count"]) <= MOST):
            wrong.append(Problem(path.name, number, "count", "E-PLN-023", row["count"], f"1…{MOST}"))
        group = row.get("group", "") if row["kind"] in POSTS else ""
        if not wrong and row["kind"] in POSTS:
            phase = row["phase"]
            crews.setdefault(phase, _home_crews(scenario, phase))
            here = {of for office, of in crews[phase] if office == row["office"]}
            if group not in here:
                wrong.append(Problem(path.name, number, "group", "E-PLN-024", group, ", ".join(sorted(here))))
        if not wrong and row["kind"] not in POSTS and row["office"] not in phase_view(scenario, row["phase"]).offices:
            wrong.append(Problem(path.name, number, "office", "E-PLN-025", row["office"], row["phase"]))
        problems += wrong
        if not wrong:
            found.append((row["phase"], Addition(row["kind"], row["office"], group, int(row["count"]))))
    if problems:
        raise ScenarioError(problems)
    return tuple(found)
