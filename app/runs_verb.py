"""The verbs for stored runs that need no figures: what there is, and away with some."""

import sys
from pathlib import Path

from rich.table import Table
from rich.text import Text

from app.speaker import FINDING, GOOD, Fault, Json, Speaker
from results.files import RunError
from results.manifest import Manifest, is_run
from results.run_list import ListedRun, listed, listed_run
from results.store import RunStore

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
        day_of(run.manifest),
        str(source.replications),
        run.manifest.digest[:SHORT],
        "" if run.moves is None else str(run.moves),
        size,
        state,
    )


def day_of(manifest: Manifest) -> str:
    """When a run was made, for a person."""
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
