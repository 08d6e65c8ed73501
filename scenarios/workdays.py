"""The working calendar: the one place that knows weeks, months and closures."""

from dataclasses import dataclass
from datetime import date, timedelta

from .schema import Scenario


@dataclass(frozen=True, slots=True)
class Block:
    """Contiguous working days played together.

    The first `lead_in` only open dossiers, the `warmup` after them are played and not measured.
    """

    days: tuple[date, ...]
    warmup: int
    lead_in: int = 0

    @property
    def measured(self) -> tuple[date, ...]:
        return self.days[self.lead_in + self.warmup :]


def is_working_day(scenario: Scenario, day: date) -> bool:
    """Tell whether offices open: the weekday has demand and no closure covers the day."""
    if scenario.demand.weekday_factors[day.weekday()] == 0.0:
        return False
    return not any(closure.start <= day <= closure.end for closure in scenario.closures)


def working_days(scenario: Scenario, start: date, end: date) -> tuple[date, ...]:
    """List the working days from start to end, both included."""
    span = (start + timedelta(days=n) for n in range((end - start).days + 1))
    return tuple(day for day in span if is_working_day(scenario, day))


def _days_before(scenario: Scenario, day: date, count: int) -> tuple[date, ...]:
    """The last `count` working days before `day`, fewer when a year holds fewer."""
    found: list[date] = []
    for back in range(1, 366):
        if len(found) == count:
            break
        earlier = day - timedelta(days=back)
        if is_working_day(scenario, earlier):
            found.append(earlier)
    return tuple(reversed(found))


def _block(scenario: Scenario, days: tuple[date, ...]) -> Block:
    warmup = _days_before(scenario, days[0], scenario.indicators.warmup_days)
    lead_in = _days_before(scenario, (warmup or days)[0], scenario.results.lead_in_days)
    return Block(lead_in + warmup + days, len(warmup), len(lead_in))


def phase_blocks(scenario: Scenario, phase_id: str, days: int | None = None) -> tuple[Block, ...]:
    """Return the blocks to play for a phase: all of it, or whole weeks evenly spaced by date.

    `days` is rounded up to whole weeks; the weeks are those at the middles of equal parts of the phase.
    """
    phase = scenario.phase(phase_id)
    everything = working_days(scenario, phase.start, phase.end)
    if not everything:
        return ()
    if days is None or days >= len(everything):
        return (_block(scenario, everything),)
    weeks: dict[tuple[int, int], list[date]] = {}
    for day in everything:
        weeks.setdefault(day.isocalendar()[:2], []).append(day)
    fullest = max(map(len, weeks.values()))
    whole = [tuple(week) for week in weeks.values() if len(week) == fullest]
    wanted = min(-(-days // fullest), len(whole))
    chosen = [whole[(2 * n + 1) * len(whole) // (2 * wanted)] for n in range(wanted)]
    return _joined(scenario, chosen)


def _joined(scenario: Scenario, weeks: list[tuple[date, ...]]) -> tuple[Block, ...]:
    """Blocks of weeks; neighbours in the calendar with nothing between are one block."""
    runs: list[list[date]] = []
    for week in weeks:
        if runs and not working_days(scenario, runs[-1][-1] + timedelta(days=1), week[0] - timedelta(days=1)):
            runs[-1].extend(week)
        else:
            runs.append(list(week))
    return tuple(_block(scenario, tuple(run)) for run in runs)


def reference_blocks(scenario: Scenario) -> tuple[Block, ...]:
    """Return the common days on which every phase's organization is played with the same citizens."""
    days = working_days(scenario, scenario.indicators.reference_start, scenario.indicators.reference_end)
    return (_block(scenario, days),) if days else ()


def rollout_blocks(scenario: Scenario, start: date | None = None, end: date | None = None) -> list[tuple[str, tuple[Block, ...]]]:
    """Return the weeks of all phases in order of date, each phase with its weeks; only the first has days before it.

    A week that lies in two phases is two blocks. Nothing outside start…end is played.
    """
    found: list[tuple[str, tuple[Block, ...]]] = []
    for phase in sorted(scenario.phases, key=lambda phase: (phase.start, phase.id)):
        weeks: dict[tuple[int, int], list[date]] = {}
        for day in working_days(scenario, max(phase.start, start or phase.start), min(phase.end, end or phase.end)):
            weeks.setdefault(day.isocalendar()[:2], []).append(day)
        blocks = tuple(Block(tuple(days), 0) for days in weeks.values())
        if blocks and not found:
            blocks = (_block(scenario, blocks[0].days), *blocks[1:])
        if blocks:
            found.append((phase.id, blocks))
    return found
