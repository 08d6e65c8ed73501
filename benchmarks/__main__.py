"""All benchmarks in one command, part by part, each with the command that prints it alone.

python -m benchmarks [--quick] [PART …]

A part that fails is told at the end and stops no other. About ten minutes on two quiet cores; --quick, a short look, a few.
"""

import argparse
import subprocess
import sys
from time import perf_counter

#: name: command, what to add for a short look
PARTS = {
    "peers": ("benchmarks.peers --rounds 3", "--rounds 1 --workloads w2"),
    "halls": ("benchmarks.peers.halls", "--phase p2 --days 5 --rounds 3"),
    "engines": ("benchmarks.engines", "--pairs 1"),
    "features": ("benchmarks.features", "--pairs 1"),
    "scaling": ("benchmarks.scaling", "--rounds 1 --starts 1 --quick"),
    "cluster": ("benchmarks.cluster_plan", None),
    "optimizer": ("benchmarks.optimizer_scale --offices 101 1000", "--offices 101"),
    "staffing": ("benchmarks.staffing tiny --replications 10", ""),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    asked = parser.parse_args()
    if unknown := set(asked.parts) - set(PARTS):
        parser.error(f"no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    failed = []
    for name in asked.parts or PARTS:
        words, short = PARTS[name]
        if asked.quick and short is None:
            continue
        command = f"{words} {short}".split() if asked.quick else words.split()
        print(f"\n## `python -m {' '.join(command)}`\n", flush=True)
        began = perf_counter()
        if subprocess.run([sys.executable, "-m", *command]).returncode:
            failed.append(name)
        print(f"\n({(perf_counter() - began) / 60:.1f} minutes)", flush=True)
    if failed:
        sys.exit(f"Failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
