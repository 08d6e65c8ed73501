"""The verbs for stored runs: what there is, one of them, away with some, and one made again."""

import sys
from pathlib import Path

from rich.table import Table
from rich.text import Text

from app.aims import Aims
from app.comparison_output import comparison_json
from app.inputs import days_of
from app.ranking_output import comparison_words
from app.speaker import FINDING, GOOD, Fault, Json, Speaker
from app.study import study
from results.files import RunError
from results.provenance import provenance_of
from results.run_list import ListedRun, command_of, differing, inputs_of, listed, listed_run
from results.store import Manifest, RunStore, is_run, read_run
from results.summary import summarize
from scenarios import scenario_digest
from sim.streams import STREAM_VERSION

SHORT = 10  #: characters of a digest that a person compares
YES = frozenset({"y", "yes", "c", "có", "co"})


def folder_of(store: Path, name: str) -> Path:
    """The folder of a run, given by its name in the store or as it is; RunError when there is none."""
    RunStore(store).mend()
    for folder in (store / name, Path(name)):
        if is_run(folder):
            return folder
    raise RunError("manifest.no_run", str(store / name))


def list_runs(speaker: Speaker, store: Path) -> None:
    """Every run of a store."""
    runs = listed(RunStore(store))
    if speaker.json:
        speaker.put({"store": str(store), "runs": [listed_json(run) for run in runs]})
        return
    if not runs:
        speaker.line("runs.none", path=str(store))
        return
    heads = ("run", "scenario", "made", "replications", "digest", "plan", "size", "state")
    table = Table()
    for head in heads:
        table.add_column(
            Text(speaker.say(f"runs.{head}")), justify="right" if head in ("replications", "plan", "size") else "left"
        )
    for run in runs:
        table.add_row(*map(Text, _cells(speaker, run)))
    speaker.table(table)
    stale = sum(run.stale for run in runs)
    if stale:
        speaker.line("runs.some_stale", count=stale)


def _cells(speaker: Speaker, run: ListedRun) -> tuple[str, ...]:
    size = speaker.say("runs.megabytes", size=run.bytes / 1e6)
    state = speaker.say(f"runs.inputs_{run.inputs}" if run.condition == "whole" else f"runs.{run.condition}")
    if run.manifest is None:
        return run.run, "", "", "", "", "", size, state
    source = run.manifest.provenance
    return (
        run.run,
        run.manifest.asked or source.scenario_id,
        _day(run.manifest),
        str(source.replications),
        run.manifest.digest[:SHORT],
        "" if run.moves is None else str(run.moves),
        size,
        state,
    )


def _day(manifest: Manifest) -> str:
    return manifest.made.replace("T", " ").removesuffix("+00:00")


def listed_json(run: ListedRun) -> Json:
    """A run of the list as JSON."""
    manifest = run.manifest
    content: Json = {
        "run": run.run,
        "condition": run.condition,
        "inputs": run.inputs,
        "stale": run.stale,
        "bytes": run.bytes,
        "moves": run.moves,
    }
    if manifest is not None:
        source = manifest.provenance
        content |= {
            "scenario": source.scenario_id,
            "asked": manifest.asked,
            "made": manifest.made,
            "digest": manifest.digest,
            "scenario_digest": source.scenario_digest,
            "seed": source.seed,
            "replications": source.replications,
            "stream_version": source.stream_version,
        }
    return content


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
        digests = dict(source.digests)
        content = listed_json(run) | {"command": command_of(folder, manifest)}
        speaker.put(content | {"versions": dict(source.versions), "digests": digests, "phases": rows})
        return
    table = Table(show_header=False)
    table.add_column()
    table.add_column(overflow="fold")
    facts = {
        "run": manifest.run,
        "scenario": f"{manifest.asked or source.scenario_id} ({source.scenario_digest[:SHORT]})",
        "made": _day(manifest),
        "command": command_of(folder, manifest),
        "seed": str(source.seed),
        "replications": str(source.replications),
        "digest": manifest.digest[:SHORT],
        "versions": ", ".join(f"{package} {version}" for package, version in source.versions),
        "took": speaker.say("runs.seconds", seconds=manifest.seconds),
        "size": speaker.say("runs.megabytes", size=run.bytes / 1e6),
        "state": speaker.say(f"runs.inputs_{run.inputs}"),
    }
    for code, text in facts.items():
        table.add_row(Text(speaker.say(f"runs.{code}")), Text(text))
    speaker.table(table)
    for phase, word in zip(phases, words, strict=True):
        name_of = phase.name_vi if speaker.lang == "vi" else phase.name_en
        speaker.line("runs.phase", phase=phase.id, name=name_of, moves=len(phase.moves), days=phase.days)
        word.tell(speaker)
    speaker.line("runs.checked", count=len(manifest.files))


def delete_runs(speaker: Speaker, store: Path, names: list[str], *, yes: bool) -> int:
    """Delete runs after a yes; return the exit code."""
    folders = [folder_of(store, name) for name in dict.fromkeys(names)]
    if not yes:
        if speaker.json:
            raise Fault("say_yes")
        size = sum(listed_run(folder).bytes for folder in folders)
        speaker.line("runs.ask", names=", ".join(folder.name for folder in folders), size=size / 1e6)
        if sys.stdin.readline().strip().lower() not in YES:
            speaker.line("runs.kept")
            return FINDING
    for folder in folders:
        RunStore(folder.parent).delete(folder.name)
    speaker.line("runs.deleted", names=", ".join(folder.name for folder in folders))
    if speaker.json:
        speaker.put({"deleted": [folder.name for folder in folders]})
    return GOOD


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
