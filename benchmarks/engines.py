"""The kernel beside the SimPy engine on the same draws, alone with citizens given and drawing them, whole phases, and two
threads beside one: pairs in turn, in one run.

python -m benchmarks.engines [SCENARIO] [--days N] [--pairs N]
"""

import argparse
from dataclasses import replace
from statistics import median
from time import perf_counter, process_time

import numpy as np

from benchmarks.peers.workloads import spread_of
from scenarios import load_scenario
from scenarios.schema import Scenario
from sim import Measures, Run, simulate
from sim.columns import R_CODE, R_DAY, R_OFFICE
from sim.network import Compiled, Draws
from sim.run import Records, compile_days, play, play_fast
from sim.streams import VISIT_COLUMNS, Key, day_counts, draw_day, fetches, run_key
from sim.tables import empty_tables

TIMES = 20  #: the kernel within a pair
ALONE = 5  #: plays of a phase by the kernel alone, in a round
THREADED = 6  #: replications on one thread and on two


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario", nargs="?", default="binh-duong")
    parser.add_argument("--days", type=int, default=5)
    parser.add_argument("--pairs", type=int, default=3)
    asked = parser.parse_args()
    scenario = load_scenario(asked.scenario)
    against_simpy(scenario, asked.days, asked.pairs)
    kernel_alone(scenario, asked.pairs)
    whole_phases(scenario, asked.pairs)
    threads(scenario, asked.pairs)


def against_simpy(scenario: Scenario, days: int, pairs: int) -> None:
    """Both engines on the same draws, replication by replication; what they count is the same."""
    print("| phase | visits | kernel ns a visit | SimPy ns a visit | SimPy / kernel |\n| --- | --: | --: | --: | --: |")
    for phase in (phase.id for phase in scenario.phases):
        compiled = compile_days(scenario, phase, seed=1, days=days)
        visits = len(play(compiled, 0, keep=True)[2])
        found = []
        for replication in range(pairs):
            began = process_time()
            for _ in range(TIMES):
                fast = play(compiled, replication)
            kernel = (process_time() - began) / TIMES
            began = process_time()
            slow = play(compiled, replication, engine="reference")
            found.append((kernel, process_time() - began))
            assert fast[1] == slow[1]
        kernel, simpy = (median(column) / visits * 1e9 for column in zip(*found, strict=True))
        ratio = spread_of([slow / fast for fast, slow in found], ".0f")
        print(f"| {phase} | {visits:,} | {kernel:.0f} | {simpy:,.0f} | {ratio} |", flush=True)


def kernel_alone(scenario: Scenario, rounds: int) -> None:
    """All days by the kernel alone, without what is made of its tables: their citizens given, and drawn, in turn.

    Given are the visits of a run, those of the lead-in and of who comes again as well; what is played is the same, visit by
    visit, which is checked. Dossiers from afar, of whom nobody comes, are drawn and filed only where citizens are drawn.
    """
    print("\n| kernel alone, whole phase | visits | citizens given, ns a visit | citizens drawn, ns a visit |")
    print("| --- | --: | --: | --: |")
    for phase in (phase.id for phase in scenario.phases):
        drawn = compile_days(scenario, phase, seed=1)
        given = with_citizens(drawn, 0)
        tables, drawn_hash, _ = play(drawn, 0)
        assert play(given, 0)[1] == drawn_hash
        visits = int(tables.office[:, 0].sum())
        costs: list[list[float]] = [[], []]
        for _ in range(rounds * ALONE):
            for compiled, found in zip((given, drawn), costs, strict=True):
                began = process_time()
                play(compiled, 0)
                found.append((process_time() - began) / visits * 1e9)
        print(f"| {phase} | {visits:,} | {spread_of(costs[0], '.0f')} | {spread_of(costs[1], '.0f')} |", flush=True)


def with_citizens(compiled: Compiled, replication: int) -> Compiled:
    """The same phase with the citizens of a replication given."""
    blocks = []
    for number, draws in enumerate(compiled.blocks):
        tables = empty_tables(len(compiled.office_ids), len(compiled.unit_ids))
        _, records, _ = play_fast(compiled, number, replication, tables, keep=True)
        days = [drawn_visits(draws, records, replication, day) for day in range(len(draws.days.weekday))]
        start = np.concatenate([[0], np.cumsum([len(visits) for visits in days])])
        blocks.append(replace(draws, given=np.concatenate(days), given_start=start.astype(np.int64)))
    return replace(compiled, blocks=tuple(blocks))


def drawn_visits(draws: Draws, records: Records, replication: int, day: int) -> Records:
    """The visits of a day as the kernel draws them: who was recorded, or in a lead-in who is expected."""
    root, laws = run_key(np.uint64(draws.seed), replication), draws.laws
    key = Key(np.uint64(root.low), np.uint64(root.high), replication)
    counts, remote = np.zeros(laws.mean_micro.shape[1:], np.int64), np.zeros(laws.mean_micro.shape[1:], np.int64)
    recorded = records[records[:, R_DAY] == day]
    codes = recorded[:, R_CODE].copy()
    bound = np.where(fetches(codes), recorded[:, R_OFFICE], -1)
    n = len(codes) if day >= draws.days.lead_in else int(day_counts(key, laws, day, counts, remote))
    visits = np.empty((n, VISIT_COLUMNS), np.int64)
    draw_day(key, laws, day, counts, codes, bound, visits)
    return visits


def whole_phases(scenario: Scenario, rounds: int) -> None:
    """All days, from the scenario to the indicators."""
    print("\n| whole phase, to its indicators | visits | ns a visit |\n| --- | --: | --: |")
    simulate(scenario, days=1, replications=1, measures=Measures())  # what is imported when first used
    for phase in (phase.id for phase in scenario.phases):
        visits, costs = 0, []
        for _ in range(rounds):
            began, measures = process_time(), Measures()
            simulate(scenario, [phase], replications=1, jobs=1, measures=measures)
            measured = measures.phases[0]
            visits = round(measured.province["visits_per_day"].iloc[0] * measured.days)
            costs.append((process_time() - began) / visits * 1e9)
        print(f"| {phase} | {visits:,} | {spread_of(costs, '.0f')} |", flush=True)


def threads(scenario: Scenario, rounds: int) -> None:
    """Wall time on one thread and on two, in turn."""
    phase = scenario.phases[min(1, len(scenario.phases) - 1)].id

    def wall(jobs: int) -> tuple[float, Run]:
        began = perf_counter()
        run = simulate(scenario, [phase], replications=THREADED, jobs=jobs, measures=Measures())
        return perf_counter() - began, run

    pairs = [(wall(1), wall(2)) for _ in range(rounds)]
    assert len({run.digest for pair in pairs for _, run in pair}) == 1
    print(f"\n| {THREADED} replications of {phase}, whole | wall s |\n| --- | --: |")
    print(f"| one thread | {spread_of([one for (one, _), _ in pairs], '.2f')} |")
    print(f"| two threads, same digest | {spread_of([two for _, (two, _) in pairs], '.2f')} |")
    print(f"| times as fast | {spread_of([one / two for (one, _), (two, _) in pairs], '.2f')} |", flush=True)


if __name__ == "__main__":
    main()
