"""What each feature costs: a whole phase played with it and without, in turn, in one run.

python -m benchmarks.features [SCENARIO] [--phase ID] [--pairs N]

A feature is switched off by fields of the scenario, or on by a variant; no code changes. Both plays are told per visit, so a
feature that brings visits of its own (results to fetch, supplements) is not told of those but of what the others then cost.
"""

import argparse
from collections.abc import Callable
from statistics import median
from time import process_time

from benchmarks.peers.workloads import spread_of
from scenarios import load_scenario
from scenarios.schema import Entity, Scenario
from sim.columns import TICKETS
from sim.network import Compiled
from sim.run import compile_days, play

Change = Callable[[Scenario], Scenario]


def every(table: str, **columns: object) -> Change:
    """Columns of all rows of a table."""
    return lambda scenario: scenario.model_copy(
        update={table: tuple(row.model_copy(update=columns) for row in getattr(scenario, table))}
    )


def setting(section: str, **values: object) -> Change:
    """Single settings of a section."""
    return lambda scenario: scenario.model_copy(update={section: _with(getattr(scenario, section), values)})


def without(*tables: str) -> Change:
    """No rows in some tables."""
    return lambda scenario: scenario.model_copy(update=dict.fromkeys(tables, ()))


def everyone_serves_everything(scenario: Scenario) -> Scenario:
    """Every officer serves every field."""
    return every("officers", fields=" ".join(field.id for field in scenario.fields))(scenario)


def _with(section: Entity, values: dict[str, object]) -> Entity:
    return section.model_copy(update=values)


#: what `binh-duong` has, and how to switch it off
OFF: dict[str, tuple[Change, ...]] = {
    "looks at the queues of the moment": (every("phases", informed_share=0.0),),
    "choice of an office, looks included": (every("phases", informed_share=0.0, stay_share=1.0),),
    "missing papers and supplements": (every("fields", missing_papers_share=0.0),),
    "volunteers at the door": (without("volunteers"),),
    "balking": (every("fields", balk_long_share=0.0, balk_very_long_share=0.0),),
    "patience": (every("fields", patience_min=1e5),),
    "second tries of who was not served": (every("fields", return_share=0.0),),
    "priority by law": (setting("demand", priority_share=0.0),),
    "several dossiers a visit": (every("fields", dossiers_per_visit=1.0, agents_share=0.0),),
    "papers held, reuse": (every("phases", reuse_share=0.0, reuse_growth_per_month=0.0),),
    "digitization": (every("fields", digitize_min=0.0),),
    "results fetched at the counter": (every("fields", collect_share=0.0),),
    "back office, results included": (every("fields", same_day_share=1.0),),
    "desks of the back office that may run short": (without("back_offices"),),
    "dossiers online and by post": (every("phases", online_self_factor=0.0, postal_factor=0.0),),
    "failures of systems": (without("systems", "outages"), every("fields", systems=""), setting("interruptions", portal="")),
    "absences": (without("absence_waves"), every("officers", absence_rate=0.0)),
    "noise of demand": (setting("demand", noise_cv=0.0),),
    "skills: all serve all": (everyone_serves_everything,),
}
#: variants that switch on what the scenario itself has not
ON = {
    "appointments": "appointments",
    "scanning desks": "scanning-desks",
    "reserves and their dispatchers": "reserves",
    "mobile counters": "mobile-counters",
    "counters open at lunch": "lunch-halves",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario", nargs="?", default="binh-duong")
    parser.add_argument("--phase", default="p3")
    parser.add_argument("--pairs", type=int, default=5)
    asked = parser.parse_args()
    scenario = load_scenario(asked.scenario)
    whole = compile_days(scenario, asked.phase, seed=1)
    print("| feature | ns a visit with it | without | difference |\n| --- | --: | --: | --: |")
    for name, changes in OFF.items():
        reduced = scenario
        for change in changes:
            reduced = change(reduced)
        show(name, whole, compile_days(reduced, asked.phase, seed=1), asked.pairs)
    for name, variant in ON.items():
        show(name, compile_days(load_scenario(f"{asked.scenario}:{variant}"), asked.phase, seed=1), whole, asked.pairs)


def show(name: str, having: Compiled, lacking: Compiled, pairs: int) -> None:
    """One row of the table."""
    play(having, 0), play(lacking, 0)
    found = [(nanoseconds(having, number), nanoseconds(lacking, number)) for number in range(pairs)]
    high, low = (median(column) for column in zip(*found, strict=True))
    print(f"| {name} | {high:.0f} | {low:.0f} | {spread_of([one - other for one, other in found], '+.0f')} |", flush=True)


def nanoseconds(compiled: Compiled, replication: int) -> float:
    """Processor time of a play a measured visit."""
    began = process_time()
    tables, _, _ = play(compiled, replication)
    return (process_time() - began) / int(tables.office[:, TICKETS].sum()) * 1e9


if __name__ == "__main__":
    main()
