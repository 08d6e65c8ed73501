"""The ground of every figure: sourced (S), derived from sourced figures (D) or assumed (A), and where from.

A line names a table or section, its columns, and rows; `*` stands for the rows that no other line of the column
names. `sources` writes them out, so that in `sources.csv` exactly one row covers each figure. Each sentence stands in
Vietnamese in `sources/grounds.csv`.
"""

from collections.abc import Iterator, Mapping
from functools import cache

from ..checks import key_text
from ..schema import ANY, SECTIONS, Basis, Scenario, Source
from .raw_data import read

ROWS_CHARACTERS = 200  #: that fit into a cell of keys
BASES: dict[str, Basis] = {"S": "sourced", "D": "derived", "A": "assumed"}

GSO = "census of 1 April 2019 and official totals at the end of 2024, split inside the units of 2025 (sources/SOURCES.md)"
MERGER = "state table of mergers, 17 July 2025 (sources/SOURCES.md)"
MAP = "borders of 2025 divided along older ones (sources/SOURCES.md)"
SEAT = "position of the district's seat in GeoNames or Wikipedia (sources/SOURCES.md)"
MIDDLE = "middle of the settlements or of the unit's polygon (sources/SOURCES.md)"
PRESS = "provincial press; provincial resolution 37/NQ-HDND, 28 October 2024"
RATES = "records of Binh Duong, Hai Phong, Hanoi and HCMC, 2021–2025"
SPLIT = "total of the level derived from records of 2021–2025, split inside the level assumed"
AGENCY = "direction from agency advice and press, size assumed"
SOUTHERN = "office hours of most southern offices, openings at 7:30 in Di An and Tan Dong Hiep (press)"
COMPLETE = "60 of 80 visitors a day with complete papers at Dong Viet, Bac Ninh (vietnamnews.vn 1732000), for all fields alike"
DAU_TIENG = "boundary-free counter at the branch by March 2025 (newfe.baobinhduong.vn, a342824); here from the start"
BUNDLES = "1.44 on a peak day at Quang Yen, half of it land (news.laodong.vn 1610278); less on other days"
SYSTEMS = "certification has its own register, the rest the province's system; which databases are asked is assumed"
ON_TIME = "on time 98.2 % at departments, over 98 % at districts, January–May 2021 (eng.binhduong.gov.vn ID=3600)"
LEAD = f"45 % of the days allowed, so that with that spread about 98 % is on time; {ON_TIME}"
SPECIALISTS = "whole specialist officers, 85 % of their day, at least 1.15 × the mean work, so that few dossiers wait for them"
COMMUNE_DAY = "time of the commune's officers not at the counter (assumed 40 %), at least 1.15 × the mean work of the unit"
AGENTS = "queues of agents, some with dozens of dossiers, in Hanoi (news.laodong.vn 1505576); size assumed"
NO_FIGURE = "no figure found"
CURVE = "curve through Cyprus 2023, Nevada 2013 and the goal of 95 %"

Line = tuple[str, str, str, str, str]

LINES: tuple[Line, ...] = (
    ("units", "population", "*", "D", GSO),
    ("units", "population", "25846", "S", MERGER),
    ("units", "area_km2", "*", "D", MAP),
    ("units", "lat lon", "*", "D", MIDDLE),
    ("units", "lat lon", "SEATS", "S", SEAT),
    ("units", "demand_factor", "*", "A", "1 everywhere; invented differences only in the variant local-demand"),
    ("offices", "lat lon", "*", "D", MIDDLE),
    ("offices", "lat lon", "SEATS", "S", SEAT),
    ("offices", "lat lon", "P", "A", "administrative center building in Hòa Phú, approximate"),
    ("offices", "counters", "*", "A", "staff + 1 at points (at most 8), staff + 3 at branches, 24 at the center"),
    ("offices", "premises_limit", "*", "A", "two counters more at points, four at branches and the center"),
    ("offices", "reserved_counters", "*", "A", "none elsewhere"),
    ("offices", "reserved_counters", "D720", "S", DAU_TIENG),
    ("offices", "scanners", "*", "A", "digitized at the counter; separate desks only in the variant scanning-desks"),
    ("offices", "seats", "*", "A", "20, 60 and 120; about 30 seats beside 9 counters in a ward hall of June 2025 (press)"),
    ("offices", "minimum_crew", "*", "A", "two, so that an office never closes; half the published minimum elsewhere"),
    ("hours", "open lunch_start lunch_end close", "*", "S", SOUTHERN),
    ("hours", "ticket_open last_ticket", "*", "A", "tickets from seven, the last half an hour before closing"),
    ("hours", "lunch_halves", "*", "A", "closed at noon; open only in the variant lunch-halves"),
    ("fields", "demand_per_1000_month", "*", "A", SPLIT),
    ("fields", "demand_per_1000_month", "certification civil_status land_registration", "D", RATES),
    ("fields", "online_self_share", "*", "A", "online shares of 2022–2025 by level, split by field assumed"),
    ("fields", "online_assisted_share", "*", "A", "most online records are entered with help (Quang Nam 2024), split assumed"),
    ("fields", "postal_share", "*", "A", "no figure found"),
    ("fields", "service_min", "*", "A", "bounded by 12–14 counter minutes a record in Binh Duong ward, July 2025"),
    ("fields", "service_min", "certification", "D", "visits of 5–15 minutes, 4.9 copies a record (press, 2025)"),
    ("fields", "service_min", "driving_licence judicial_record", "D", "5–10 minutes at the HCMC center (press, 2025)"),
    ("fields", "service_cv", "*", "A", "0.82 over all fits the Cyprus citizen centers of 2023; split by field assumed"),
    ("fields", "digitize_min", "*", "A", "10–20 pages, naming, signing and uploading; no Vietnamese timing found"),
    ("fields", "same_day_share", "*", "A", "certification the same day by decree 23/2015; the rest assumed"),
    ("fields", "limit_days", "*", "A", "ordinary terms by field, rounded"),
    ("fields", "missing_papers_share", "*", "D", COMPLETE),
    ("fields", "missing_papers_share", "certification", "A", "only the original to bring: half of the other fields"),
    ("fields", "systems", "*", "A", SYSTEMS),
    ("fields", "dossiers_per_visit", "*", "A", BUNDLES),
    ("fields", "agents_share", "*", "A", "agents with bundles only in land"),
    ("fields", "agents_share", "land_confirmation land_registration", "A", AGENTS),
    ("fields", "agent_dossiers", "*", "A", "no agents"),
    ("fields", "agent_dossiers", "land_confirmation land_registration", "A", AGENTS),
    ("fields", "appointment_share", "*", "A", "none; booked only in the variant appointments"),
    ("fields", "lead_days", "*", "D", LEAD),
    ("fields", "lead_cv", "*", "A", NO_FIGURE),
    ("fields", "back_office_min", "*", "A", "20–60 minutes by field; no Vietnamese timing found"),
    ("fields", "back_office_min", "certification", "A", "none: signed the same day"),
    ("fields", "collect_share", "*", "A", "half of the results not given the same day are fetched"),
    ("fields", "result_post_share", "*", "A", NO_FIGURE),
    ("fields", "patience_min", "*", "A", "no figure found"),
    ("fields", "patience_min", "land_confirmation land_registration", "A", "people wait up to five hours for land (press)"),
    ("fields", "balk_long_share balk_very_long_share", "*", "A", "no figure found"),
    ("fields", "return_share", "*", "A", "most needs do not go away"),
    ("fields", "boundary_free_from", "*", "A", "which fields come first is not published"),
    ("fields", "boundary_free_from", "FREE_P3", "S", "every procedure boundary-free by June 2025 (press)"),
    (
        "arrival_profiles",
        "start end",
        "*",
        "A",
        "hours of the share table; first from 6:45, last until the last ticket",
    ),
    ("arrival_profiles", "share", "*", "A", "shape fits the reports of morning peaks"),
    ("offers", "field", "*", "D", "procedures by level of authority; which fields stand for them assumed"),
    ("officers", "fields", "*", "A", "one to three own fields at points, two in branches, three in the center"),
    ("officers", "counter_share", "*", "A", "point officers also do their trade; branches and center are dedicated"),
    ("officers", "home_unit movable", "*", "A", "in or near the unit of the office; the head of each office stays"),
    ("officers", "absence_rate", "*", "A", "leave, illness and training; no figure found"),
    ("officers", "shift", "*", "A", "the whole day"),
    ("officers", "pool", "*", "A", "no reserves; only in the variant reserves"),
    ("officers", "cost_per_day", "*", "A", "thousand dong: base salary 2.34 million × coefficient 3.0 ÷ 22 days"),
    ("volunteers", "start end count", "*", "A", "one or two an office in the first month of each phase"),
    ("phases", "start end", "*", "S", PRESS),
    ("phases", "moves_within", "*", "D", "districts manage their staff until the staff review of the second phase (press)"),
    ("phases", "max_moves", "*", "A", "about a tenth of the staff"),
    ("phases", "stay_share", "*", "A", "69 % boundary-free at Hong Gai after its merger is an upper bound"),
    ("phases", "online_self_factor online_assisted_factor", "*", "A", "online use grows through the rollout"),
    ("phases", "reuse_share", "*", "A", "digitized results are re-used more and more"),
    ("phases", "merged_counters_cap", "*", "A", "halls of 9 (Binh Duong ward) to 14 counters (Tam Hiep) in 2025; 0 = none"),
    ("phases", "reuse_growth_per_month", "*", "A", "leads from the share of one phase to that of the next"),
    ("phases", "postal_factor appointment_factor", "*", "A", "1 everywhere"),
    ("phases", "informed_share", "*", "A", "no queue is shown from afar in the first phase; few look later"),
    ("office_changes", "move_days", "*", "A", "one day for moving and the new seal"),
    ("office_changes", "into", "*", "D", "draft of March 2025 for three cities (press); host by rule"),
    ("office_changes", "into", "CENTRAL", "D", "type-1 branches (press); central wards by the seats of the districts"),
    ("closures", "start end", "*", "S", "closures announced for 2025"),
    ("closures", "start end", "new-year-2025 hung-2025", "A", "public holidays by law, recalled"),
    ("demand_changes", "start end", "*", "D", "working days before and after the Tet closure of 2025"),
    ("demand_changes", "factor", "*", "A", AGENCY),
    ("demand_changes", "start end", "licences-to-police", "S", "driving licenses pass to the police on 1 March 2025"),
    ("demand_changes", "factor", "licences-to-police", "A", "none left with the center"),
    ("systems", "manual_pace", "*", "A", "0: dossiers must be entered and data looked up"),
    ("systems", "manual_pace", "certification_register", "A", "the register can be kept on paper, 30 % slower"),
    ("systems", "failures_per_month failure_min", "*", "A", "modest; no record of failures is published"),
    ("systems", "scope", "*", "A", "central systems fail everywhere at once"),
    ("back_offices", "minutes_per_day", "*", "D", COMMUNE_DAY),
    ("back_offices", "minutes_per_day", "SPECIALISTS", "A", SPECIALISTS),
    ("back_offices", "backlog backlog_overdue_share", "*", "A", "none; dossiers of the weeks before come by lead_in_days"),
    ("targets", "value", "*", "S", "goals of the pilot"),
    ("targets", "value", "wait over-20", "S", "HCMC: at most 20 minutes"),
    ("targets", "value", "over-30", "S", "national goal and Hanoi: 30 minutes"),
    ("demand", "working_days_per_month", "*", "D", "calendar of 2024–2025: rates are per month of 22 working days"),
    ("demand", "scale", "*", "A", "1 by definition"),
    ("demand", "weekday_factors", "*", "A", "order as in US agency advice"),
    ("demand", "month_factors", "*", "A", AGENCY),
    ("demand", "month_start_days", "*", "A", AGENCY),
    ("demand", "month_start_factor", "*", "A", AGENCY),
    ("demand", "noise_cv", "*", "A", "call-center days vary beyond Poisson (Brown et al. 2005); size assumed"),
    ("demand", "noise_shared", "*", "A", "half of it common"),
    ("demand", "assisted_extra_min", "*", "A", "log-in, VNeID, payment"),
    ("demand", "priority_share", "*", "A", "elderly, disabled, pregnant, war veterans"),
    ("queue", "balk_long_min", "*", "A", "no figure found"),
    ("queue", "balk_very_long_min", "*", "A", "no figure found"),
    ("queue", "patience_shape", "*", "A", "Weibull, rising hazard"),
    ("queue", "return_days_max", "*", "A", "within three working days"),
    ("queue", "visits_max", "*", "A", "after four vain visits a citizen gives up"),
    ("queue", "overtime_min", "*", "A", "tickets held at closing are served half an hour longer"),
    ("choice", "travel_weight", "*", "S", "distance decay of the Huff model, 1.5–2"),
    ("choice", "counters_weight", "*", "A", "attraction of size, Huff"),
    ("choice", "wait_scale_min", "*", "A", "no study of office choice in Viet Nam found"),
    ("choice", "reach_min", "*", "A", "offices within twenty minutes are thought of"),
    ("choice", "remembered_smoothing", "*", "A", "about a week of memory"),
    ("choice", "remembered_start_min", "*", "D", "half the standard"),
    ("learning", "first_days", "*", "A", "one week"),
    ("learning", "first_pace", "*", "A", "a quarter slower"),
    ("learning", "second_days", "*", "A", "until three weeks"),
    ("learning", "second_pace", "*", "A", "a tenth slower"),
    ("travel", "circuity", "*", "S", "Wang et al. 2024, arXiv 2406.06490; Kim et al. 2015"),
    ("travel", "fixed_min", "*", "A", "starting and parking"),
    ("travel", "urban_dense_kmh", "*", "S", "HCMC transport department, city center"),
    ("travel", "urban_kmh", "*", "A", "between the city speed and the legal limit"),
    ("travel", "rural_kmh", "*", "A", "below the legal limit of 60 km/h"),
    ("travel", "dense_people_per_km2", "*", "A", "wards of the dense kind"),
    ("travel", "within_unit_factor", "*", "D", "mean distance to the center of a disc of that area"),
    ("planning", "commute_limit_min", "*", "A", "limit for officers who are moved"),
    ("planning", "move_price_min", "*", "A", "price of unrest"),
    ("planning", "commute_price_min_per_km", "*", "A", "about two minutes of travel a kilometer, a quarter counted"),
    ("planning", "point_holders", "*", "A", "somebody for each field"),
    ("planning", "post_price_min counter_price_min", "*", "A", "0: what a post or a counter must save is for the planner to say"),
    ("planning", "branch_holders", "*", "A", "somebody when one is away"),
    ("planning", "center_holders", "*", "A", "somebody when one is away"),
    ("papers", "check_share", "*", "A", "one volunteer leaves 10 of the 25 in 100 to be found at the counter, two leave 4"),
    ("papers", "mend_share", "*", "A", "forms are filled in on the spot, other papers are at home"),
    ("papers", "failed_share", "*", "A", "the vain try takes 60 % of a service"),
    ("papers", "return_share", "*", "A", "most needs do not go away"),
    ("papers", "return_days_max", "*", "A", "within three working days"),
    ("papers", "reuse_missing_factor", "*", "A", "half as many papers left to bring"),
    ("papers", "reuse_reception_factor", "*", "A", "less to check"),
    ("results", "collect_min", "*", "A", "three minutes"),
    ("results", "collect_cv", "*", "A", "three minutes, give or take half"),
    ("results", "collect_days_max", "*", "A", "within a week"),
    ("results", "postal_days", "*", "A", "two working days each way"),
    ("results", "online_check_min", "*", "A", "four minutes to look through a dossier sent online"),
    ("results", "lead_in_days", "*", "A", "the longest term allowed"),
    ("booking", "no_show_share", "*", "A", "no figure found; counts only in the variant appointments"),
    ("interruptions", "turn_away_share", "*", "A", NO_FIGURE),
    ("interruptions", "portal", "*", "A", "dossiers are sent through the national portal"),
    ("interruptions", "portal_to_counter_share", "*", "A", NO_FIGURE),
    ("indicators", "wait_standard_min", "*", "S", "HCMC: at most 20 minutes"),
    ("indicators", "wait_long_min", "*", "S", "national goal and Hanoi: 30 minutes"),
    ("indicators", "lost_charge_min", "*", "A", "a lost citizen counts as an hour beyond the standard"),
    ("indicators", "overloaded_half_hour_min", "*", "A", "mean overload of a ticket"),
    ("indicators", "access_min", "*", "S", "goal of the pilot"),
    ("indicators", "access_km", "*", "S", "goal of the pilot"),
    ("indicators", "satisfaction_top", "*", "D", CURVE),
    ("indicators", "satisfaction_mid_min", "*", "D", CURVE),
    ("indicators", "satisfaction_scale_min", "*", "D", CURVE),
    ("indicators", "reference_start", "*", "A", "four weeks of mean season without a closure"),
    ("indicators", "reference_end", "*", "A", "four weeks of mean season without a closure"),
    ("indicators", "warmup_days", "*", "A", "remembered waits settle in a week"),
)


#: what stands in `binh-duong-2025-actual` instead of the lines of the same columns
LINES_2025: tuple[Line, ...] = (
    ("units", "population", "*", "S", MERGER),
    ("units", "area_km2", "*", "S", MERGER),
    ("offices", "counters", "*", "A", "9 to 14 by inhabitants, as in halls of 2025; 24 at the center"),
    ("offices", "counters", "T25760", "S", "Binh Duong ward, June 2025 (press)"),
    ("offices", "reserved_counters", "*", "A", "none: every procedure is boundary-free"),
    ("offices", "seats", "*", "A", "about 30 seats in a ward hall of June 2025 (press)"),
    ("offices", "minimum_crew", "*", "A", "as a branch before"),
    ("fields", "boundary_free_from", "*", "S", "every procedure boundary-free by June 2025 (press)"),
    ("officers", "fields", "*", "A", "as before; former branch officers take every district field, not their own slower"),
)


def sources(scenario: Scenario) -> tuple[Source, ...]:
    """One row for each group of figures, disjoint and complete: the tables and sections of a Binh Duong scenario."""
    later = LINES_2025 if len(scenario.phases) == 1 else ()
    replaced = {(table, column) for table, columns, *_ in later for column in columns.split()}
    lines = [
        (table, column, rows, mark, text)
        for source in (LINES, later)
        for table, columns, rows, mark, text in source
        for column in columns.split()
        if source is later or (table, column) not in replaced
    ]
    return tuple(source for line in lines for source in _written_out(line, lines, scenario))


@cache
def vietnamese() -> Mapping[str, str]:
    """The Vietnamese of each English sentence; one that is missing is a KeyError of the build."""
    return {row["en"]: row["vi"] for row in read("grounds.csv")}


def _written_out(line: Line, lines: list[Line], scenario: Scenario) -> Iterator[Source]:
    table, column, rows, mark, text = line
    others = [other for other in lines if other[:2] == (table, column) and other[2] != rows]
    if table in SECTIONS or not others:
        keys = [] if table not in SECTIONS and not getattr(scenario, table) else [ANY]
    elif rows == ANY:
        named = {key for other in others for key in _keys(other[2], table, scenario)}
        keys = [key for key in _present(table, scenario) if key not in named]
    else:
        keys = _keys(rows, table, scenario)
    for part in _cells(keys):
        yield Source(table=table, column=column, rows=part, basis=BASES[mark], source=text, source_vi=vietnamese()[text])


def _keys(rows: str, table: str, scenario: Scenario) -> list[str]:
    """Keys that a line names, of those in the table; words in capitals stand for groups."""
    seats = {row["code"] for row in read("units.csv") if row["is_central"] == "1"}
    if rows == "SEATS":
        named = seats | {f"C{unit}" for unit in seats} | {f"T{unit}" for unit in seats}
        named |= {f"D{row['code']}" for row in read("districts.csv")}
    elif rows == "CENTRAL":
        named = {key_text(change) for change in scenario.office_changes if change.office[1:] in seats}
    elif rows == "SPECIALISTS":
        named = {key_text(row) for row in scenario.back_offices if row.level != "commune"}
    elif rows == "FREE_P3":
        named = {field.id for field in scenario.fields if field.boundary_free_from == "p3"}
    else:
        named = set(rows.split())
    return [key for key in _present(table, scenario) if key in named]


def _present(table: str, scenario: Scenario) -> list[str]:
    return [key_text(row) for row in getattr(scenario, table)]


def _cells(keys: list[str]) -> Iterator[str]:
    """Join keys into cells that are not too long."""
    cell = ""
    for key in keys:
        if cell and len(cell) + 1 + len(key) > ROWS_CHARACTERS:
            yield cell
            cell = ""
        cell = f"{cell} {key}".strip()
    if cell:
        yield cell
