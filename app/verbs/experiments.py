"""Verbs that experiment: sweep and growth."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import typer

from app.inputs import days_of, load, note_sample, phases_of, planned_by, prepare_compiler, speaking
from app.options import HELP, LANG, AsJson, Days, Jobs, Language, Phases, Replications, ScenarioName, Seed

KindOfDesign = Literal["factorial", "tornado", "latin", "morris", "sobol"]


def sweep(
    scenario: ScenarioName,
    design: Annotated[Path | None, typer.Argument(metavar="DESIGN.toml", help=HELP["design_file"])] = None,
    factor: Annotated[list[str] | None, typer.Option("--factor", metavar="PATH=…", help=HELP["factor"])] = None,
    kind: Annotated[KindOfDesign | None, typer.Option("--design", help=HELP["design"])] = None,
    points: Annotated[int | None, typer.Option("--points", metavar="N", min=2, max=100_000, help=HELP["points"])] = None,
    of: Annotated[str, typer.Option("--of", metavar="INDICATOR", help=HELP["of_shown"])] = "overload_min_per_day",
    offices: Annotated[bool, typer.Option("--offices", help=HELP["offices"])] = False,
    phase: Phases = None,
    days: Annotated[str | None, typer.Option("--days", metavar="N|all", help=HELP["days"])] = None,
    replications: Annotated[
        int | None, typer.Option("--replications", metavar="N", min=1, max=100_000, help=HELP["replications"])
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", metavar="S", min=0, max=2**64 - 1, help=HELP["seed"])] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help=HELP["out_experiment"])] = None,
    as_json: AsJson = False,
    jobs: Jobs = None,
    lang: Language = LANG,
) -> None:
    """Play every point of a design on the same citizens; the same command goes on where a former one stopped."""
    with speaking(lang, as_json) as speaker:
        loaded = load(scenario)
        from app.experiments.points import Base
        from app.experiments.read_design import read_design
        from app.speaker import Fault

        if design is not None and not design.is_file():
            raise Fault("no_file", found=str(design))
        asked = read_design(design, factor or (), kind=kind, points=points)
        asked = replace(
            asked,
            phases=phases_of(loaded, phase, asked.phases or ()),
            days=asked.days if days is None else days_of(days),
            replications=replications or asked.replications,
            seed=asked.seed if seed is None else seed,
            offices=asked.offices or offices,
            indicators=tuple(dict.fromkeys((*asked.indicators, of))),
        )
        prepare_compiler(speaker)
        note_sample(speaker, asked.days)
        from app.sweep_verb import sweep_and_say

        sweep_and_say(speaker, Base(loaded, scenario), asked, of, out=out, jobs=jobs)


def growth(
    scenario: ScenarioName,
    phase: Phases = None,
    of: Annotated[str, typer.Option("--of", metavar="INDICATOR", help=HELP["of_limit"])] = "share_wait_over_20",
    limit: Annotated[float, typer.Option("--limit", metavar="X", min=0.0, max=1e9, help=HELP["limit"])] = 0.1,
    least: Annotated[float, typer.Option("--least", metavar="PERCENT", min=-95.0, max=0.0, help=HELP["least_growth"])] = 0.0,
    most: Annotated[float, typer.Option("--most", metavar="PERCENT", min=1.0, max=900.0, help=HELP["most"])] = 100.0,
    step: Annotated[float, typer.Option("--step", metavar="PERCENT", min=0.1, max=900.0, help=HELP["step"])] = 5.0,
    plan: Annotated[list[Path] | None, typer.Option("--plan", metavar="FILE", help=HELP["plan"])] = None,
    days: Days = "all",
    replications: Replications = 5,
    seed: Seed = 1,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help=HELP["out_experiment"])] = None,
    as_json: AsJson = False,
    jobs: Jobs = None,
    lang: Language = LANG,
) -> None:
    """Find how much growth of demand each office bears before an indicator passes a limit."""
    with speaking(lang, as_json) as speaker:
        loaded = load(scenario)
        asked, wanted = phases_of(loaded, phase), days_of(days)
        loaded = planned_by(loaded, plan) if plan else loaded
        prepare_compiler(speaker)
        note_sample(speaker, wanted)
        from app.growth_verb import grow_and_say

        grow_and_say(
            speaker,
            loaded,
            asked,
            of,
            limit,
            least=least,
            most=most,
            step=step,
            days=wanted,
            replications=replications,
            seed=seed,
            out=out,
            jobs=jobs,
        )
