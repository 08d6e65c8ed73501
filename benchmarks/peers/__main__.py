"""This engine beside others on the same workloads, in one run: processor time a customer, ratios, and the same statistics.

python -m benchmarks.peers [--rounds N] [--engines simpy ciw salabim cimba numpy cpp] [--workloads w1 w2 coupled]

Peers are installed, at pinned versions, into `benchmarks/.peers`; the event loop in C++ is compiled there (skipped without a
compiler). Engines take turns within a round; a ratio is of one round, shown as median (lowest–highest). Peers are given
their draws; this engine draws its own in w2 and coupled, and plays the whole process of an office with everything off.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median, stdev
from time import process_time

import numpy as np

from benchmarks.peers.workloads import SERVICE_S, compiled_for, draws_of
from sim.run import play
from sim.tables import OFFICE_COLUMNS

HERE = Path(__file__).parent
PLACE = HERE.parent / ".peers"
PINS = ("simpy==4.1.2", "ciw==3.2.7", "salabim==26.0.9", "cimba==0.9.6", "numpy==2.4.6")
OURS, BASE = "motcua", "simpy"
CAN = {
    "w1": ("simpy", "ciw", "salabim", "cimba", "numpy", "cpp"),
    "w2": ("simpy", "ciw", "salabim", "numpy", "cpp"),
    "coupled": ("simpy", "salabim", "cpp"),
}
SHARE = {"salabim": 0.02, "ciw": 0.1}  # slow engines take the first part of the customers
SAME_DRAWS = ("simpy", "numpy", "cpp")  # exact on given draws: equal among themselves
REPLICATIONS = 8  # of this engine, for the spread of a mean
THEORY_WAIT = 1.524986 * SERVICE_S  # Erlang C at five servers, load 0.9


@dataclass(frozen=True, slots=True)
class Played:
    """One engine on one workload, once."""

    customers: int
    seconds: float
    wait_s: float
    left: float
    mebibytes: int

    @property
    def nanoseconds(self) -> float:
        return self.seconds / self.customers * 1e9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--engines", nargs="+", default=list(CAN["w1"]), choices=CAN["w1"])
    parser.add_argument("--workloads", nargs="+", default=list(CAN), choices=list(CAN))
    asked = parser.parse_args()
    install()
    loop = compiler()
    for workload in asked.workloads:
        engines = [name for name in CAN[workload] if name in asked.engines and (name != "cpp" or loop)]
        show(workload, compared(workload, engines, asked.rounds, loop))


def install() -> None:
    """An environment of the peers' own."""
    done = PLACE / "installed.txt"
    if done.exists() and done.read_text("utf-8").split() == list(PINS):
        return
    if not (PLACE / "bin" / "python").exists():
        subprocess.run([sys.executable, "-m", "venv", PLACE], check=True)
    quiet = ("--quiet", "--disable-pip-version-check")
    subprocess.run([PLACE / "bin" / "python", "-m", "pip", "install", *quiet, *PINS], check=True)
    done.write_text("\n".join(PINS), "utf-8")


def compiler() -> Path | None:
    """The event loop, compiled with what is there; None, with a line, without a compiler."""
    found = shutil.which("clang++") or shutil.which("g++")
    if found is None:
        print("No clang++ or g++ here: the event loop in C++ is skipped.")
        return None
    program = PLACE / "event_loop"
    subprocess.run([found, "-O3", "-march=native", "-std=c++17", HERE / "event_loop.cpp", "-o", program], check=True)
    print(f"Event loop compiled by {Path(found).name}.")
    return program


def compared(workload: str, engines: list[str], rounds: int, loop: Path | None) -> dict[str, list[Played]]:
    """Rounds of all engines in turn, this one first."""
    draws = draws_of(workload)
    folder = PLACE / workload
    folder.mkdir(exist_ok=True)
    np.savez(folder / "draws.npz", **draws)
    for name, values in draws.items():
        kind = np.int64 if name in ("start", "desks") else np.float64
        np.ascontiguousarray(values, kind).tofile(folder / f"{name}.bin")
    compiled = compiled_for(workload, draws, seed=1)
    play(compiled, 0, warm=True)
    found: dict[str, list[Played]] = {name: [] for name in (OURS, *engines)}
    for _ in range(rounds):
        found[OURS] += [ours(compiled, replication) for replication in range(1 if workload == "w1" else REPLICATIONS)]
        for name in engines:
            if name == "cpp":
                assert loop is not None
                command = [str(loop), str(folder)]
            else:
                command = [str(PLACE / "bin" / "python"), str(HERE / "play.py"), name, workload, str(folder / "draws.npz")]
                command.append(str(SHARE.get(name, 1.0)))
            text = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(HERE)})
            found[name].append(Played(**json.loads(text.stdout.splitlines()[-1])))
    return found


def ours(compiled: object, replication: int) -> Played:
    """This engine, one replication."""
    began = process_time()
    tables, _, _ = play(compiled, replication)  # type: ignore[arg-type]
    seconds = process_time() - began
    total = dict(zip(OFFICE_COLUMNS, tables.office.sum(axis=0).tolist(), strict=True))
    customers = total["tickets"]
    wait_s, left = total["wait_called"] / 1000 / total["served"], total["left"] / customers
    assert total["served"] + total["left"] == customers
    return Played(customers, seconds, wait_s, left, 0)


def show(workload: str, found: dict[str, list[Played]]) -> None:
    """A table in Markdown, and whether the statistics agree."""
    rounds = min(map(len, found.values()))
    mine = found[OURS]
    each = [
        median(one.nanoseconds for one in mine[k * len(mine) // rounds : (k + 1) * len(mine) // rounds]) for k in range(rounds)
    ]
    print(f"\n| {workload} | customers | ns a customer | x {OURS} | mean wait s | left | MiB |")
    print("| --- | --: | --: | --: | --: | --: | --: |")
    for name, runs in found.items():
        times = each if name == OURS else [one.nanoseconds for one in runs]
        ratios = sorted(time / own for time, own in zip(times, each, strict=True))
        ratio = "1" if name == OURS else f"{_short(median(ratios))} ({_short(ratios[0])}–{_short(ratios[-1])})"
        memory = runs[0].mebibytes or "–"
        wait, left = float(np.mean([one.wait_s for one in runs])), float(np.mean([one.left for one in runs]))
        print(
            f"| {name} | {runs[0].customers:,} | {median(times):,.0f} | {ratio} | {wait:.2f} | {left:.4f} | {memory} |",
            flush=True,
        )
    for line in checked(workload, found):
        print(line)


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.2f}"


def checked(workload: str, found: dict[str, list[Played]]) -> list[str]:
    """Exact engines agree on given draws; this engine agrees with them within its own spread, or with theory."""
    exact = [found[name][0] for name in SAME_DRAWS if name in found]
    assert all(abs(one.wait_s - exact[0].wait_s) < 1e-6 * exact[0].wait_s for one in exact), exact
    said = [f"Equal waits on the same draws: {', '.join(name for name in SAME_DRAWS if name in found)}."] if exact else []
    own = found[OURS]
    if workload == "w1":
        if exact:
            assert abs(own[0].wait_s - exact[0].wait_s) < 0.002, (own[0], exact[0])
        assert abs(own[0].wait_s - THEORY_WAIT) < 4 * 0.038 * SERVICE_S * (1e6 / own[0].customers) ** 0.5
        return [*said, f"Mean wait in theory {THEORY_WAIT:.2f} s; this engine's is that of the same draws to 2 ms."]
    waits, gone = [one.wait_s for one in own[:REPLICATIONS]], [one.left for one in own[:REPLICATIONS]]
    if exact:
        assert abs(np.mean(waits) - exact[0].wait_s) < 4 * stdev(waits), (waits, exact[0])
        assert abs(np.mean(gone) - exact[0].left) < 4 * stdev(gone), (gone, exact[0])
    return [
        *said,
        f"Own draws: standard deviation {stdev(waits):.2f} s of a mean wait and {stdev(gone):.4f} of the share who left.",
    ]


if __name__ == "__main__":
    main()
