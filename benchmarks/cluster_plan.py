"""What a cluster would take: measured task lengths and overheads, laid out on so many cores by the order of the scheduler.

python -m benchmarks.cluster_plan [--country FILE] [--replications …] [--cores …]

The country is played once for its task lengths, unless there is the country.json of `motcua country --out DIR --jobs 1`.

A plan, not a measurement of 1,000 cores: tasks start in order on the core that is free first, each pays the overhead measured
here on a scheduler and two workers of this machine, and the scheduler hands out one task after another.
"""

import argparse
import json
import subprocess
import sys
from heapq import heapify, heapreplace
from operator import neg
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from scenarios import load_scenario
from sim import simulate
from sim.cluster import Cluster

TASKS, WARM_UP_S = 500, 8.0  # of a worker: imports and compiled code from its cache


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--country", type=Path)
    parser.add_argument("--replications", type=int, nargs="+", default=[100, 1_000])
    parser.add_argument("--cores", type=int, nargs="+", default=[64, 256, 1_000])
    asked = parser.parse_args()
    told = json.loads(asked.country.read_text("utf-8")) if asked.country else played()
    tasks = sorted((one["processor_s"] for one in told["provinces"]), reverse=True)
    citizens = sum(one["citizens"] for one in told["provinces"])
    print(
        f"{len(tasks)} provinces, {citizens:,} citizens: {sum(tasks):.0f} processor s,"
        f" {sum(tasks) / citizens * 1e6:.2f} s a million"
    )
    print(f"longest {tasks[0]:.2f} s, median {tasks[len(tasks) // 2]:.2f} s, shortest {tasks[-1]:.2f} s")
    handed, client = overheads()
    print(
        f"scheduler and client: {handed * 1e3:.1f} ms a task; scheduler's share of it at most {client * 1e3:.1f} ms of processor"
    )
    print("\n| replications | a task | cores | minutes | speed-up |\n| --: | --: | --: | --: | --: |")
    for replications in asked.replications:
        for bundle in (1, 10):
            work = [bundle * length for length in tasks for _ in range(replications // bundle)]
            for cores in asked.cores:
                span = laid_out(work, cores, handed)
                print(f"| {replications:,} | {bundle} | {cores:,} | {span / 60:.1f} | {sum(work) / span:,.0f} |")


def played() -> Any:
    """What `motcua country` tells, on one thread so that tasks have the caches for themselves."""
    command = [sys.executable, "-m", "app.cli", "country", "--jobs", "1", "--json"]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout)


def laid_out(tasks: list[float], cores: int, handed: float) -> float:
    """Seconds until the last task is done; task n is handed out no earlier than n overheads after the start."""
    free = [WARM_UP_S] * cores
    heapify(free)
    for number, length in enumerate(tasks, start=1):
        heapreplace(free, max(free[0], number * handed) + length)
    return max(free)


def overheads() -> tuple[float, float]:
    """Wall and processor seconds of handing out one task that does nothing; checks bits on the way."""
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as local:
        with Cluster(local.scheduler_address) as cluster:
            list(cluster.spread(neg, list(range(20))))
            began, busy = perf_counter(), process_time()
            assert list(cluster.spread(neg, list(range(TASKS)))) == [-one for one in range(TASKS)]
            found = (perf_counter() - began) / TASKS, (process_time() - busy) / TASKS
            scenario = load_scenario("binh-duong")
            simulate(scenario, ["p1"], days=20, replications=2, jobs=cluster)
            together = simulate(scenario, ["p1"], days=20, replications=40, jobs=cluster)
        alone = simulate(scenario, ["p1"], days=20, replications=40, jobs=2)
    assert together.digest == alone.digest
    print(
        f"binh-duong p1, 20 days x 40: {alone.seconds:.1f} s on two threads, {together.seconds:.1f} s on two workers, same digest"
    )
    return found


if __name__ == "__main__":
    main()
