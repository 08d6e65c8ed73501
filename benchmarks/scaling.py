"""Cost against size: offices, citizens, replications and staff, with slopes on log–log axes, start-up and memory.

python -m benchmarks.scaling [--plot FILE] [--rounds N]

Offices apart with everything off (`benchmarks.peers.workloads.plain`), so that one size changes at a time; processor
seconds of playing on one thread, the least of the rounds. Verbs are whole processes on `tiny`, after a first run.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import process_time

import numpy as np

from benchmarks.peers.workloads import DESKS_MOST, desks_of, plain
from scenarios.schema import Scenario
from sim.run import compile_days, play

VERBS = (
    "list",
    "init copy-{number} --from tiny",
    "check tiny",
    "simulate tiny --replications 1",
    "rollout tiny --replications 1",
    "validate tiny --replications 1",
    "optimize tiny",
    "robust tiny --replications 1",
    "roster tiny",
    "why tiny",
    "compare tiny tiny --replications 1",
    "study tiny --replications 2",
    "runs list",
)


def offices(size: int) -> tuple[Scenario, int]:
    return plain(desks_of(DESKS_MOST * size)), 1


def citizens(size: int) -> tuple[Scenario, int]:
    return plain([4 * size] * 100), 1


def replications(size: int) -> tuple[Scenario, int]:
    return plain(desks_of(40)), size


def staff(size: int) -> tuple[Scenario, int]:
    """More officers for the same citizens."""
    return plain([4 * size] * 100, load=1 / size), 1


AXES: dict[str, tuple[Callable[[int], tuple[Scenario, int]], tuple[int, ...], int]] = {
    "offices": (offices, (1, 2, 4, 8, 16, 32), DESKS_MOST),
    "citizens": (citizens, (1, 2, 4, 8), 1),
    "replications": (replications, (1, 4, 16, 64), 1),
    "staff": (staff, (1, 2, 4, 8), 400),
}


def seconds(scenario: Scenario, count: int, rounds: int) -> tuple[float, int]:
    """Processor seconds of so many replications, and visits played."""
    compiled = compile_days(scenario, "p", seed=1)
    play(compiled, 0, warm=True)
    times = []
    for _ in range(rounds):
        began = process_time()
        visits = sum(int(play(compiled, number)[0].office[:, 0].sum()) for number in range(count))
        times.append(process_time() - began)
    return min(times), visits


def slope(sizes: list[float], costs: list[float]) -> float:
    """Exponent of the power law through the points (least squares of logarithms)."""
    return float(np.polyfit(np.log(sizes), np.log(costs), 1)[0])


def draw(found: dict[str, tuple[list[float], list[float]]], path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, places = pyplot.subplots(1, len(found), figsize=(3 * len(found), 2.8), sharey=True, layout="constrained")
    for axes, (name, (sizes, costs)) in zip(places, found.items(), strict=True):
        axes.loglog(sizes, costs, "o-", base=2)
        axes.set_xlabel(name)
        axes.set_title(f"slope {slope(sizes, costs):.2f}")
        axes.grid(alpha=0.3)
    places[0].set_ylabel("processor seconds")
    figure.savefig(path, dpi=110)


def started() -> None:
    """Wall time, processor time and memory of whole processes."""
    print("\n| verb | wall s, median (lowest–highest) | processor s | MiB |\n| --- | --: | --: | --: |")
    with tempfile.TemporaryDirectory() as folder:
        for verb in VERBS:
            runs = []
            for number in range(6):
                command = [sys.executable, "-m", "app.cli", *verb.format(number=number).split(), "--json"]
                runs.append(_timed(command, Path(folder)))
            walls, used = sorted(wall for wall, _, _ in runs[1:]), median(used for _, used, _ in runs[1:])
            most = max(memory for _, _, memory in runs[1:])
            name = verb.replace("-{number}", "")
            print(f"| `{name}` | {median(walls):.2f} ({walls[0]:.2f}–{walls[-1]:.2f}) | {used:.2f} | {most} |", flush=True)


def _timed(command: list[str], folder: Path) -> tuple[float, float, int]:
    """Wall and processor seconds and most MiB of a process, told by a small parent so that this one's memory does not count."""
    tell = (
        "import resource,subprocess,sys,time;b=time.perf_counter();"
        "subprocess.run(sys.argv[1:],stdout=subprocess.DEVNULL,stderr=subprocess.DEVNULL,check=True);"
        "e=time.perf_counter()-b;u=resource.getrusage(resource.RUSAGE_CHILDREN);"
        "print(e,u.ru_utime+u.ru_stime,u.ru_maxrss//1024)"
    )
    place = {"PYTHONPATH": str(Path(__file__).parents[1])}
    told = subprocess.run(
        [sys.executable, "-c", tell, *command], cwd=folder, env=os.environ | place, stdout=subprocess.PIPE, text=True, check=True
    )
    wall, used, memory = told.stdout.split()
    return float(wall), float(used), int(memory)


def held(counts: tuple[int, ...] = (50, 100, 200)) -> None:
    """Memory against replications of the bundled province, each in a process of its own."""
    print("\n| replications, binh-duong p1, 20 days | MiB |\n| --- | --: |")
    with tempfile.TemporaryDirectory() as folder:
        for count in counts:
            verb = f"simulate binh-duong --phase p1 --days 20 --replications {count} --json"
            _, _, memory = _timed([sys.executable, "-m", "app.cli", *verb.split()], Path(folder))
            print(f"| {count} | {memory} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    found: dict[str, tuple[list[float], list[float]]] = {}
    print("| axis | size | visits | processor s | ns a visit |\n| --- | --: | --: | --: | --: |")
    for axis, (make, sizes, unit) in AXES.items():
        costs = []
        for size in sizes:
            scenario, count = make(size)
            cost, visits = seconds(scenario, count, asked.rounds)
            costs.append(cost)
            print(f"| {axis} | {size * unit:,} | {visits:,} | {cost:.3f} | {cost / visits * 1e9:.0f} |", flush=True)
        found[axis] = ([float(size * unit) for size in sizes], costs)
    print("\nSlopes: " + ", ".join(f"{axis} {slope(*points):.2f}" for axis, points in found.items()) + ".")
    if asked.plot:
        draw(found, asked.plot)
    started()
    held()


if __name__ == "__main__":
    main()
