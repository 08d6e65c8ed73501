"""What a stored run is, what it came from and which files it is made of; a file that changed is found by its digest."""

import json
import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from .files import RunError, file_digest
from .provenance import Provenance

MANIFEST_FILE = "manifest.json"
PLANS_FILE = "plans.json"
FORMAT = 3
RUN_NAME = re.compile(r"[A-Za-z0-9_\-][A-Za-z0-9_.\-]*-[0-9a-f]{10}")


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file of a run."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a run is, what it came from and what it is made of."""

    format: int
    run: str
    provenance: Provenance
    seconds: float
    files: tuple[FileEntry, ...]
    asked: str = ""  #: the scenario as it was asked for, a folder as seen from the store; "" when nobody said
    made: str = ""  #: when, as 2025-01-20T08:30:00+00:00; "" when nobody said

    @property
    def digest(self) -> str:
        """SHA-256 over the digests of all that was played."""
        return sha256(repr(self.provenance.digests).encode()).hexdigest()


def is_run(folder: Path) -> bool:
    """Tell whether a folder is a run, damaged ones included: a manifest, or at least the name of a run."""
    return folder.is_dir() and ((folder / MANIFEST_FILE).is_file() or RUN_NAME.fullmatch(folder.name) is not None)


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a run; RunError when there is none or it does not read."""
    path = folder / MANIFEST_FILE
    if not path.is_file():
        known = is_run(folder)
        raise RunError("manifest.unfinished" if known else "manifest.no_run", str(folder))
    try:
        data = json.loads(path.read_text("utf-8"))
        if data["format"] != FORMAT:
            raise ValueError(data["format"])
        manifest = Manifest(
            format=FORMAT,
            run=str(data["run"]),
            provenance=_provenance(data["provenance"]),
            seconds=float(data["seconds"]),
            files=tuple(FileEntry(str(one["path"]), int(one["bytes"]), str(one["sha256"])) for one in data["files"]),
            asked=str(data.get("asked", "")),
            made=str(data.get("made", "")),
        )
        if manifest.run != manifest.provenance.run_id or not RUN_NAME.fullmatch(manifest.run):
            raise ValueError(manifest.run)
        return manifest
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise RunError("manifest.unreadable", str(folder)) from error


def _provenance(data: dict[str, Any]) -> Provenance:
    """Build where a run comes from, of the types it was written with."""
    pairs = {name: tuple((str(key), str(value)) for key, value in data[name]) for name in ("arguments", "versions", "digests")}
    texts = {name: str(data[name]) for name in ("command", "scenario_id", "source", "scenario_digest")}
    numbers = {name: int(data[name]) for name in ("seed", "replications", "curve_replications", "stream_version")}
    remembered = tuple(map(str, data.get("remembered", ())))
    return Provenance(**(data | pairs | texts | numbers | {"remembered": remembered}))


def entries_of(folder: Path) -> tuple[FileEntry, ...]:
    """Every file below a folder, as a manifest names it."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return tuple(FileEntry(path.relative_to(folder).as_posix(), path.stat().st_size, file_digest(path)) for path in paths)


def check_run(folder: Path, manifest: Manifest) -> None:
    """Raise RunError for the first file that is missing or has other bytes than when it was written."""
    for entry in manifest.files:
        path = folder / entry.path
        if not path.resolve().is_relative_to(folder.resolve()) or not path.is_file():
            raise RunError("manifest.missing", entry.path)
        if path.stat().st_size != entry.bytes or file_digest(path) != entry.sha256:
            raise RunError("manifest.damaged", entry.path)
