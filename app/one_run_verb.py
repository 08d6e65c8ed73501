"""The verbs for one stored run that need its figures: shown, and made again."""

from pathlib import Path

from rich.table import Table
from rich.text import Text

from app.aims import Aims, wishes_of_arguments
from app.comparison_output import comparison_json
from app.given import Given
from app.inputs import days_of
from app.ranking_output import comparison_words
from app.remembered import part_words
from app.runs_verb import SHORT, day_of, folder_of, listed_json
from app.speaker import FINDING, GOOD, Fault, Speaker
from app.study import study
from results.manifest import Manifest
from results.provenance import provenance_of
from results.run_list import command_of, differing, inputs_of, listed_run
from results.store import read_run
from results.summary import summarize
from scenarios import scenario_digest
from sim.stream_version import STREAM_VERSION


def show_run(speaker: Speaker, store: Path, name: str) -> None:
    """One run, its files checked."""
    folder = folder_of(store, name)
    found, manifest = read_run(folder)
    run, source = listed_run(folder), manifest.provenance
    phases = summarize(found).phases
    names = (speaker.say("state.as_is"), speaker.say("state.planned"))
    words = [comparison_words(speaker, phase.own, found.planned_scenario, names) for phase in phases]
    if speaker.json:
        rows = [
            comparison_json(phase.own, "as_is", "planned") | word.as_json() for phase, word in zip(phases, words, strict=True)
        ]
        digests, kept = dict(source.digests), {"remembered": list(source.remembered)}
        content = listed_json(run) | {"command": command_of(folder, manifest)}
        speaker.put(content | {"versions": dict(source.versions), "digests": digests, "phases": rows} | kept)
        return
    table = Table(show_header=False)
    table.add_column()
    table.add_column(overflow="fold")
    facts = {
        "run": manifest.run,
        "scenario": f"{manifest.asked or source.scenario_id} ({source.scenario_digest[:SHORT]})",
        "made": day_of(manifest),
        "command": command_of(folder, manifest),
        "seed": str(source.seed),
        "replications": str(source.replications),
        "digest": manifest.digest[:SHORT],
        "versions": ", ".join(f"{package} {version}" for package, version in source.versions),
        "took": speaker.say("runs.seconds", seconds=manifest.seconds),
        "size": speaker.say("runs.megabytes", size=run.bytes / 1e6),
        "state": speaker.say(f"runs.inputs_{run.inputs}"),
    }
    if source.remembered:
        facts["remembered"] = ", ".join(part_words(speaker, part) for part in source.remembered)
    for code, text in facts.items():
        table.add_row(Text(speaker.say(f"runs.{code}")), Text(text))
    speaker.table(table)
    for phase, word in zip(phases, words, strict=True):
        name_of = phase.name_vi if speaker.lang == "vi" else phase.name_en
        speaker.line("runs.phase", phase=phase.id, name=name_of, moves=len(phase.moves), days=phase.days)
        word.tell(speaker)
    speaker.line("runs.checked", count=len(manifest.files))


def run_again(speaker: Speaker, store: Path, name: str, *, jobs: int | None) -> int:
    """Make a run again from its own copy of the inputs and hold the digests side by side; return the exit code."""
    folder = folder_of(store, name)
    stored, manifest = read_run(folder)
    source = manifest.provenance
    if source.command != "study":
        raise Fault("not_rerun", found=source.command)
    reason = ""
    if source.stream_version != STREAM_VERSION:
        reason = "streams"
    elif scenario_digest(stored.scenario) != source.scenario_digest:
        reason = "inputs"
    if reason:
        return _tell(speaker, manifest, (), reason, inputs=inputs_of(folder, manifest))
    asked = dict(source.arguments)
    added = tuple((phase.phase, one) for phase in stored.phases for one in phase.plan.additions)
    sweeps = int(asked.get("improve", "0")) if "plan" not in asked else 0
    with speaker.progress() as report:
        again = study(
            stored.scenario,
            [phase.phase for phase in stored.phases],
            days=days_of(asked.get("days", "all")),
            replications=source.replications,
            seed=source.seed,
            max_moves=int(asked["max-moves"]) if "max-moves" in asked else None,
            time_limit_s=float(asked.get("time-limit", "60")),
            rounds=int(asked.get("rounds", "4")),
            jobs=jobs,
            progress=report,
            aims=Aims.of_arguments(asked),
            wishes=wishes_of_arguments(source.arguments),
            given=Given(stored.planned_scenario, added) if "plan" in asked else None,
            certified=sweeps > 0,
            sweeps=sweeps,
        )
    now = provenance_of(again, source.command, source.arguments)
    other = differing(dict(source.digests), dict(now.digests))
    return _tell(speaker, manifest, other, "numbers" if other else "", inputs=inputs_of(folder, manifest))


def _tell(speaker: Speaker, manifest: Manifest, other: tuple[str, ...], reason: str, inputs: str) -> int:
    """Say whether the same came out, and what may be behind a difference."""
    if speaker.json:
        speaker.put({"run": manifest.run, "same": not reason, "reason": reason, "differs": list(other), "inputs": inputs})
    digest = manifest.digest[:SHORT]
    if not reason:
        speaker.line("runs.same", run=manifest.run, digest=digest, count=len(manifest.provenance.digests))
        if inputs == "changed":
            speaker.line("runs.same_but_stale")
        return GOOD
    streams = {"made": manifest.provenance.stream_version, "now": STREAM_VERSION}
    speaker.line(f"runs.other_{reason}", run=manifest.run, names=", ".join(other), count=len(other), **streams)
    return FINDING
