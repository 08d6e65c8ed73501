"""This engine beside others on the same workloads, in one run: processor time a customer, ratios, and the same statistics.

python -m benchmarks.peers [--rounds N] [--engines simpy ciw salabim cimba numpy cpp …] [--workloads w1 w2 patient coupled]

Peers are installed, at pinned versions, into `benchmarks/.peers`; what is in C++ is compiled there (left out without a
compiler); queuecomputer is played where `Rscript -e 'library(queuecomputer)'` works. Engines take turns within a round; a ratio
is of one round, shown as median (lowest–highest). All have the same customers, those that this engine draws in w2 and coupled;
peers are given them free of charge; in `patient` those of w2 have patience without end. This engine stands thrice: the kernel,
which plays the whole process of an office with everything off and draws its citizens; the recursion of `sim.queues` on the
given customers; and the same with drawing them. One thread each.
"""

import argparse
import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from time import process_time

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers.environment import HERE, PLACE, PYTHON, built, install, knows_queuecomputer
from benchmarks.peers.workloads import (
    FOREVER,
    SCALE_MIN,
    SEED,
    SERVICE_MIN,
    SERVICE_S,
    W1_DESKS,
    citizens_of,
    desks_by_station,
    for_peers,
    one_long_station,
    scenario_of,
)
from sim.network import Compiled, ticks
from sim.queues import PlayedQueues, Queues, draw_queues, play_choices, play_queues, simulate_choices, simulate_queues
from sim.run import play
from sim.station import station
from sim.tables import OFFICE_COLUMNS

PLAIN = (
    *("simpy", "ciw", "salabim", "cimba_customers", "cimba", "cimba_events", "cimba_draws"),
    *("numpy", "cpp", "cpp_recursion", "cpp_scan"),
)
IN_R = ("queuecomputer", "queuecomputer_step")  # know no patience
CAN = {
    "w1": (*PLAIN, *IN_R),
    "w2": PLAIN,
    "patient": ("numpy", "cpp", "cpp_recursion", "cpp_scan", *IN_R),
    "coupled": ("simpy", "salabim", "cpp", "cpp_recursion"),
}
LABEL = {
    "simpy": "SimPy",
    "ciw": "Ciw",
    "cimba_customers": "Cimba, a process for each customer",
    "cimba": "Cimba, servers at a store",
    "cimba_events": "Cimba, events",
    "cimba_draws": "Cimba, events, own draws",
    "numpy": "recursion in Python and NumPy",
    "cpp": "event loop in C++",
    "cpp_recursion": "recursion in C++",
    "cpp_scan": "queuecomputer's algorithm, C++",
    "queuecomputer": "queuecomputer (R), `queue`",
    "queuecomputer_step": "queuecomputer (R), `queue_step`",
}
SHARE = {"salabim": 0.02, "ciw": 0.1}  # slow engines take the first part of the customers
KERNEL, GIVEN, DRAWN = "motcua, kernel", "motcua, recursion", "motcua, drawing and recursion"
OURS = (KERNEL, GIVEN, DRAWN)
TITLE = {
    "w1": "W1, M/M/5 at load 0.9",
    "w2": "W2, 101 offices apart, 1 to 20 desks, two-peak day, lognormal service, exponential patience, a week",
    "patient": "W2 with patience without end",
    "coupled": "Coupled: three offices of 4, 6 and 8 desks; every citizen looks at the number boards and takes one by the rule of"
    " `sim.rules.best_office`",
}
OWN_DRAWS = LABEL["cimba_draws"]
OF_FILE = [LABEL[name] for name in (*PLAIN, *IN_R) if name in LABEL and name not in ("ciw", "cimba_draws")]
SAME = (*OF_FILE, *OURS)  # play the same customers, all of them
THEORY_WAIT = 1.524986 * SERVICE_S  # Erlang C at five servers, load 0.9
REPEATS = 5  # of this engine within a round


@dataclass(frozen=True, slots=True)
class Played:
    """One engine on one workload, once; waited in ticks of the served."""

    customers: int
    seconds: float
    waited: float
    served: int
    left: int
    mebibytes: int

    @property
    def nanoseconds(self) -> float:
        return self.seconds / self.customers * 1e9

    @property
    def statistics(self) -> tuple[int, int, int]:
        return round(self.waited), self.served, self.left


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--engines", nargs="+", default=[*PLAIN, *IN_R], choices=[*PLAIN, *IN_R])
    parser.add_argument("--workloads", nargs="+", default=list(CAN), choices=list(CAN))
    asked = parser.parse_args()
    peers, loop, r = install(), built("event_loop"), set(asked.engines) & set(IN_R) and knows_queuecomputer()
    for workload in asked.workloads:
        there = {name: loop if name.startswith("cpp") else r if name in IN_R else peers for name in CAN[workload]}
        engines = [name for name in there if name in asked.engines and there[name]]
        found = compared(workload, engines, asked.rounds, loop)
        show(workload, found)
        for line in checked(workload, found):
            print(line)


def compared(workload: str, engines: list[str], rounds: int, loop: Path | None) -> dict[str, list[Played]]:
    """Rounds of all engines in turn, this one first."""
    mine, queues = ours(workload)
    folder = PLACE / workload
    folder.mkdir(exist_ok=True)
    draws = for_peers(workload, queues)
    np.savez(folder / "draws.npz", **draws)
    for name, values in draws.items():
        values.tofile(folder / f"{name}.bin")
    found: dict[str, list[Played]] = {name: [] for name in (*mine, *(LABEL.get(name, name) for name in engines))}
    for _ in range(rounds):
        for name, work in mine.items():
            found[name].append(timed(work, len(queues.arrivals)))
        for name in engines:
            command = [str(word) for word in _command(name, workload, folder, loop)]
            text = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(HERE)})
            found[LABEL.get(name, name)].append(Played(**json.loads(text.stdout.splitlines()[-1])))
    return found


def _command(name: str, workload: str, folder: Path, loop: Path | None) -> tuple[object, ...]:
    """What plays the customers of a folder by one engine and prints a line of JSON."""
    if name in IN_R:
        return "Rscript", HERE / "engine_queuecomputer.R", folder, name.replace("computer", "")
    if name.startswith("cpp"):
        return loop, folder, *name.split("_")[1:]
    return PYTHON, HERE / "play.py", name, workload, folder / "draws.npz", SHARE.get(name, 1.0)


Work = Callable[[], tuple[int, int, int]]


def ours(workload: str) -> tuple[dict[str, Work], Queues]:
    """This engine's ways of playing a workload, and its customers."""
    if workload == "w1":
        queues = one_long_station()
        long = station(queues.arrivals, queues.services, W1_DESKS)
        return {KERNEL: lambda: _by_kernel(long), GIVEN: lambda: _sums(_by_recursion(workload, queues))}, queues
    compiled = scenario_of(workload)
    queues = citizens_of(workload, compiled)
    if workload == "patient":
        queues = replace(queues, patiences=np.full(len(queues.arrivals), FOREVER))
        return {GIVEN: lambda: _sums(_by_recursion(workload, queues)), DRAWN: lambda: _drawn_too(workload, compiled)}, queues
    return {
        KERNEL: lambda: _by_kernel(compiled),
        GIVEN: lambda: _sums(_by_recursion(workload, queues)),
        DRAWN: lambda: _drawn_too(workload, compiled),
    }, queues


def timed(work: Work, customers: int) -> Played:
    """The median of a few repetitions, after one that compiles."""
    statistics = work()
    seconds = []
    for _ in range(REPEATS):
        began = process_time()
        work()
        seconds.append(process_time() - began)
    return Played(customers, median(seconds), *statistics, 0)


def _by_kernel(compiled: Compiled) -> tuple[int, int, int]:
    tables, _, _ = play(compiled, 0)
    total = dict(zip(OFFICE_COLUMNS, tables.office.sum(axis=0).tolist(), strict=True))
    assert total["served"] + total["left"] == total["tickets"]
    return total["wait_called"], total["served"], total["left"]


def _by_recursion(workload: str, queues: Queues) -> PlayedQueues:
    desks = desks_by_station(workload, len(queues.start) - 1)
    if workload == "coupled":
        return play_choices(queues, desks, ticks(SERVICE_MIN), wait_scale=ticks(SCALE_MIN), jobs=1)
    return play_queues(queues.arrivals, queues.services, desks, patiences=queues.patiences, start=queues.start, jobs=1)


def _drawn_too(workload: str, compiled: Compiled) -> tuple[int, int, int]:
    laws, desks = compiled.blocks[0].laws, desks_by_station(workload, compiled.blocks[0].laws.mean_micro.size)
    if workload == "coupled":
        hashes, scale = compiled.network.office_hash, ticks(SCALE_MIN)
        sums = simulate_choices(laws, hashes, desks, ticks(SERVICE_MIN), wait_scale=scale, seed=SEED, jobs=1)
    elif workload == "patient":
        drawn = draw_queues(laws, seed=SEED, jobs=1)
        return _sums(play_queues(drawn.arrivals, drawn.services, desks, start=drawn.start, jobs=1))
    else:
        sums = simulate_queues(laws, desks, seed=SEED, jobs=1)
    return _totals(sums[0])


def _sums(played: PlayedQueues) -> tuple[int, int, int]:
    return _totals(played.sums)


def _totals(sums: NDArray[np.int64]) -> tuple[int, int, int]:
    served, left, _, waited, _, _ = sums.sum(axis=0).tolist()
    return waited, served, left


def show(workload: str, found: dict[str, list[Played]]) -> None:
    """A table in Markdown: times, and how many times as long as each way of this engine."""
    mine = [name for name in OURS if name in found]
    heads = " | ".join(f"× {name.removeprefix('motcua, ')}" for name in mine)
    print(f"\n{TITLE[workload]}:\n\n| engine | customers | ns a customer | {heads} | mean wait s | left | MiB |")
    print("| --- |" + " --: |" * (len(mine) + 5))
    for name, runs in found.items():
        ratios = " | ".join("1" if name == own else _ratio(runs, found[own]) for own in mine)
        wait, left = runs[0].waited / runs[0].served / 1000, runs[0].left / runs[0].customers
        time, memory = _short(median(one.nanoseconds for one in runs)), runs[0].mebibytes or "–"
        shown = f"**{name}**" if name in mine else name
        print(f"| {shown} | {runs[0].customers:,} | {time} | {ratios} | {wait:.2f} | {f'{left:.4f}' if left else 0} | {memory} |")
    print(flush=True)


def _ratio(runs: list[Played], base: list[Played]) -> str:
    ratios = sorted(one.nanoseconds / other.nanoseconds for one, other in zip(runs, base, strict=True))
    spread = f" ({_short(ratios[0])}–{_short(ratios[-1])})" if len(ratios) > 1 else ""
    return _short(median(ratios)) + spread


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 20 else f"{value:.1f}" if value >= 2 else f"{value:.2f}"


def checked(workload: str, found: dict[str, list[Played]]) -> list[str]:
    """Whoever plays the same customers has the same sums: waits in ticks, served, left."""
    first = found[GIVEN][0].statistics
    equal = [name for name in SAME if name in found and found[name][0].statistics == first]
    said = [f"The same sum of waits to the tick, served and left: {', '.join(equal)}."]
    for name in SAME:
        if name in found and name not in equal:
            waited, served, left = (one / other - 1 for one, other in zip(found[name][0].statistics, first, strict=True))
            assert workload == "coupled" and max(abs(waited), abs(served), abs(left)) < 0.01, (name, found[name][0], first)
            said.append(f"{name}: waits {waited:+.5%}, served {served:+.5%}, left {left:+.5%}.")
    if OWN_DRAWS in found:
        other = found[OWN_DRAWS][0]
        waits, left = (other.waited / other.served) / (first[0] / first[1]), other.left / other.customers
        assert abs(waits - 1) < 0.1, (other, first)
        said.append(f"{OWN_DRAWS}: mean wait {waits - 1:+.1%}, {left:.4f} left.")
    if workload == "w1":
        wait, customers = first[0] / first[1] / 1000, found[GIVEN][0].customers
        assert abs(wait - THEORY_WAIT) < 4 * 0.038 * SERVICE_S * (1e6 / customers) ** 0.5
        said.append(f"Mean wait in theory {THEORY_WAIT:.2f} s, here {wait:.2f} s, within four standard deviations.")
    return said


if __name__ == "__main__":
    main()
