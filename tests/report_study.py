"""A study made by hand for tests of results: invented tables on a real scenario, no simulation."""

import numpy as np

from optimizer import Move, Outcome, PhasePlan, Reason
from results.summary import PhaseStudy, StudyData
from scenarios.phases import phase_view
from scenarios.schema import Assignment, Scenario
from sim import OFFICE_COLUMNS, UNIT_COLUMNS, PhaseTables
from sim.columns import BIN, BINS

MINUTE = 60_000


def invented_tables(scenario: Scenario, phase: str, *, relief: float, replications: int = 4, days: int = 20) -> PhaseTables:
    """Return tables in which one office in seven is crowded; `relief` scales its waits, the same citizens come in any case."""
    view = phase_view(scenario, phase)
    offices, units = tuple(view.offices), tuple(sorted(unit.id for unit in scenario.units))
    rng = np.random.default_rng([7, len(offices)])
    count = len(offices)
    columns = {name: np.zeros((replications, count), np.int64) for name in OFFICE_COLUMNS}
    crowd = np.where(np.arange(count) % 7 == 0, 9.0, 1.0) * rng.uniform(0.5, 2.0, count)
    half_hour = np.zeros((replications, count, 48, 3), np.int64)
    histogram = np.zeros((replications, count, BINS), np.int64)
    profile = np.zeros(48)
    profile[14:34] = [2, 7, 9, 9, 8, 7, 6, 5, 3, 0.4, 0.4, 0.4, 4, 5, 5, 4, 3, 2, 1, 0.2]
    for replication in range(replications):
        tickets = rng.poisson(days * 25 * crowd)
        wait = crowd * 3.5 * np.where(crowd > 4, relief, 2 - relief) * rng.uniform(0.95, 1.05, count)
        lost = (tickets * np.minimum(wait / 400, 0.4)).astype(np.int64)
        called = tickets - lost
        incomplete, fetched = called // 12, called // 8
        served = called - incomplete
        finished = served - fetched
        columns["tickets"][replication], columns["served"][replication] = tickets, served
        columns["left"][replication], columns["incomplete"][replication] = lost, incomplete
        columns["fetched"][replication], columns["finished"][replication] = fetched, finished
        columns["wait_called"][replication] = called * wait * MINUTE
        columns["wait_lost"][replication] = lost * 25 * MINUTE
        columns["over_standard"][replication] = tickets * np.minimum(wait / 90, 0.9)
        columns["over_long"][replication] = tickets * np.minimum(wait / 150, 0.8)
        overload = tickets * np.maximum(wait - 6, 0.3) * MINUTE
        columns["overload"][replication] = overload
        columns["service"][replication] = columns["busy"][replication] = called * 9 * MINUTE
        columns["rostered"][replication] = days * 8 * 4 * 60 * MINUTE
        columns["travel"][replication] = tickets * 12 * MINUTE
        columns["within_access"][replication] = tickets * 9 // 10
        columns["digitized"][replication] = finished // 2
        columns["reused"][replication] = finished // 10
        columns["remote"][replication] = finished // 4
        received = finished * 5 // 4 + finished // 4
        columns["received"][replication], columns["completed"][replication] = received, received - received // 50
        columns["on_time"][replication] = received * 9 // 10
        columns["archived"][replication] = received // 2
        columns["open_files"][replication] = received * 3
        columns["overdue"][replication] = received // 20
        columns["booked"][replication], columns["no_show"][replication] = called // 20, called // 200
        columns["absent"][replication] = days * 60 * MINUTE
        columns["change"][replication] = days * 10 * wait * MINUTE
        share = profile / profile.sum()
        half_hour[replication, :, :, 0] = tickets[:, None] * share
        half_hour[replication, :, :, 1] = overload[:, None] * share
        half_hour[replication, :, :, 2] = days * np.clip(profile / 9 * wait[:, None] / 30, 0, 1)
        columns["overloaded_half_hours"][replication] = half_hour[replication, :, :, 2].sum(axis=1)
        for office in range(count):
            waits = rng.exponential(max(wait[office], 0.1), size=called[office]) * MINUTE
            np.add.at(histogram[replication, office], np.minimum(waits // BIN, BINS - 1).astype(np.int64), 1)
    unit = np.zeros((replications, len(units), len(UNIT_COLUMNS)), np.int64)
    unit[:, :, :] = rng.integers(1_000, 9_000, (replications, len(units), len(UNIT_COLUMNS)))
    unit[:, :, UNIT_COLUMNS.index("wait_called")] *= MINUTE
    return PhaseTables(
        phase=phase,
        office_ids=offices,
        unit_ids=units,
        days=days,
        replications=tuple(range(20, 20 + replications)),
        office=np.stack([columns[name] for name in OFFICE_COLUMNS], axis=2),
        half_hour=half_hour,
        wait_histogram=histogram,
        unit=unit,
        visit_hash=np.arange(replications, dtype=np.uint64) + np.uint64(2**63),
    )


PROVEN = Outcome(status="optimal", objective=1234, bound=1234.0, gap=0.0, seconds=0.5)


def invented_plan(scenario: Scenario, phase: str, reason: Reason, *, moves: int = 2) -> PhasePlan:
    """Return a plan that sends some officers who may move to the office after the next."""
    view = phase_view(scenario, phase)
    offices = tuple(view.offices)
    movable = [officer for officer in view.officers.values() if officer.movable and not officer.pool][
        :: max(1, len(view.officers) // max(moves, 1))
    ][:moves]
    targets = {office: offices[(place + 2) % len(offices)] for place, office in enumerate(offices)}
    homes = [(officer.id, view.home[officer.id]) for officer in movable]
    chosen = tuple(Move(phase, officer, home, targets[home], reason) for officer, home in homes)
    moved = tuple(move for move in chosen if move.source != move.target)
    return PhasePlan(
        phase=phase,
        moves=moved,
        assignments=tuple((move.officer, move.target) for move in moved),
        additions=(),
        predicted_overload_min_per_day=321.5,
        as_is_predicted_overload_min_per_day=987.25,
        crews=(("o1", "commune", 2),),
    )


def invented_study(scenario: Scenario, reason: Reason, *, moves: int = 2, replications: int = 4) -> StudyData:
    """Return a study of every phase of a scenario, with reference days."""
    scenario = scenario.model_copy(update={"assignments": ()})
    plans = [invented_plan(scenario, phase.id, reason, moves=moves) for phase in scenario.phases]
    rows = tuple(Assignment(phase=move.phase, officer=move.officer, office=move.target) for plan in plans for move in plan.moves)
    planned = scenario.model_copy(update={"assignments": rows})

    def tables(phase: str, relief: float, days: int) -> PhaseTables:
        return invented_tables(scenario, phase, relief=relief, replications=replications, days=days)

    phases = tuple(
        PhaseStudy(
            phase=plan.phase,
            as_is=tables(plan.phase, 1.0, 20),
            planned=tables(plan.phase, 0.6, 20),
            reference_as_is=tables(plan.phase, 1.0, 10),
            reference_planned=tables(plan.phase, 0.6, 10),
            plan=plan,
        )
        for plan in plans
    )
    return StudyData(
        scenario, planned, phases, seed=1, replications=replications, curve_replications=20, seconds=1.5, outcome=PROVEN
    )
