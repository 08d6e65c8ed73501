"""Rules across rows and tables: one function a rule, each yielding every breach with its place.

The rules also serve half-read scenarios: they see the rows that were good, and the ids of those that were not, so one
bad cell does not make a hundred false "unknown id". Rules on whole phases (`phase_checks`) need complete tables.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import time
from itertools import chain
from math import isclose
from statistics import median

from .cells import names_by_id, nearest, shown
from .merger_checks import mergers
from .name_checks import NAME_RULES
from .operation_checks import OPERATION_RULES
from .order_checks import ORDER_RULES
from .phase_checks import check_phases
from .phases import straight_km
from .placed import Placed, Tables, tables_of
from .problems import Problem
from .rows import grouped
from .schema import (
    ANY,
    REQUIRED_TABLES,
    SECTIONS,
    TABLES,
    AbsenceWave,
    ArrivalProfile,
    Assignment,
    BackOffice,
    CounterChange,
    Demand,
    DemandChange,
    Entity,
    Interruptions,
    Offer,
    Office,
    OfficeChange,
    OfficeClosure,
    Officer,
    Origin,
    Outage,
    Phase,
    Pool,
    ProcedureField,
    Roster,
    Scenario,
    Slots,
    Source,
    Target,
    Unit,
    Volunteer,
)
from .sound_rows import Sound, without_rows

Rule = Callable[[Tables], Iterator[Problem]]

OFFICE_KINDS = ("center", "branch", "point")
#: indicators a target may name
INDICATORS = (
    "visits_per_day", "wait_mean_min", "wait_p50_min", "wait_p90_min", "wait_p95_min", "share_wait_over_20",
    "share_wait_over_30", "overload_min_per_day", "overloaded_half_hours_per_day", "left_share", "balked_share",
    "sent_away_share", "queue_mean", "utilization", "overtime_min_per_day", "door_to_done_min", "coverage_share",
    "boundary_free_share", "digitized_share", "reuse_share", "on_time_share", "overdue_open", "open_dossiers",
    "archived_share", "posted_share", "remote_share", "incomplete_share", "turned_back_share", "deferred_per_day", "fetch_share",
    "dossiers_per_visit", "visits_per_need", "appointment_share", "no_show_share", "stopped_min_per_day", "absent_share",
    "sent_per_day", "help_min_per_day", "choice_residual_min", "satisfaction", "worst_decile_wait_min", "wait_gini",
    "moves", "commute_km_per_day", "crew", "staff_cost",
)  # fmt: skip
FAR_KM = 500.0
LONG_SERVICE_MIN = 480.0
PACES = (500, 5000)
SUM_TOLERANCE = 1e-6
#: rows with errors of these families are left out when phases are looked at
_STRUCTURAL = ("E-KEY-001", "E-KEY-002", "E-REF", "E-MERGE", "E-SKILL", "E-ORDER", "E-PHASE")


def check_scenario(scenario: Scenario) -> tuple[Problem, ...]:
    """Return every breach of the rules in a complete scenario, errors and warnings, sorted."""
    return check_tables(tables_of(scenario), scenario)


def check_tables(tables: Tables, scenario: Scenario | None) -> tuple[Problem, ...]:
    """Return every breach in tables that may be half-read; `scenario` is given when they are complete.

    Phases of tables with faults are looked at without the rows that are wrong, and without the crews these may belong to.
    """
    problems = [problem for rule in RULES for problem in rule(tables)]
    wrong = frozenset((problem.file, problem.row) for problem in problems if problem.code.startswith(_STRUCTURAL))
    sound = Sound(tables, scenario) if scenario is not None and not wrong else without_rows(tables, wrong)
    if sound is not None:
        problems.extend(check_phases(sound))
    return grouped(problems)


# Keys and references


def key_text(entity: Entity) -> str:
    """Return the key of a row as one text, parts joined by `/`."""
    parts = (getattr(entity, column) for column in entity.key)
    return "/".join(part.strftime("%H:%M") if isinstance(part, time) else str(part) for part in parts)


def duplicate_keys(tables: Tables) -> Iterator[Problem]:
    """A key names one row; keys that differ in case only are taken for one."""
    for rows in tables.rows.values():
        seen: dict[str, tuple[str, int]] = {}
        for placed in rows:
            key = key_text(placed.entity)
            first = seen.setdefault(key.casefold(), (key, placed.row))
            if first[1] == placed.row:
                continue
            code = "E-KEY-001" if first[0] == key else "E-KEY-002"
            yield placed.problem(placed.entity.key[-1], code, shown(key), shown(first[0]), other_row=str(first[1]))


#: class, column, table whose ids it names, text that stands for "all" or "none"
_REFERENCES: tuple[tuple[type[Entity], str, str, str], ...] = (
    (Unit, "district", "districts", ""),
    (Origin, "unit", "units", ""),
    (Origin, "origin", "units", ""),
    (Office, "unit", "units", ""),
    (Office, "district", "districts", ""),
    (Office, "hours", "hours", ""),
    (ProcedureField, "arrival_profile", "arrival_profiles", ""),
    (ProcedureField, "boundary_free_from", "phases", ""),
    (Officer, "home", "offices", ""),
    (Officer, "home_unit", "units", ""),
    (Officer, "first_phase", "phases", ""),
    (Officer, "last_phase", "phases", ""),
    (Officer, "pool", "pools", ""),
    (Roster, "phase", "phases", ""),
    (Roster, "officer", "officers", ""),
    (Roster, "office", "offices", ""),
    (Volunteer, "office", "offices", ""),
    (Offer, "phase", "phases", ANY),
    (Offer, "field", "fields", ""),
    (OfficeChange, "phase", "phases", ""),
    (OfficeChange, "office", "offices", ""),
    (OfficeChange, "into", "offices", ""),
    (CounterChange, "phase", "phases", ""),
    (CounterChange, "office", "offices", ""),
    (DemandChange, "field", "fields", ANY),
    (Outage, "system", "systems", ""),
    (OfficeClosure, "office", "offices", ""),
    (OfficeClosure, "to", "offices", ""),
    (Pool, "district", "districts", ANY),
    (Pool, "base", "offices", ""),
    (Slots, "field", "fields", ANY),
    (Assignment, "phase", "phases", ""),
    (Assignment, "officer", "officers", ""),
    (Assignment, "office", "offices", ""),
)


def unknown_references(tables: Tables) -> Iterator[Problem]:
    """An id that names a row of another table must be there."""
    for kind, column, table, wildcard in _REFERENCES:
        yield from _unknown(tables, tables.of(kind), column, (table,), frozenset({wildcard, ""}))
    for taker in (Offer, Slots):
        yield from _unknown(tables, tables.of(taker), "office", ("offices",), frozenset(OFFICE_KINDS))
    yield from _unknown(tables, tables.of(DemandChange), "place", ("districts", "units"), frozenset({ANY}))
    for event in (Outage, AbsenceWave):
        yield from _unknown(tables, tables.of(event), "place", ("offices", "districts"), frozenset({ANY}))
    yield from _unknown(tables, tables.of(ProcedureField), "systems", ("systems",), frozenset())
    anywhere = {ANY} | (tables.ids("units") or frozenset()) | (tables.ids("districts") or frozenset())
    for level, table in (("commune", "units"), ("district", "districts")):  # a known place of another level is told elsewhere
        desks = (desk for desk in tables.of(BackOffice) if desk.entity.level == level and desk.entity.place not in anywhere)
        yield from _unknown(tables, desks, "place", (table,), frozenset({ANY}))
    yield from _unknown_portal(tables)


def _unknown(
    tables: Tables, rows: Iterable[Placed[Entity]], column: str, targets: tuple[str, ...], others: frozenset[str]
) -> Iterator[Problem]:
    """Yield the ids in a column that no target table has; `systems` lists several."""
    pools = [tables.ids(table) for table in targets]
    ids = frozenset().union(*(pool or () for pool in pools))
    if any(pool is None for pool in pools) or (not ids and set(targets) <= set(REQUIRED_TABLES)):
        return
    names = dict.fromkeys((*ids, *others - {""}), "")
    for table in targets:
        names |= names_by_id(placed.entity for placed in tables.rows.get(table, ()))
    told: dict[str, str] = {}
    for placed in rows:
        given = str(getattr(placed.entity, column))
        for word in dict.fromkeys(given.split()) if column == "systems" else (given,):
            if word in ids or word in others:
                continue
            if word not in told and len(told) < 30:
                told[word] = nearest(word, names) or "–"
            yield placed.problem(column, "E-REF-001", shown(word), told.get(word, ""), table=", ".join(targets))


def _unknown_portal(tables: Tables) -> Iterator[Problem]:
    section, systems = tables.section(Interruptions), tables.ids("systems")
    if section is None or systems is None or section.entity.portal in {"", *systems}:
        return
    word = section.entity.portal
    yield tables.setting("interruptions", "portal", "E-REF-001", shown(word), nearest(word, systems) or "–", table="systems")


def skills(tables: Tables) -> Iterator[Problem]:
    """Skills are field ids, each once, with a pace in per mille between 500 and 5000."""
    ids = tables.ids("fields")
    told: dict[str, str] = {}
    for placed in tables.of(Officer):
        seen: set[str] = set()
        for item in placed.entity.fields.split():
            name, colon, pace = item.partition(":")
            if colon and not (pace.isascii() and pace.isdecimal() and len(pace) < 5 and PACES[0] <= int(pace) <= PACES[1]):
                yield placed.problem("fields", "E-SKILL-001", shown(item), f"{PACES[0]}-{PACES[1]}", field=shown(name))
            if name in seen:
                yield placed.problem("fields", "E-SKILL-002", shown(item), "1", field=shown(name))
            seen.add(name)
            if ids and name not in ids:
                if name not in told and len(told) < 30:
                    told[name] = nearest(name, list(ids))
                yield placed.problem("fields", "E-REF-001", shown(name), told.get(name, ""), table="fields")


def target_indicators(tables: Tables) -> Iterator[Problem]:
    """A target names an indicator that is measured."""
    for placed in tables.of(Target):
        if placed.entity.indicator not in INDICATORS:
            word = placed.entity.indicator
            yield placed.problem("indicator", "E-REF-002", shown(word), nearest(word, list(INDICATORS)))


def sources(tables: Tables) -> Iterator[Problem]:
    """A source says where from, and names a table or section, a column of it, and rows that are there."""
    kinds = {**TABLES, **SECTIONS}
    keys: dict[str, set[str]] = {}
    for placed in tables.of(Source):
        source = placed.entity
        if not source.source and not source.source_vi:
            yield placed.problem("source", "E-VAL-009", "", "source, source_vi")
        if source.table not in kinds:
            expected = nearest(source.table, list(kinds))
            yield placed.problem("table", "E-REF-003", shown(source.table), expected)
            continue
        columns = list(kinds[source.table].model_fields)
        if source.column not in columns:
            yield placed.problem("column", "E-REF-004", shown(source.column), nearest(source.column, columns), table=source.table)
        if source.rows == ANY or source.table in SECTIONS or tables.ids(source.table) is None:
            continue
        if source.table not in keys:
            entities = [row.entity for row in tables.rows.get(source.table, ())]
            keys[source.table] = {key_text(entity) for entity in entities} | set(tables.ids(source.table) or ())
        unknown = [key for key in source.rows.split() if key not in keys[source.table]]
        if unknown:
            expected = nearest(unknown[0], list(keys[source.table]))
            yield placed.problem("rows", "E-REF-001", shown(" ".join(unknown)), expected, table=source.table)


# Shares


def arrival_shares(tables: Tables) -> Iterator[Problem]:
    """The windows of a profile share out one whole."""
    if tables.ids("arrival_profiles") is None:
        return
    profiles: dict[str, list[Placed[ArrivalProfile]]] = {}
    for placed in tables.of(ArrivalProfile):
        profiles.setdefault(placed.entity.profile, []).append(placed)
    for profile, rows in profiles.items():
        total = sum(placed.entity.share for placed in rows)
        if not isclose(total, 1.0, abs_tol=SUM_TOLERANCE):
            listed = ", ".join(str(placed.row) for placed in rows)
            yield rows[0].problem("share", "E-SHARE-001", f"{total:.6g}", "1", profile=profile, rows=listed)


def channel_shares(tables: Tables) -> Iterator[Problem]:
    """Shares of channels leave the rest in person, so they add up to one at most."""
    for placed in tables.of(ProcedureField):
        row = placed.entity
        total = row.online_self_share + row.online_assisted_share + row.postal_share
        if total > 1 + SUM_TOLERANCE:
            yield placed.problem("online_self_share", "E-SHARE-002", f"{total:.6g}", "≤ 1")


def result_shares(tables: Tables) -> Iterator[Problem]:
    """Results fetched and results posted leave the rest online, so they add up to one at most."""
    for placed in tables.of(ProcedureField):
        total = placed.entity.collect_share + placed.entity.result_post_share
        if total > 1 + SUM_TOLERANCE:
            yield placed.problem("collect_share", "E-SHARE-005", f"{total:.6g}", "≤ 1")


def origin_shares(tables: Tables) -> Iterator[Problem]:
    """What starts elsewhere is at most the whole of a unit's needs."""
    totals: dict[str, list[Placed[Origin]]] = {}
    for placed in tables.of(Origin):
        totals.setdefault(placed.entity.unit, []).append(placed)
        if placed.entity.origin == placed.entity.unit:
            yield placed.problem("origin", "E-SHARE-004", placed.entity.origin)
    for unit, rows in totals.items():
        total = sum(placed.entity.share for placed in rows)
        if total > 1 + SUM_TOLERANCE:
            listed = ", ".join(str(placed.row) for placed in rows)
            yield rows[0].problem("share", "E-SHARE-003", f"{total:.6g}", "≤ 1", unit=unit, rows=listed)


def open_weekdays(tables: Tables) -> Iterator[Problem]:
    """Some weekday and some month have demand."""
    demand = tables.section(Demand)
    if demand and not any(demand.entity.weekday_factors):
        yield tables.setting("demand", "weekday_factors", "E-FACTOR-001", "0", "> 0")
    if demand and not any(demand.entity.month_factors):
        yield tables.setting("demand", "month_factors", "E-FACTOR-001", "0", "> 0")


# Places and plausibility


def places(tables: Tables) -> Iterator[Problem]:
    """Coordinates lie near the others; exchanged ones are told apart from far ones."""
    rows: list[Placed[Unit] | Placed[Office]] = [*tables.of(Unit), *tables.of(Office)]
    if len(rows) < 3:
        return
    lat = median(placed.entity.lat for placed in rows)
    lon = median(placed.entity.lon for placed in rows)
    for placed in rows:
        place = placed.entity
        away = straight_km(lat, lon, place.lat, place.lon)
        if away <= FAR_KM:
            continue
        if abs(place.lon) <= 90 and straight_km(lat, lon, place.lon, place.lat) <= FAR_KM:
            yield placed.problem("lat", "E-GEO-001", f"{place.lat:g}, {place.lon:g}", f"{place.lon:g}, {place.lat:g}")
        else:
            expected = f"{lat:.4f}, {lon:.4f}"
            yield placed.problem("lat", "W-GEO-002", f"{place.lat:g}, {place.lon:g}", expected, km=f"{away:.0f}")


def long_service(tables: Tables) -> Iterator[Problem]:
    """Work longer than a day is probably given in seconds."""
    for placed in tables.of(ProcedureField):
        minutes = placed.entity.service_min
        if minutes > LONG_SERVICE_MIN:
            yield placed.problem(
                "service_min", "W-NUM-010", f"{minutes:g}", f"≤ {LONG_SERVICE_MIN:g}", seconds=f"{minutes / 60:g}"
            )


def used_changes(tables: Tables) -> Iterator[Problem]:
    """What changes demand, systems, offices or staff on some days touches some phase."""
    phases = [placed.entity for placed in tables.of(Phase)]
    if not phases:
        return
    first, last = min(phase.start for phase in phases), max(phase.end for phase in phases)
    changes: Iterator[Placed[DemandChange] | Placed[Outage] | Placed[OfficeClosure] | Placed[AbsenceWave]] = chain(
        tables.of(DemandChange), tables.of(Outage), tables.of(OfficeClosure), tables.of(AbsenceWave)
    )
    for placed in changes:
        change = placed.entity
        if not any(change.start <= phase.end and phase.start <= change.end for phase in phases):
            yield placed.problem("start", "W-DATE-006", f"{change.start} - {change.end}", f"{first} - {last}")


RULES: tuple[Rule, ...] = (
    duplicate_keys,
    unknown_references,
    skills,
    target_indicators,
    sources,
    arrival_shares,
    channel_shares,
    result_shares,
    origin_shares,
    open_weekdays,
    *ORDER_RULES,
    mergers,
    *OPERATION_RULES,
    places,
    long_service,
    used_changes,
    *NAME_RULES,
)
