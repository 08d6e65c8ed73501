"""How many times as fast the kernel is as the SimPy engine on the same draws: pairs in turn, ratios in one run.

python -m benchmarks.engines [SCENARIO] [--days N] [--pairs N]
"""

import argparse
from statistics import median
from time import process_time

from scenarios import load_scenario
from sim.run import compile_days, play


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("scenario", nargs="?", default="binh-duong")
    parser.add_argument("--days", type=int, default=5)
    parser.add_argument("--pairs", type=int, default=3)
    asked = parser.parse_args()
    scenario = load_scenario(asked.scenario)
    print("phase  visits   kernel ns/visit  SimPy ns/visit  ratio (median of pairs, lowest–highest)")
    for phase in (phase.id for phase in scenario.phases):
        compiled = compile_days(scenario, phase, seed=1, days=asked.days)
        visits = len(play(compiled, 0, keep=True)[2])
        pairs = []
        for replication in range(asked.pairs):
            began = process_time()
            for _ in range(20):
                fast = play(compiled, replication)
            kernel = (process_time() - began) / 20
            began = process_time()
            slow = play(compiled, replication, engine="reference")
            pairs.append((kernel, process_time() - began))
            assert fast[1] == slow[1]
        ratios = sorted(slow / fast for fast, slow in pairs)
        kernel, simpy = (median(column) / visits * 1e9 for column in zip(*pairs, strict=True))
        print(f"{phase:5} {visits:7d} {kernel:16.0f} {simpy:15.0f}  {median(ratios):.0f} ({ratios[0]:.0f}–{ratios[-1]:.0f})")


if __name__ == "__main__":
    main()
