"""Counter hours."""

from datetime import time

from random_scenarios import random_scenario

from scenarios import rosters, schema
from scenarios.phases import phase_view

HOURS = schema.Hours(
    id="standard",
    ticket_open=time(7),
    open=time(7, 30),
    lunch_start=time(11, 30),
    lunch_end=time(13),
    close=time(17),
    last_ticket=time(16, 30),
)


def crew(size: int, share: float) -> list[schema.Officer]:
    return [
        schema.Officer(
            id=f"x{n}", name="x", home="o", employer="commune", counter_share=share, home_unit="u", movable=True, fields="f"
        )
        for n in range(size)
    ]


def on_duty(size: int, share: float, counters: int) -> list[int]:
    """Officers on duty in each half hour of each weekday."""
    half_hours = rosters.slots(HOURS)
    found = rosters.by_default(crew(size, share), counters, HOURS, list(range(5)))
    return [
        sum(any(on <= start and end <= off for on, off in found[f"x{n}", day]) for n in range(size))
        for day in range(5)
        for start, end in half_hours
    ]


def test_day_has_sixteen_half_hours_with_lunch_between() -> None:
    """7:30–11:30 and 13:00–17:00."""
    assert len(rosters.slots(HOURS)) == 16
    assert rosters.slots(HOURS)[7:9] == ((660, 690), (780, 810))


def test_crew_times_share_is_on_duty_at_any_time() -> None:
    """Five officers at 60 %: three in every half hour; four: two or three."""
    assert set(on_duty(5, 0.6, 9)) == {3}
    assert set(on_duty(4, 0.6, 9)) == {2, 3}


def test_counters_bound_who_is_on_duty() -> None:
    """Ten full-time officers at four counters: four on duty."""
    assert set(on_duty(10, 1.0, 4)) == {4}


def test_everyone_gives_the_paid_share() -> None:
    """Over a week each officer's counter hours are the share of the week within half an hour a day."""
    for size in range(1, 9):
        found = rosters.by_default(crew(size, 0.6), 20, HOURS, list(range(5)))
        for n in range(size):
            hours = sum(off - on for day in range(5) for on, off in found[f"x{n}", day]) / 60
            assert abs(hours - 0.6 * 40) <= 2.5


def test_nobody_exceeds_counters_in_random_scenarios() -> None:
    """The default stagger keeps the counters in every half hour; explicit hours may not (check says so)."""
    for number in range(40):
        scenario = random_scenario(number).model_copy(update={"rosters": ()})
        view = phase_view(scenario, "p1")
        roster = rosters.duty(scenario, view)
        for office in view.offices.values():
            for weekday in range(5):
                for people in rosters.on_duty(view, roster, rosters.slots(HOURS), office.id, weekday):
                    assert len(people) <= office.counters
