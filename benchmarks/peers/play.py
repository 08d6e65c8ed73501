"""Play a workload with one engine, in the environment of the peers: python play.py ENGINE WORKLOAD DRAWS SHARE → JSON.

The draws lie in a file and cost the peers nothing. An engine is a module `engine_NAME` with `station(arrivals, services,
patiences, desks)` and, where it can, `coupled(arrivals, services, patiences, races, desks, board)`, board being the ticks of
work for a ticket and the scale of the shown wait; each returns the sum of the waits of the served, how many were served and
how many left. Or it has `whole(workload, draws)`, with the number of customers before those, or `prepared(workload, draws)`,
which returns what is to be timed. Times in ticks of a millisecond from the start of a day.
"""

import json
import sys
from functools import partial
from importlib import import_module
from pathlib import Path
from time import process_time

import numpy as np


def main() -> None:
    engine, workload, path, share = sys.argv[1:]
    module = import_module(f"engine_{engine}")
    draws = np.load(path)
    if hasattr(module, "prepared"):
        work = module.prepared(workload, draws)
    elif hasattr(module, "whole"):
        work = partial(module.whole, workload, draws)
    else:
        work = partial(each, module, workload, draws, float(share))
    began = process_time()
    customers, waited, served, left = work()
    print(
        json.dumps(
            {
                "customers": customers,
                "seconds": process_time() - began,
                "waited": waited,
                "served": served,
                "left": left,
                "mebibytes": most_memory(),
            }
        )
    )


def each(module, workload: str, draws, share: float) -> tuple[int, float, int, int]:
    """Station by station, or day by day of the coupled network; slow engines take the first of them only."""
    start, desks = draws["start"].tolist(), draws["desks"]
    columns = [draws[name].tolist() for name in ("arrivals", "services", "patiences")]
    races = draws["races"].tolist() if workload == "coupled" else []
    stations = len(start) - 1
    asked = max(1, round(stations * share))
    totals = [0, 0.0, 0, 0]
    for number in range(asked):
        first, last = start[number], start[number + 1]
        if stations == 1:
            last = round(last * share)
        given = [column[first:last] for column in columns]
        if workload == "coupled":
            found = module.coupled(*given, races[first:last], desks.tolist(), draws["board"].tolist())
        else:
            found = module.station(*given, int(desks[number]))
        for place, value in enumerate((last - first, *found)):
            totals[place] += value
    return tuple(totals)


def most_memory() -> int:
    """Most MiB this process ever held; 0 where the system does not tell."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM")), 0)


if __name__ == "__main__":
    main()
