"""The halls of this engine beside a hand-written event loop in C++ with the same features, on the same given visits.

python -m benchmarks.peers.halls [SCENARIO] [--phase ID]… [--days N] [--rounds N]

Both play every office of a phase again from the visits of one recorded run, one thread, rounds in turn: skills and paces,
two ranks, patience, balking, rosters with lunch, absence, moved officers, outages, papers and the check at the door, closing and
overtime, returns on later days. Both are given arrivals, work, patience and all else that was drawn; C++ is given when
systems fail as well. Checked: one hash over code, office, officer, start, end and outcome of every visit, and the overload.
"""

import argparse
import json
import subprocess
from pathlib import Path
from statistics import median
from time import process_time

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers.environment import PLACE, built
from benchmarks.peers.workloads import spread_of
from scenarios import load_scenario
from sim.columns import R_CODE, R_END, R_OFFICE, R_OFFICER, R_OUTCOME, R_START
from sim.kept import K_ARRIVAL, K_BALK, K_DOOR, K_SUCCESSOR
from sim.network import Compiled
from sim.replay import Replay, record
from sim.rules import LAST_TICKET, NO_SHOW, OPEN, OUTAGES, OVERTIME_END, TICKET_OPEN, absence_chance, day_outages
from sim.run import compile_days, play
from sim.streams import Key, run_key, visit_hash


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario", nargs="?", default="binh-duong")
    parser.add_argument("--phase", action="append")
    parser.add_argument("--days", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=7)
    asked = parser.parse_args()
    loop = built("office_day")
    if loop is None:
        return
    scenario = load_scenario(asked.scenario)
    print("\n| halls | visits | motcua ns a visit | C++ ns a visit | motcua / C++ | the same visits |")
    print("| --- | --: | --: | --: | --: | --- |")
    for phase in asked.phase or [phase.id for phase in scenario.phases]:
        compiled = compile_days(scenario, phase, seed=1, days=asked.days)
        replay = record(scenario, compiled, [0], jobs=1)
        path = PLACE / f"halls-{phase}.bin"
        write(replay, path)
        replay.overload_by_day_s(jobs=1)
        pairs = []
        for _ in range(asked.rounds):
            began = process_time()
            sums = replay.overload_by_day_s(jobs=1)
            own = process_time() - began
            text = subprocess.run([loop, path, "1"], check=True, capture_output=True, text=True).stdout
            found = json.loads(text)
            pairs.append((own, found["seconds"][0]))
        assert found["overload"] == round(float(sums.sum()) * 1000), (found["overload"], sums.sum())
        assert found["hash"] == hashed(compiled), "some visit differs"
        mine, theirs = (median(column) / found["visits"] * 1e9 for column in zip(*pairs, strict=True))
        ratio = spread_of([own / other for own, other in pairs])
        print(f"| {asked.scenario} {phase} | {found['visits']:,} | {mine:.0f} | {theirs:.0f} | {ratio} | all |", flush=True)


def hashed(compiled: Compiled) -> int:
    """Sum of the hashes of all visits that came, as the kernel plays the whole phase."""
    records = play(compiled, 0, keep=True)[2]
    came = records[records[:, R_OUTCOME] < NO_SHOW]
    columns = came[:, [R_CODE, R_OFFICE, R_OFFICER, R_START, R_END, R_OUTCOME]]
    return sum(int(visit_hash(*row)) for row in columns) % 2**64


def write(replay: Replay, path: Path) -> None:
    """All offices, block by block, as the C++ reads them: numbers, and rows with their lengths before them."""
    with path.open("wb") as file:
        blocks = replay.compiled.blocks
        np.array([len(blocks) * len(replay.compiled.office_ids)], np.int64).tofile(file)
        for block in range(len(blocks)):
            for office in range(len(replay.compiled.office_ids)):
                for part in of_office(replay, block, office):
                    if isinstance(part, np.ndarray):
                        np.array([part.size], np.int64).tofile(file)
                    np.asarray(part).astype(np.int64).tofile(file)


def of_office(replay: Replay, block: int, office: int) -> list[int | NDArray[np.generic]]:
    """What an office needs, in the order of `Office::read`."""
    setting, draws = replay.setting(office), replay.compiled.blocks[block]
    network, days, laws, kept = setting.network, setting.days[block], draws.laws, replay.kept[0][block][office]
    assert not len(kept.guests) and (days.goes_to[:, office] == office).all(), "reserves and closed offices are not in the C++"
    key, clock = _key(draws.seed, replay.replications[0]), network.clock[0]
    counted = max(clock[TICKET_OPEN], clock[OPEN])
    scalars = [office, network.reserved[0], network.scanners[0], clock[OPEN], counted, clock[LAST_TICKET], clock[OVERTIME_END]]
    scalars += [days.lead_in, days.lead_in + days.warmup, network.offers.shape[1], replay.level_of.max() + 1]
    scalars += [network.nominal_fetch, network.long_wait, network.very_long_wait, network.turn_away_share, network.mend_share]
    scalars += [network.failed_share, network.standard, network.lost_charge, network.visits_max, network.return_days_max]
    scalars += [network.papers_days_max, network.papers_return_share, key.low, key.high, replay.replications[0]]
    absence = [
        [
            absence_chance(chance, days.absence_added[day, home], network.away_from, until, laws.days[day])
            for chance, home, until in zip(network.absence, network.home_office, network.away_until, strict=True)
        ]
        for day in range(len(laws.days))
    ]
    columns = [laws.days, days.weekday, days.moved_pace, days.door_share, setting.nominal, network.balk_long]
    columns += [network.balk_very_long, network.return_share, replay.level_of, np.array(absence), setting.competent != 0]
    columns += [laws.unit_hash, laws.field_hash, network.officer_hash, network.moved, network.pace]
    columns += [network.change_start, network.change_tick, network.change_officer, *outages(replay, block, office)]
    words = kept.rows.astype(np.int64)
    words[:, K_BALK : K_DOOR + 1] &= 0xFFFFFFFF
    day = np.repeat(np.arange(len(kept.start) - 1), np.diff(kept.start))
    visits = np.column_stack([kept.code, day, words[:, K_ARRIVAL : K_SUCCESSOR + 1]])
    return [*(int(value) for value in scalars), *columns, kept.start, visits]


def outages(replay: Replay, block: int, office: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Outages of each day: slices (D + 1,), and start, end, fields, pace."""
    setting, draws = replay.setting(office), replay.compiled.blocks[block]
    network, days = setting.network, setting.days[block]
    key, clock = _key(draws.seed, replay.replications[0]), network.clock[0]
    rows, start = [], [0]
    for day, ordinal in enumerate(draws.laws.days):
        found, scratch = np.zeros((OUTAGES, 5), np.int64), np.empty((2, 8), np.int64)
        count = day_outages(
            network.systems, network.everywhere, network.day_open, network.day_close, network.office_hash[0], clock[OPEN],
            clock[OVERTIME_END], days.outage, days.outage_start[day], days.outage_start[day + 1], 0, key, ordinal, found,
            scratch[0], scratch[1],
        )  # fmt: skip
        rows.append(found[:count, :4])
        start.append(start[-1] + int(count))
    return np.array(start, np.int64), np.concatenate(rows)


def _key(seed: int, replication: int) -> Key:
    """The key of a run; compiled functions give words back as plain integers."""
    low, high, number = run_key(np.uint64(seed), replication)
    return Key(np.uint64(low), np.uint64(high), number)


if __name__ == "__main__":
    main()
