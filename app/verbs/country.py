"""The verb that plays a whole country."""

from typing import Annotated

import typer

from app.inputs import days_of, note_sample, prepare_compiler, speaking, workers, writable, write_json
from app.options import HELP, LANG, AsJson, ClusterAddress, Days, Jobs, Language, Out, Replications, Seed


def country(
    province: Annotated[list[str] | None, typer.Option("--province", metavar="CODE", help=HELP["province"])] = None,
    days: Days = "all",
    replications: Replications = 1,
    seed: Seed = 1,
    scale: Annotated[float, typer.Option("--scale", min=0.1, max=20.0, help=HELP["scale"])] = 1.0,
    out: Out = None,
    as_json: AsJson = False,
    jobs: Jobs = None,
    cluster: ClusterAddress = None,
    lang: Language = LANG,
) -> None:
    """Play the provinces of 2024 one by one; with --out also write what --json would print."""
    with speaking(lang, as_json) as speaker:
        wanted = days_of(days)
        prepare_compiler(speaker)
        from app.country_verb import country_json, country_table, played

        if out is not None:
            writable(out)
        note_sample(speaker, wanted)
        with speaker.progress() as report, workers(jobs, cluster) as spread_over:
            run = played(
                province, days=wanted, replications=replications, seed=seed, scale=scale, jobs=spread_over, progress=report
            )
        content = country_json(run)
        if out is not None:
            write_json(out / "country.json", content)
        if as_json:
            speaker.put(content)
            return
        speaker.table(country_table(run, speaker.lang))
        figures = {"provinces": len(run.provinces), "offices": run.offices, "visits": run.visits, "days": run.days}
        speaker.line("cli.country_played", replications=replications, seconds=run.seconds, digest=run.digest, **figures)
        speaker.line("cli.country_synthetic")
        if out is not None:
            speaker.line("cli.written", path=str(out))
