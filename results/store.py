"""Stored runs: a folder that appears whole or not at all, with a manifest that finds damage and makes the run again.

    runs/<scenario>-<hash of the question>/
        manifest.json  report.html  figures/  scenario/  planned_scenario/  plan.csv  plans.json
        indicators.csv  *.parquet

The same question gives the same folder: a run written again replaces the former one in a rename.
"""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .files import RunError, sync, sync_tree, write_text
from .manifest import FORMAT, MANIFEST_FILE, RUN_NAME, Manifest, check_run, entries_of, is_run, read_manifest
from .provenance import Provenance
from .wording import Lang

if TYPE_CHECKING:
    from .paper_header import PaperHeader
    from .summary import StudyData, Summary


@dataclass(frozen=True, slots=True)
class RunStore:
    """Runs in a folder."""

    folder: Path

    def write(
        self,
        study: "StudyData",
        provenance: Provenance,
        summary: "Summary | None" = None,
        /,
        *,
        lang: Lang = "vi",
        paper: "PaperHeader | None" = None,
        asked: str = "",
        made: str = "",
        name: str = "",
    ) -> Path:
        """Store a study with its plan and report, and Word files when they have a head; return the folder of the run.

        asked, made : as in `Manifest`; name : of the folder, the id of the run when left out; summary : of the study, when it
        stands already.
        """
        from .study_files import write_run  # here, so that who lists runs does not wait for what a study is made of

        name = name or provenance.run_id
        with self.writing(name) as place:
            write_run(study, summary, provenance, place, lang, paper)
            manifest = Manifest(FORMAT, provenance.run_id, provenance, study.seconds, entries_of(place), asked, made)
            write_text(place / MANIFEST_FILE, json.dumps(asdict(manifest), ensure_ascii=False, indent=1) + "\n")
        return self.folder / name

    @contextmanager
    def writing(self, run_id: str) -> Iterator[Path]:
        """Give a folder to write into; it takes its name, durable and whole, only when the block ends well."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._clean(run_id)
        temporary = self.folder / f".{run_id}.tmp-{os.getpid()}"
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir()
        try:
            yield temporary
            sync_tree(temporary)
            self._put(temporary, run_id)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise

    def _put(self, temporary: Path, run_id: str) -> None:
        final, former = self.folder / run_id, self._former(run_id)
        if final.exists():
            os.replace(final, former)
        os.replace(temporary, final)
        sync(self.folder)
        shutil.rmtree(former, ignore_errors=True)

    def _former(self, run_id: str) -> Path:
        return self.folder / f".{run_id}.former"

    def _clean(self, run_id: str) -> None:
        """Undo what a writer that was killed left: bring back the former run, drop unfinished ones."""
        if any(_alive(path.name.rpartition("-")[2], others=True) for path in self.folder.glob(f".{run_id}.tmp-*")):
            return
        former = self._former(run_id)
        if former.exists():
            if (self.folder / run_id).exists():
                shutil.rmtree(former, ignore_errors=True)
            else:
                os.replace(former, self.folder / run_id)
        for left in self.folder.glob(f".{run_id}.tmp-*"):
            if not _alive(left.name.rpartition("-")[2]):
                shutil.rmtree(left, ignore_errors=True)

    def mend(self) -> None:
        """Undo what killed writers and deleters left, of all runs."""
        if not self.folder.is_dir():
            return
        for path in self.folder.glob(".*.gone-*"):
            if not _alive(path.name.rpartition("-")[2]):
                shutil.rmtree(path, ignore_errors=True)
        left = [*self.folder.glob(".*.former"), *self.folder.glob(".*.tmp-*")]
        for run_id in sorted({path.name[1:].rpartition(".")[0] for path in left}):
            if RUN_NAME.fullmatch(run_id):
                self._clean(run_id)

    def delete(self, run_id: str) -> None:
        """Delete a run, damaged or not: it is gone at once, then its files go. RunError when there is none."""
        folder = self.folder / run_id
        if not is_run(folder):
            raise RunError("manifest.no_run", str(folder))
        gone = self.folder / f".{run_id}.gone-{os.getpid()}"
        os.replace(folder, gone)
        sync(self.folder)
        if gone.is_symlink():
            gone.unlink()
        else:
            shutil.rmtree(gone, ignore_errors=True)

    def runs(self) -> tuple[str, ...]:
        """Ids of the runs stored, sorted."""
        if not self.folder.is_dir():
            return ()
        return tuple(
            sorted(path.parent.name for path in self.folder.glob(f"*/{MANIFEST_FILE}") if not path.parent.name.startswith("."))
        )

    def read(self, run_id: str) -> "tuple[StudyData, Manifest]":
        """Return a stored study and its manifest; RunError when any file is not what was written."""
        self._clean(run_id)
        return read_run(self.folder / run_id)


def _alive(process: str, *, others: bool = False) -> bool:
    """Tell whether a process runs; `others` leaves this one out."""
    if others and process == str(os.getpid()):
        return False
    try:
        os.kill(int(process), 0)
    except (ValueError, ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def read_run(folder: Path) -> "tuple[StudyData, Manifest]":
    """Return the study in a folder, every file checked against the manifest."""
    from .study_files import read_study

    manifest = read_manifest(folder)
    check_run(folder, manifest)
    return read_study(folder, manifest), manifest
