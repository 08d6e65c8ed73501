"""Cost against size: offices, citizens, replications and staff, with slopes on log–log axes, start-up and memory.

python -m benchmarks.scaling [growth] [starts] [memory] [--plot FILE] [--rounds N] [--starts N] [--quick]

Offices apart with everything off (`benchmarks.peers.workloads.plain`), so that one size changes at a time; processor
seconds of playing on one thread, the median of the rounds. Verbs are whole processes after a first run, their modules
kept as byte code as an installer leaves them.
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

from benchmarks.peers.workloads import DESKS_MOST, desks_of, plain, spread_of
from results.memory import OFF, PLACE
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
    "certify tiny",
    "tradeoff tiny --moves 0 --moves 1 --replications 2",
    "warn tiny --trials 2 --held-back 2",
    "sweep tiny --factor demand.scale=1,1.2 --replications 1 --days 5 --seed {number}",
    "growth tiny --replications 2 --days 5 --seed {number}",
    "country --province 79 --days 5",
    "study tiny --replications 2",
    "runs list",
    "runs show {run}",
    "report {run}",
    "figures {run}",
    "rerun {run}",
)
PARTS = ("growth", "starts", "memory")
#: verbs on the bundled province, once
LONG = ("check binh-duong", "rollout binh-duong", "optimize binh-duong", "study binh-duong")
#: days and replications of which the memory is told: many replications, and a long horizon
HELD = (("20", 10), ("20", 50), ("20", 200), ("20", 1_000), ("5", 10), ("all", 10))


def offices(size: int) -> tuple[Scenario, int]:
    return plain(desks_of(DESKS_MOST * size)), 1


def citizens(size: int) -> tuple[Scenario, int]:
    return plain([4 * size] * 100), 1


def weeks(size: int) -> tuple[Scenario, int]:
    """More citizens over a longer time."""
    return plain(desks_of(40), weeks=size), 1


def replications(size: int) -> tuple[Scenario, int]:
    return plain(desks_of(40)), size


def staff(size: int) -> tuple[Scenario, int]:
    """More officers for the same citizens."""
    return plain([4 * size] * 100, load=1 / size), 1


AXES: dict[str, tuple[Callable[[int], tuple[Scenario, int]], tuple[int, ...], int, str]] = {
    "offices": (offices, (1, 2, 4, 8, 16, 32), DESKS_MOST, "offices (1 to 20 desks)"),
    "weeks": (weeks, (1, 4, 16, 64), 1, "citizens, week after week in 40 offices"),
    "citizens": (citizens, (1, 2, 4, 8), 1, "citizens of a week, and staff with them, in 100 offices"),
    "replications": (replications, (1, 4, 16, 64), 1, "replications"),
    "staff": (staff, (1, 2, 4, 8), 400, "staff for the same citizens"),
}


def seconds(scenario: Scenario, count: int, rounds: int) -> tuple[list[float], int]:
    """Processor seconds of so many replications, round by round, and visits played."""
    compiled = compile_days(scenario, "p", seed=1)
    play(compiled, 0, warm=True)
    times = []
    for _ in range(rounds):
        began = process_time()
        visits = sum(int(play(compiled, number)[0].office[:, 0].sum()) for number in range(count))
        times.append(process_time() - began)
    return times, visits


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


def started(starts: int, *, quick: bool) -> None:
    """Wall time, processor time and memory of whole processes."""
    print("\n| verb | wall s | processor s | MiB |\n| --- | --: | --: | --: |")
    with tempfile.TemporaryDirectory() as folder:
        for verb in VERBS:
            runs = []
            for number in range(starts + 1):
                run = next((f"runs/{path.name}" for path in sorted(Path(folder).glob("runs/*"))), "")
                command = [sys.executable, "-m", "app.cli", *verb.format(number=number, run=run).split(), "--json"]
                runs.append(_timed(command, Path(folder)))
            walls, used, most = zip(*runs[1:], strict=True)
            name = verb.replace("-{number}", "").replace(" --seed {number}", "").format(run="RUN")
            print(f"| `{name}` | {spread_of(walls)} | {median(used):.2f} | {max(most)} |", flush=True)
        for verb in () if quick else LONG:
            wall, used_s, most_mib = _timed([sys.executable, "-m", "app.cli", *verb.split(), "--json"], Path(folder))
            print(f"| `{verb}`, once | {wall:.2f} | {used_s:.2f} | {most_mib} |", flush=True)


def _timed(command: list[str], folder: Path) -> tuple[float, float, int]:
    """Wall and processor seconds and most MiB of a process, told by a small parent so that this one's memory does not count."""
    tell = (
        "import resource,subprocess,sys,time;b=time.perf_counter();"
        "subprocess.run(sys.argv[1:],stdout=subprocess.DEVNULL,stderr=subprocess.DEVNULL,check=True);"
        "e=time.perf_counter()-b;u=resource.getrusage(resource.RUSAGE_CHILDREN);"
        "print(e,u.ru_utime+u.ru_stime,u.ru_maxrss//1024)"
    )
    place = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    place |= {"PYTHONPATH": str(Path(__file__).parents[1]), PLACE: OFF}  # all is played
    told = subprocess.run(
        [sys.executable, "-c", tell, *command], cwd=folder, env=place, stdout=subprocess.PIPE, text=True, check=True
    )
    wall, used, memory = told.stdout.split()
    return float(wall), float(used), int(memory)


def held(*, quick: bool) -> None:
    """Memory against replications and days of the bundled province, each in a process of its own."""
    print("\n| `simulate binh-duong --phase p2`: days | replications | MiB | processor s |\n| --- | --: | --: | --: |")
    with tempfile.TemporaryDirectory() as folder:
        for days, count in HELD:
            if quick and count > 50:
                continue
            verb = f"simulate binh-duong --phase p2 --days {days} --replications {count} --json"
            _, used, memory = _timed([sys.executable, "-m", "app.cli", *verb.split()], Path(folder))
            print(f"| {days} | {count:,} | {memory} | {used:.1f} |", flush=True)


def grown(rounds: int) -> dict[str, tuple[list[float], list[float]]]:
    """Sizes and processor seconds of each axis, shown size by size and in short."""
    found: dict[str, tuple[list[float], list[float]]] = {}
    short = []
    print("| axis | size | visits | processor s | ns a visit |\n| --- | --: | --: | --: | --: |")
    for axis, (make, sizes, unit, name) in AXES.items():
        costs, each = [], []
        for size in sizes:
            scenario, count = make(size)
            times, visits = seconds(scenario, count, rounds)
            costs.append(median(times))
            each.append([time / visits * 1e9 for time in times])
            print(f"| {axis} | {size * unit:,} | {visits:,} | {costs[-1]:.3f} | {spread_of(each[-1], '.0f')} |", flush=True)
        found[axis] = ([float(size * unit) for size in sizes], costs)
        ends = f"{sizes[0] * unit:,} – {sizes[-1] * unit:,} | {median(each[0]):.0f} – {median(each[-1]):.0f}"
        short.append(f"| {name} | {ends} | {slope(*found[axis]):.2f} |")
    print("\n| size that grows | from – to | ns a visit | slope on log–log axes |\n| --- | --: | --: | --: |")
    print("\n".join(short), flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; all when left out")
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--starts", type=int, default=3, help="of each verb, after a first one")
    parser.add_argument("--quick", action="store_true", help="leave out what takes minutes")
    asked = parser.parse_args()
    parts = asked.parts or PARTS
    if wrong := set(parts) - set(PARTS):
        parser.error(f"no part {', '.join(sorted(wrong))}; there are {', '.join(PARTS)}")
    if "growth" in parts:
        found = grown(asked.rounds)
        if asked.plot:
            draw(found, asked.plot)
    if "starts" in parts:
        started(asked.starts, quick=asked.quick)
    if "memory" in parts:
        held(quick=asked.quick)


if __name__ == "__main__":
    main()
