"""The runs of a store: what each is, whether it is whole, and whether its inputs are still those it was made from."""

import json
import os
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from scenarios import ScenarioError, bundled, load_scenario, scenario_digest
from scenarios.load import PROVINCE
from sim.stream_version import STREAM_VERSION

from .files import RunError
from .manifest import PLANS_FILE, Manifest, is_run, read_manifest
from .provenance import SCENARIO_FOLDER
from .store import RunStore

#: same: made from the inputs as they are; changed: they have changed since; gone: they are not there or do not load;
#: unknown: nobody said what they were; streams: the program now draws other numbers
Inputs = Literal["same", "changed", "gone", "unknown", "streams"]
Condition = Literal["whole", "unfinished", "unreadable"]


@dataclass(frozen=True, slots=True)
class ListedRun:
    """A run of a store as a list shows it."""

    run: str
    condition: Condition  #: by its manifest; the files themselves are checked when it is read
    manifest: Manifest | None
    inputs: Inputs
    moves: int | None  #: changes of office in its plan
    bytes: int

    @property
    def stale(self) -> bool:
        return self.inputs in ("changed", "streams")


def listed(store: RunStore) -> tuple[ListedRun, ...]:
    """Every run of a store, damaged ones too, sorted by name."""
    store.mend()
    if not store.folder.is_dir():
        return ()
    folders = sorted(path for path in store.folder.iterdir() if not path.name.startswith(".") and is_run(path))
    known: dict[str, str | None] = {}

    def once(name: str) -> str | None:
        if name not in known:
            known[name] = digest_now(name)
        return known[name]

    return tuple(listed_run(folder, once) for folder in folders)


def digest_now(name: str) -> str | None:
    """Digest of a scenario as it is now, None when it is not there or has errors."""
    try:
        return scenario_digest(load_scenario(name))
    except ScenarioError:
        return None


def listed_run(folder: Path, now: Callable[[str], str | None] = digest_now) -> ListedRun:
    """One run as a list shows it."""
    try:
        manifest = read_manifest(folder)
    except RunError as error:
        condition: Condition = "unfinished" if error.code == "manifest.unfinished" else "unreadable"
        return ListedRun(folder.name, condition, None, "unknown", None, size_of(folder))
    return ListedRun(folder.name, "whole", manifest, inputs_of(folder, manifest, now), moves_of(folder), size_of(folder))


def size_of(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())


def moves_of(folder: Path) -> int | None:
    """Changes of office in the stored plan, None when it does not read."""
    try:
        phases = json.loads((folder / PLANS_FILE).read_text("utf-8"))["phases"]
        return sum(len(phase["moves"]) for phase in phases)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def inputs_of(folder: Path, manifest: Manifest, now: Callable[[str], str | None] = digest_now) -> Inputs:
    """Tell whether a run would be made from the same inputs today."""
    source = manifest.provenance
    if source.stream_version != STREAM_VERSION:
        return "streams"
    asked = manifest.asked or (source.source if source.source in bundled() else "")
    if not asked:
        return "unknown"
    found = now(str(folder.resolve().parent / asked) if is_place(asked) else asked)
    return "gone" if found is None else "same" if found == source.scenario_digest else "changed"


def asked_in(store: Path, name: str) -> str:
    """The name of a scenario as a manifest holds it: a bundled one as it is, a place as seen from the store."""
    base, colon, names = name.partition(":") if not Path(name).exists() else (name, "", "")
    if base in bundled() or PROVINCE.fullmatch(base):
        return name
    try:
        place = os.path.relpath(Path(base).resolve(), store.resolve())
    except ValueError:  # another drive
        return str(Path(base).resolve()) + colon + names
    return (place if place.startswith("..") else os.path.join(".", place)) + colon + names


def is_place(asked: str) -> bool:
    """Tell whether what a manifest holds is a place, not a bundled name."""
    return asked.startswith((".", os.sep)) or os.path.isabs(asked)


def command_of(folder: Path, manifest: Manifest) -> str:
    """The command that makes a run again from what it was asked for, else from its own copy of the inputs."""
    source = manifest.provenance
    if not manifest.asked:
        place = source.source if source.source != SCENARIO_FOLDER else os.path.join(folder, SCENARIO_FOLDER)
    else:
        place = os.path.normpath(folder.parent / manifest.asked) if is_place(manifest.asked) else manifest.asked
    arguments = tuple((name, os.path.join(folder, value) if name == "plan" else value) for name, value in source.arguments)
    return replace(source, source=shlex.quote(place), arguments=arguments).command_line


def differing(stored: Mapping[str, str], again: Mapping[str, str]) -> tuple[str, ...]:
    """Names of digests that are not the same in both, sorted."""
    return tuple(sorted(name for name in stored.keys() | again.keys() if stored.get(name) != again.get(name)))
