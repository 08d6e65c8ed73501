"""How far the program reaches: build and solve times, memory and proven gap for a province, ten and the country.

python -m benchmarks.optimizer_scale [--offices 101 1000 10600] [--forms pulp arrays flow] [--time-limit 300]

Synthetic offices (`benchmarks.synthetic_country`), one phase, moves of at most 5 % of officers. Three ways to write the same
program: through PuLP, as arrays from the general problem, and as the flow. Each in a process of its own; times are of its
processor, on one thread, and memory is the most it ever held, with libraries.
"""

import argparse
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from resource import RUSAGE_SELF, getrusage
from time import perf_counter, process_time

import pulp

from benchmarks.synthetic_country import as_staffing_problem, synthetic_country
from optimizer.arrays import staffing_arrays
from optimizer.flow import flow_arrays, solve_flow
from optimizer.formulation import formulate
from optimizer.highs import Finish, loaded, solve_arrays
from optimizer.solve import run_highs

FORMS = ("pulp", "arrays", "flow")


@dataclass(frozen=True, slots=True)
class Measured:
    """One row; times in seconds."""

    form: str
    offices: int
    officers: int
    columns: int
    rows: int
    build: float
    solve: float
    wall: float
    mebibytes: int
    status: str
    objective: float | None
    gap: float | None


def measure(form: str, offices: int, time_limit_s: float) -> Measured:
    """Build and solve one case."""
    flow = synthetic_country(offices)
    problem = as_staffing_problem(flow) if form != "flow" else None
    wall, began = perf_counter(), process_time()
    if form == "flow" or problem is None:
        arrays = flow_arrays(flow)
        loaded(arrays, whole=True)
        built = process_time()
        outcome, _ = solve_flow(flow, time_limit_s)
        size, finish, objective = arrays.matrix.shape, Finish(outcome.status, outcome.bound), outcome.objective
    elif form == "arrays":
        program = staffing_arrays(problem).program
        loaded(program, whole=True)
        built = process_time()
        finish, values = solve_arrays(program, time_limit_s)
        size = program.matrix.shape
        objective = None if values is None else round(float(program.cost @ values + program.constant))
    else:
        written = formulate(problem).program
        solver = pulp.HiGHS(msg=False)
        solver.createAndConfigureSolver(written)
        solver.buildSolverModel(written)
        built = process_time()
        finish = run_highs(written, time_limit_s)
        size = (written.numConstraints(), written.numVariables())
        objective = round(pulp.value(written.objective)) if finish.status in ("optimal", "feasible") else None
    gap = None if objective is None or finish.bound is None else max(0.0, objective - finish.bound - 0.5) / max(1, abs(objective))
    return Measured(
        form,
        len(flow.curves),
        int(flow.crews.sum()),
        int(size[1]),
        int(size[0]),
        built - began,
        process_time() - built,
        perf_counter() - wall,
        getrusage(RUSAGE_SELF).ru_maxrss // 1024,
        finish.status,
        objective,
        gap,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--offices", type=int, nargs="+", default=[101, 1_000, 10_600])
    parser.add_argument("--forms", nargs="+", choices=FORMS, default=list(FORMS))
    parser.add_argument("--time-limit", type=float, default=300.0)
    asked = parser.parse_args()
    print(
        "| offices (synthetic) | officers | form | columns | rows | build s | solve s | wall s | MiB | status | objective | gap |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for offices in asked.offices:
        for form in asked.forms:
            fresh = multiprocessing.get_context("spawn")
            with ProcessPoolExecutor(1, mp_context=fresh) as pool:
                one = pool.submit(measure, form, offices, asked.time_limit).result()
            gap = "–" if one.gap is None else f"{one.gap:.1e}" if one.gap else "0"
            print(
                f"| {one.offices:,} | {one.officers:,} | {one.form} | {one.columns:,} | {one.rows:,} | {one.build:.2f} |"
                f" {one.solve:.2f} | {one.wall:.2f} | {one.mebibytes:,} | {one.status} | {one.objective or 0:,} | {gap} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
