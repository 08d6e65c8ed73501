"""The synthetic officers of the Binh Duong scenarios: how many an office has, what they may serve, where they live.

Numbers follow published minima and means; nobody of flesh and blood is meant.
"""

from collections.abc import Iterator, Sequence

from ..phases import straight_km
from ..schema import Employer, Office, OfficeKind, Officer, ProcedureField, Unit
from .raw_data import read, units

POINT_STAFF = ((12_000, 3), (30_000, 4), (60_000, 5), (100_000, 6))  # inhabitants below → officers; else seven
POINT_STAFF_MOST = 7
BRANCH_STAFF = {"718": 15, "721": 14, "723": 15, "724": 15, "725": 15}  # by district; else twelve
BRANCH_STAFF_LEAST = 12
CENTER_STAFF = 24
POSTAL_STAFF = 2  # a branch, from phase 2
COUNTER_SHARE: dict[OfficeKind, float] = {"point": 0.60, "branch": 0.85, "center": 0.85}
SECOND_FIELD_PACE = 1150
OWN_FIELDS = (0, 1, 1, 0, 1, 2, 1, 1, 0, 1, 1, 2, 1, 0, 1, 1, 2, 1, 0, 1)  # beside certification, of twenty point officers
DISTRICT_OTHERS = ("household_business", "construction", "district_labor", "district_other")
ABSENCE_RATE = 0.03  # a whole day away in about seven weeks: leave, illness, training
COST_PER_DAY = 320.0  # thousand dong: base salary 2.34 million × coefficient 3.0 ÷ 22 days
FORMER_BRANCH_LEAST = 2  # former branch officers of a unit of 2025
EMPLOYERS: dict[OfficeKind, Employer] = {"point": "commune", "branch": "district", "center": "province"}


def staff_of_point(people: int) -> int:
    """Officers of a commune point by inhabitants."""
    return next((staff for below, staff in POINT_STAFF if people < below), POINT_STAFF_MOST)


def staff_of_office(kind: OfficeKind, district: str, people: int) -> int:
    """Officers of an office of the province, a district or a commune."""
    if kind == "center":
        return CENTER_STAFF
    return BRANCH_STAFF.get(district, BRANCH_STAFF_LEAST) if kind == "branch" else staff_of_point(people)


def officers(places: Sequence[Office], homes: Sequence[Unit], fields: Sequence[ProcedureField]) -> Iterator[Officer]:
    """The crews of the 101 offices, then the postal staff of each branch from phase 2."""
    people = {unit.id: unit.population for unit in homes}
    met = 0  # point officers so far: the pattern of own fields runs through the province
    for office in sorted(places, key=lambda office: office.id):
        living = home_units(office, homes)
        for number in range(staff_of_office(office.kind, office.district, people[office.unit])):
            skills = {
                "point": point_skills(met, fields),
                "branch": branch_skills(number),
                "center": center_skills(number, fields),
            }[office.kind]
            met += office.kind == "point"
            yield officer(office, number + 1, living[number % len(living)], skills, COUNTER_SHARE[office.kind])
        if office.kind == "branch":
            for number in range(POSTAL_STAFF):
                yield postal_officer(office, number + 1, "p2")


def officers_2025(places: Sequence[Office], homes: Sequence[Unit], fields: Sequence[ProcedureField]) -> Iterator[Officer]:
    """The same people in the offices of July 2025.

    Point officers go with the unit that took most people of theirs; branch and postal staff are shared out by
    inhabitants. Former branch officers take every district field, those not their own more slowly.
    """
    people = {unit.id: unit.population for unit in homes}
    from_points = {unit.id: 0 for unit in homes}
    old_people = {unit.id: unit.population for unit in units()}
    for row in read("units.csv"):
        from_points[row["new_code_2025"]] += staff_of_point(old_people[row["code"]])
    branches = [BRANCH_STAFF.get(row["code"], BRANCH_STAFF_LEAST) for row in read("districts.csv")]
    from_branches = shared_out(sum(branches), people, FORMER_BRANCH_LEAST)
    from_post = shared_out(POSTAL_STAFF * len(branches), people, 0)
    met = former = 0
    for office in sorted(places, key=lambda office: office.id):
        if office.kind == "center":
            for number in range(CENTER_STAFF):
                yield officer(office, number + 1, office.unit, center_skills(number, fields), COUNTER_SHARE["center"])
            continue
        points = from_points[office.unit]
        for number in range(points):
            yield officer(office, number + 1, office.unit, point_skills(met, fields), COUNTER_SHARE["point"])
            met += 1
        for number in range(points, points + from_branches[office.unit]):
            yield officer(office, number + 1, office.unit, former_branch_skills(former, fields), COUNTER_SHARE["branch"])
            former += 1
        for number in range(from_post[office.unit]):
            yield postal_officer(office, number + 1, "")


def shared_out(total: int, weights: dict[str, int], least: int) -> dict[str, int]:
    """Share out `total` by weight, at least `least` to each, the rest to the highest averages (D'Hondt)."""
    found = {name: least for name in weights}
    for _ in range(total - sum(found.values())):
        found[max(weights, key=lambda name: (weights[name] / (found[name] + 1), name))] += 1
    return found


def officer(office: Office, number: int, home_unit: str, skills: str, counter_share: float) -> Officer:
    """One synthetic officer; the first of an office is its head and stays."""
    return Officer(
        id=f"{office.id}-{number:02d}",
        name=f"Cán bộ {number} – {office.name}",
        home=office.id,
        employer=EMPLOYERS[office.kind],
        grade="chuyên viên",
        counter_share=counter_share,
        home_unit=home_unit,
        movable=number > 1,
        absence_rate=ABSENCE_RATE,
        cost_per_day=COST_PER_DAY,
        fields=skills,
    )


def postal_officer(office: Office, number: int, first_phase: str) -> Officer:
    """Postal staff receive simple dossiers beside the officers."""
    return Officer(
        id=f"{office.id}-B{number}",
        name=f"Nhân viên bưu điện {number} – {office.name}",
        home=office.id,
        employer="post",
        grade="nhân viên bưu điện",
        counter_share=COUNTER_SHARE["branch"],
        home_unit=office.unit,
        movable=True,
        first_phase=first_phase,
        absence_rate=ABSENCE_RATE,
        cost_per_day=COST_PER_DAY,
        fields=f"household_business district_certification certification:{SECOND_FIELD_PACE}",
    )


def home_units(office: Office, homes: Sequence[Unit]) -> list[str]:
    """Where the officers of an office live, in turn.

    Points: two of three in the unit, one in the nearest other unit. Branches and center: the units nearest by road.
    """
    near = sorted(homes, key=lambda unit: (straight_km(unit.lat, unit.lon, office.lat, office.lon), unit.id))
    if office.kind == "point":
        other = next(unit.id for unit in near if unit.id != office.unit and unit.district == office.district)
        return [office.unit, office.unit, other]
    if office.kind == "branch":
        return [unit.id for unit in near if unit.district == office.district][:6]
    return [unit.id for unit in near][:12]


def point_skills(met: int, fields: Sequence[ProcedureField]) -> str:
    """Every commune field; certification and, by the pattern, none, one or two others at own pace.

    Of twenty officers three hold three fields of their own, twelve two, five one.
    """
    names = [field.id for field in fields if field.level == "commune" and field.id != "certification"]
    mine = {names[(met + step) % len(names)] for step in range(OWN_FIELDS[met % len(OWN_FIELDS)])}
    return " ".join(["certification", *(name if name in mine else f"{name}:{SECOND_FIELD_PACE}" for name in names)])


def branch_pair(number: int) -> tuple[str, str]:
    """Two fields of the district; three of four officers hold land registration, three quarters of a branch's work."""
    if number % 4 == 3:
        first = number // 4 * 2 % len(DISTRICT_OTHERS)
        return DISTRICT_OTHERS[first], DISTRICT_OTHERS[first + 1]
    return "land_registration", DISTRICT_OTHERS[(number - number // 4) % len(DISTRICT_OTHERS)]


def branch_skills(number: int) -> str:
    """Two fields of the district, district certification, and commune certification more slowly."""
    return " ".join([*branch_pair(number), "district_certification", f"certification:{SECOND_FIELD_PACE}"])


def former_branch_skills(number: int, fields: Sequence[ProcedureField]) -> str:
    """As in a branch, and every other district field more slowly."""
    own = {*branch_pair(number), "district_certification"}
    district = [field.id for field in fields if field.level == "district"]
    paced = [name if name in own else f"{name}:{SECOND_FIELD_PACE}" for name in district]
    return " ".join([*paced, f"certification:{SECOND_FIELD_PACE}"])


def center_skills(number: int, fields: Sequence[ProcedureField]) -> str:
    """Three of the seven provincial fields."""
    names = [field.id for field in fields if field.level == "province"]
    return " ".join(names[(number + step) % len(names)] for step in (0, 2, 3))
