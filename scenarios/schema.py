"""The Scenario: every entity of the model, typed, closed and frozen.

One class a table, one field a column; the unit of a figure stands in its name. A scenario in memory is
always complete: it was read by `scenarios.load` and passed `scenarios.checks`. A change gives a new copy
(`model_copy`), never an edit in place. Times of day are `datetime.time`, days `datetime.date`; ticks exist
only in `sim`.
"""

from collections.abc import Mapping
from datetime import date, time
from functools import lru_cache
from types import MappingProxyType
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA_VERSION = 1
LEAST, MOST = 0.001, 1_000_000_000  #: of a figure above 0, and of any
DAY_MIN = 1440.0  #: minutes of a day

Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.\-]{0,63}$")]
Text = Annotated[str, Field(min_length=1, max_length=200)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Positive = Annotated[float, Field(ge=LEAST, le=MOST, allow_inf_nan=False)]
Speed = Annotated[float, Field(ge=1.0, le=300.0)]  #: km/h
NotNegative = Annotated[float, Field(ge=0.0, le=MOST, allow_inf_nan=False)]
MinutesOfDay = Annotated[float, Field(ge=0.0, le=DAY_MIN)]
Count = Annotated[int, Field(ge=0, le=MOST)]
Latitude = Annotated[float, Field(ge=-90.0, le=90.0)]
Longitude = Annotated[float, Field(ge=-180.0, le=180.0)]
Factor = Annotated[float, Field(ge=0.0, le=100.0)]

UnitKind = Literal["ward", "commune", "town"]
OfficeKind = Literal["center", "branch", "point"]
Level = Literal["commune", "district", "province"]
Employer = Literal["province", "district", "commune", "post", "department"]
Basis = Literal["sourced", "derived", "assumed"]
ANY = "*"


class Entity(BaseModel):
    """A closed, frozen row: unknown columns are errors, wrong values never enter."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    key: ClassVar[tuple[str, ...]] = ("id",)  #: columns that name a row; unique in the table


class District(Entity):
    """Upper unit; in the first phase it manages the staff of its offices."""

    id: Id
    name: Text


class Unit(Entity):
    """Communal unit where citizens live and start from."""

    id: Id
    name: Text
    kind: UnitKind
    district: Id
    population: Count
    area_km2: Positive
    lat: Latitude
    lon: Longitude
    demand_factor: Factor = 1.0


class Origin(Entity):
    """Share of a unit's needs that start, by day, from another unit (work, study)."""

    key = ("unit", "origin")
    unit: Id
    origin: Id
    share: Share


class Hours(Entity):
    """A pattern of opening hours; two sessions with lunch between."""

    id: Id
    ticket_open: time
    open: time
    lunch_start: time
    lunch_end: time
    close: time
    last_ticket: time
    lunch_halves: bool = False  #: counters stay open at lunch; half the crew eats in each half of it


class Office(Entity):
    """Place where officers serve: the queueing station.

    `counters` bounds the officers on duty in any half hour, never the crew.
    """

    id: Id
    name: Text
    kind: OfficeKind
    unit: Id
    district: Id
    lat: Latitude
    lon: Longitude
    counters: Annotated[int, Field(ge=1, le=1000)]
    premises_limit: Annotated[int, Field(ge=1, le=1000)]
    reserved_counters: Count = 0  #: officers on duty who serve only citizens from beyond the office's boundary
    scanners: Annotated[int, Field(ge=0, le=1000)] = 0  #: of a separate scanning desk; 0 = dossiers are digitized at the counter
    seats: Count = 0
    minimum_crew: Annotated[int, Field(ge=1, le=1000)]
    hours: Id = "standard"


class ProcedureField(Entity):
    """Subject area of administrative procedures: its demand, work and manners."""

    id: Id
    name_vi: Text
    name_en: Text
    level: Level
    demand_per_1000_month: NotNegative
    online_self_share: Share
    online_assisted_share: Share
    postal_share: Share
    service_min: Annotated[float, Field(ge=LEAST, le=10 * DAY_MIN)]
    service_cv: NotNegative
    digitize_min: MinutesOfDay
    same_day_share: Share
    limit_days: Count
    missing_papers_share: Share
    patience_min: Positive
    balk_long_share: Share
    balk_very_long_share: Share
    return_share: Share
    arrival_profile: Id
    boundary_free_from: str = ""  #: phase id from which any office that handles it may take it; empty = never
    topic: str = ""  #: what disturbances name it by, for example `land`; empty = nothing
    systems: str = ""  #: information systems a service needs: ids separated by blanks
    dossiers_per_visit: Annotated[float, Field(ge=1.0, le=8.0)] = 1.0  #: mean of ordinary citizens
    agents_share: Share = 0.0  #: of visits, by agents with bundles
    agent_dossiers: Annotated[float, Field(ge=1.0, le=8.0)] = 1.0  #: mean of agents
    appointment_share: Share = 0.0  #: of citizens in person who book a slot where there are slots
    lead_days: NotNegative = 0.0  #: mean working days before the back office can decide
    lead_cv: NotNegative = 0.0
    back_office_min: NotNegative = 0.0  #: work of the back office on a dossier
    collect_share: Share = 0.0  #: of results not given the same day, fetched in person
    result_post_share: Share = 0.0  #: of them, sent by post; the rest are given online


class ArrivalProfile(Entity):
    """One window of the day and the share of citizens who mean to be at the competent office in it (evenly)."""

    key = ("profile", "start")
    profile: Id
    start: time
    end: time
    share: Share


class Officer(Entity):
    """A person who serves. `fields` lists skills as `field` or `field:pace`, pace in per mille (1000 = own pace)."""

    id: Id
    name: Text
    home: Id
    employer: Employer
    grade: str = ""
    counter_share: Annotated[float, Field(gt=0.0, le=1.0)]
    home_unit: Id
    movable: bool
    first_phase: str = ""
    last_phase: str = ""
    absence_rate: Share = 0.0  #: chance of being away, whole days
    shift: Literal["full", "morning", "afternoon"] = "full"
    pool: str = ""  #: float pool of which the officer is a reserve; empty = serves at home
    cost_per_day: NotNegative = 0.0
    fields: str

    @property
    def skills(self) -> Mapping[str, int]:
        """Pace in per mille by field id; a field not listed may not be served."""
        return skills_of(self.fields)

    @property
    def own_fields(self) -> tuple[str, ...]:
        """Ids, in order, of the fields served at full pace or faster."""
        return _own(self.fields)


@lru_cache(maxsize=4096)
def skills_of(fields: str) -> Mapping[str, int]:
    """Pace by field id; remembered, because many officers have the same skills and they are asked for often."""
    pairs = (item.partition(":") for item in fields.split())
    return MappingProxyType({name: int(pace) if pace else 1000 for name, _, pace in pairs})


@lru_cache(maxsize=4096)
def _own(fields: str) -> tuple[str, ...]:
    return tuple(sorted(field for field, pace in skills_of(fields).items() if pace <= 1000))


class Roster(Entity):
    """Counter hours of one officer on one weekday (1 = Monday); replaces the default stagger for that phase."""

    key = ("phase", "officer", "weekday", "start")
    phase: Id
    officer: Id
    weekday: Annotated[int, Field(ge=1, le=7)]
    start: time
    end: time
    office: str = ""  #: where, when it is not the office where the officer serves: a mobile counter


class Volunteer(Entity):
    """Helpers with papers at an office for some days; they check papers at the door and serve no counter."""

    key = ("office", "start")
    office: Id
    start: date
    end: date
    count: Count


class Offer(Entity):
    """What an office takes: `office` is an office id or an office kind, `phase` an id or `*`."""

    key = ("phase", "office", "field")
    phase: str
    office: Id
    field: Id


class Phase(Entity):
    """Dated stage of the rollout with its rules."""

    id: Id
    name_vi: Text
    name_en: Text
    start: date
    end: date
    moves_within: Literal["none", "district", "province"]
    max_moves: Count
    stay_share: Share  #: of boundary-free citizens, those who keep to the competent office
    online_self_factor: Factor
    online_assisted_factor: Factor
    reuse_share: Share  #: of dossiers whose papers are held already and need no digitization, as the phase begins
    merged_counters_cap: Annotated[int, Field(ge=0, le=1000)] = 0  #: 0 = no cap; a host keeps its own counters
    reuse_growth_per_month: Share = 0.0  #: added to reuse_share in 30 days
    postal_factor: Factor = 1.0
    appointment_factor: Factor = 1.0
    informed_share: Share = 0.0  #: of citizens free to choose, those who look at the queues of the moment


class OfficeChange(Entity):
    """From this phase on, `office` is merged into `into`: staff, counters and citizens go there."""

    key = ("phase", "office")
    phase: Id
    office: Id
    into: Id
    move_days: Count = 0  #: first working days of the phase that its officers spend on the move


class CounterChange(Entity):
    """Counters rented or bought for a phase, within the premises, and counters kept for citizens from beyond the boundary."""

    key = ("phase", "office")
    phase: Id
    office: Id  #: one that stands in the phase
    added: Count = 0
    reserved: Count = 0  #: more than the office's own reserved counters


class Closure(Entity):
    """Days on which every office is closed."""

    id: Id
    name_vi: Text
    name_en: Text
    start: date
    end: date


class DemandChange(Entity):
    """Factor on demand between two days, for one field or all, one district or unit or all; rows multiply."""

    id: Id
    field: str
    place: str
    start: date
    end: date
    factor: Factor


class Target(Entity):
    """A goal each phase is held against."""

    id: Id
    name_vi: Text
    name_en: Text
    indicator: Id
    sense: Literal["at_least", "at_most"]
    value: NotNegative


def told_in(lang: Literal["vi", "en"], *, english: str, vietnamese: str) -> str:
    """A text in a language; in the other when nothing was written in it."""
    return vietnamese or english if lang == "vi" else english or vietnamese


class Source(Entity):
    """Where a figure comes from; `rows` is `*` or row keys separated by blanks (parts of a key joined by `/`)."""

    key = ("table", "column", "rows")
    table: Id
    column: Id
    rows: Text
    basis: Basis
    source: Annotated[str, Field(max_length=200)] = ""
    source_vi: Annotated[str, Field(max_length=200)] = ""

    def told(self, lang: Literal["vi", "en"]) -> str:
        """Where from, in a language; in the other when nothing was written in it."""
        return told_in(lang, english=self.source, vietnamese=self.source_vi)


class Assignment(Entity):
    """An officer serves at another office than home in a phase; what a plan writes."""

    key = ("phase", "officer")
    phase: Id
    officer: Id
    office: Id


class System(Entity):
    """Information system that services need; it may fail by chance."""

    id: Id
    name_vi: Text
    name_en: Text
    manual_pace: Annotated[int, Field(ge=0, le=10000)] = 0  #: pace per mille of work by hand while it stands still; 0 = none
    failures_per_month: NotNegative = 0.0  #: mean number of failures a month of working days
    failure_min: NotNegative = 0.0  #: mean duration
    scope: Literal["province", "office"] = "province"  #: failures hit all offices at once, or each on its own


class Outage(Entity):
    """A dated failure or slowdown of a system: from one time of day to another, on each day of its dates."""

    id: Id
    system: Id
    place: str  #: office, district or `*`
    start: date
    end: date
    from_time: time
    to_time: time
    pace: Annotated[int, Field(ge=0, le=10000)] = 0  #: 0 = stands still, else services that start in it are slower


class OfficeClosure(Entity):
    """Days on which one office is closed; its citizens go to `to`, or wait until it opens again."""

    id: Id
    office: Id
    start: date
    end: date
    to: str = ""


class AbsenceWave(Entity):
    """Dates on which more officers are away; the share is added to each absence rate."""

    id: Id
    place: str  #: office, district or `*`
    start: date
    end: date
    share: Share


class Pool(Entity):
    """Float pool: reserves at a base office who are sent for part of a day where the expected wait is long."""

    id: Id
    district: str  #: district served, or `*` for the province
    base: Id
    look_min: Positive  #: the dispatcher looks every so many minutes
    send_wait_min: NotNegative  #: expected wait above which help is sent
    return_wait_min: NotNegative  #: expected wait below which it is called back
    stay_min: NotNegative  #: it stays at least so long


class BackOffice(Entity):
    """Officers' time behind the counter for the dossiers of a level and place; without a row it never runs short."""

    key = ("level", "place")
    level: Level
    place: str  #: unit (commune level), district (district level) or `*` for each alike (the whole, at province level)
    minutes_per_day: NotNegative
    backlog: Count = 0  #: dossiers open when the first phase starts
    backlog_overdue_share: Share = 0.0


class Slots(Entity):
    """Appointments an office gives for a field: so many in each slot of the opening hours."""

    key = ("office", "field")
    office: Id  #: office id or office kind
    field: str  #: field id or `*`
    slot_min: Annotated[int, Field(ge=5, le=240)]
    places: Annotated[int, Field(ge=1, le=1000)]


class Demand(Entity):
    """How needs arise over days."""

    working_days_per_month: Positive
    scale: Factor  #: on all demand; 1.0 unless a variant says otherwise
    weekday_factors: Annotated[tuple[Factor, ...], Field(min_length=7, max_length=7)]  #: Monday first; 0 = closed
    month_factors: Annotated[tuple[Factor, ...], Field(min_length=12, max_length=12)]
    month_start_days: Count
    month_start_factor: Factor
    noise_cv: NotNegative
    noise_shared: Share  #: part of the noise's variance (log scale) common to all units
    assisted_extra_min: MinutesOfDay
    priority_share: Share  #: citizens served first by law


class Queue(Entity):
    """Manners at the office."""

    balk_long_min: Positive
    balk_very_long_min: Positive
    patience_shape: Annotated[float, Field(ge=0.1, le=100.0)]  #: of the Weibull law of patience
    return_days_max: Annotated[int, Field(ge=1, le=20)]
    visits_max: Annotated[int, Field(ge=1, le=8)]
    overtime_min: NotNegative


class Choice(Entity):
    """Choice of office by citizens free of boundaries."""

    travel_weight: NotNegative
    counters_weight: NotNegative
    wait_scale_min: Positive
    reach_min: NotNegative  #: offices within this travel time are thought of
    remembered_smoothing: Share
    remembered_start_min: NotNegative


class Learning(Entity):
    """Pace of newly moved officers: per mille until so many days since the move."""

    first_days: Count
    first_pace: Annotated[int, Field(ge=500, le=5000)]
    second_days: Count
    second_pace: Annotated[int, Field(ge=500, le=5000)]


class Travel(Entity):
    """minutes = fixed + 60 × circuity × straight km / speed; pace of mixed trips is the mean of both ends."""

    circuity: Annotated[float, Field(ge=1.0, le=3.0)]
    fixed_min: MinutesOfDay
    urban_dense_kmh: Speed
    urban_kmh: Speed
    rural_kmh: Speed
    dense_people_per_km2: Positive
    within_unit_factor: NotNegative  #: × sqrt(area) gives the straight km inside a unit


class Planning(Entity):
    """Rules and prices of staff moves."""

    commute_limit_min: Positive
    move_price_min: NotNegative  #: person-minutes a day
    commute_price_min_per_km: NotNegative
    point_holders: Annotated[int, Field(ge=1, le=10)]
    branch_holders: Annotated[int, Field(ge=1, le=10)]
    center_holders: Annotated[int, Field(ge=1, le=10)]
    post_price_min: NotNegative = 0.0  #: person-minutes a day that a hired post must save
    counter_price_min: NotNegative = 0.0  #: person-minutes a day that a counter rented or bought must save


class Papers(Entity):
    """Missing papers, and what is spared when papers are held already."""

    check_share: Share = 0.0  #: of missing papers, found at the door by one volunteer
    mend_share: Share = 0.0  #: of those found at the door, mended on the spot
    failed_share: Share = 0.6  #: of a service's time that finding out at the counter takes
    return_share: Share = 0.8  #: of those sent home for papers who come back with them
    return_days_max: Annotated[int, Field(ge=1, le=20)] = 3
    reuse_missing_factor: Share = 1.0  #: on the share with papers missing, when papers are held
    reuse_reception_factor: Share = 1.0  #: on the reception's work, when papers are held


class Results(Entity):
    """How dossiers come from afar and results go back."""

    collect_min: Annotated[float, Field(ge=LEAST, le=DAY_MIN)] = 3.0
    collect_cv: NotNegative = 0.5
    collect_days_max: Annotated[int, Field(ge=1, le=20)] = 5  #: working days within which a result is fetched
    postal_days: Annotated[int, Field(ge=0, le=20)] = 2  #: working days in the post, each way
    online_check_min: NotNegative = 4.0  #: of the back office, on a dossier sent online
    lead_in_days: Annotated[int, Field(ge=0, le=60)] = 0  #: working days before a block whose dossiers are open as it begins


class Booking(Entity):
    """Appointments."""

    no_show_share: Share = 0.0


class Interruptions(Entity):
    """What citizens do when systems stand still."""

    turn_away_share: Share = 0.0  #: of citizens who come while their field stands still, those who go home at once
    portal: str = ""  #: system by which citizens send dossiers themselves; empty = none
    portal_to_counter_share: Share = 0.0  #: of those it fails, the share that comes in person on the next days


class Indicators(Entity):
    """Constants of the indicators."""

    wait_standard_min: Positive
    wait_long_min: Positive
    lost_charge_min: NotNegative
    overloaded_half_hour_min: NotNegative
    access_min: Positive
    access_km: Positive
    satisfaction_top: Share
    satisfaction_mid_min: Positive
    satisfaction_scale_min: Positive
    reference_start: date
    reference_end: date
    warmup_days: Annotated[int, Field(ge=0, le=60)]


class Scenario(Entity):
    """Everything that is asked. Tables are tuples in the order of the file; ids are unique."""

    schema_version: Literal[1]
    id: Id
    name_vi: Text
    name_en: Text
    notice_vi: str = ""  #: shown on every report page, for example that officers are synthetic
    notice_en: str = ""
    demand: Demand
    queue: Queue
    choice: Choice
    learning: Learning
    travel: Travel
    planning: Planning
    indicators: Indicators
    papers: Papers = Papers()
    results: Results = Results()
    booking: Booking = Booking()
    interruptions: Interruptions = Interruptions()
    districts: tuple[District, ...]
    units: tuple[Unit, ...]
    offices: tuple[Office, ...]
    hours: tuple[Hours, ...]
    fields: tuple[ProcedureField, ...]
    arrival_profiles: tuple[ArrivalProfile, ...]
    offers: tuple[Offer, ...]
    officers: tuple[Officer, ...]
    phases: tuple[Phase, ...]
    origins: tuple[Origin, ...] = ()
    rosters: tuple[Roster, ...] = ()
    volunteers: tuple[Volunteer, ...] = ()
    office_changes: tuple[OfficeChange, ...] = ()
    counter_changes: tuple[CounterChange, ...] = ()
    closures: tuple[Closure, ...] = ()
    demand_changes: tuple[DemandChange, ...] = ()
    systems: tuple[System, ...] = ()
    outages: tuple[Outage, ...] = ()
    office_closures: tuple[OfficeClosure, ...] = ()
    absence_waves: tuple[AbsenceWave, ...] = ()
    pools: tuple[Pool, ...] = ()
    back_offices: tuple[BackOffice, ...] = ()
    slots: tuple[Slots, ...] = ()
    targets: tuple[Target, ...] = ()
    sources: tuple[Source, ...] = ()
    assignments: tuple[Assignment, ...] = ()

    def phase(self, phase_id: str) -> Phase:
        """Return the phase of that id; KeyError when there is none."""
        for phase in self.phases:
            if phase.id == phase_id:
                return phase
        raise KeyError(phase_id)


#: table name (file stem, attribute of Scenario) → row class, in the order a reader meets them
TABLES: dict[str, type[Entity]] = {
    "districts": District,
    "units": Unit,
    "origins": Origin,
    "hours": Hours,
    "offices": Office,
    "fields": ProcedureField,
    "arrival_profiles": ArrivalProfile,
    "offers": Offer,
    "officers": Officer,
    "rosters": Roster,
    "volunteers": Volunteer,
    "phases": Phase,
    "office_changes": OfficeChange,
    "counter_changes": CounterChange,
    "closures": Closure,
    "demand_changes": DemandChange,
    "systems": System,
    "outages": Outage,
    "office_closures": OfficeClosure,
    "absence_waves": AbsenceWave,
    "pools": Pool,
    "back_offices": BackOffice,
    "slots": Slots,
    "targets": Target,
    "sources": Source,
    "assignments": Assignment,
}
REQUIRED_TABLES = ("districts", "units", "hours", "offices", "fields", "arrival_profiles", "offers", "officers", "phases")

#: section of scenario.toml → class
SECTIONS: dict[str, type[Entity]] = {
    "demand": Demand,
    "queue": Queue,
    "choice": Choice,
    "learning": Learning,
    "travel": Travel,
    "planning": Planning,
    "indicators": Indicators,
    "papers": Papers,
    "results": Results,
    "booking": Booking,
    "interruptions": Interruptions,
}
OPTIONAL_SECTIONS = ("papers", "results", "booking", "interruptions")
