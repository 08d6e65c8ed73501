"""Stored runs: a folder that appears whole or not at all, with a manifest that finds damage and makes the run again.

    runs/<scenario>-<hash of the question>/
        manifest.json  report.html  figures/  scenario/  planned_scenario/  plan.csv  plans.json
        indicators.csv  *.parquet

The same question gives the same folder: a run written again replaces the former one in a rename.
"""

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from optimizer import (
    Addition,
    Alternative,
    Certificate,
    Choice,
    Move,
    NextPerson,
    Outcome,
    PhasePlan,
    Reason,
    Round,
    Stage,
    Trial,
    write_plan,
)
from optimizer.plan_files import ADDITIONS_FILE, PLAN_FILE
from scenarios import load_scenario, write_scenario
from sim import Interval

from . import frames
from .addition_words import write_additions_of
from .exports import write_exports
from .files import RunError, file_digest, sync, sync_tree, write_text
from .maps import MAP_FILE, find_unit_map
from .paper_header import PaperHeader
from .provenance import SCENARIO_FOLDER, Provenance
from .reason_words import Names
from .report import write_summary
from .summary import PhaseStudy, StudyData, Summary, summarize
from .validation import read_verdict, verdict_json
from .wording import LANGUAGES, Lang

MANIFEST_FILE = "manifest.json"
PLANS_FILE = "plans.json"
VALIDATION_FILE = "validation.json"
PLANNED_FOLDER = "planned_scenario"
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


@dataclass(frozen=True, slots=True)
class RunStore:
    """Runs in a folder."""

    folder: Path

    def write(
        self,
        study: StudyData,
        provenance: Provenance,
        summary: Summary | None = None,
        /,
        *,
        lang: Lang = "vi",
        paper: PaperHeader | None = None,
        asked: str = "",
        made: str = "",
        name: str = "",
    ) -> Path:
        """Store a study with its plan and report, and Word files when they have a head; return the folder of the run.

        asked, made : as in `Manifest`; name : of the folder, the id of the run when left out; summary : of the study, when it
        stands already.
        """
        name = name or provenance.run_id
        with self.writing(name) as place:
            summary = summary or summarize(study)
            tables = partial(write_tables, study, summary, place, lang)
            write_summary(summary, provenance, place, lang=lang, beside=tables)
            if paper is not None:
                from .word_paper import write_paper  # here, so that who writes no Word file does not wait for it

                for language in LANGUAGES:
                    write_paper(summary, provenance, paper, place, language)
            manifest = Manifest(FORMAT, provenance.run_id, provenance, study.seconds, _files(place), asked, made)
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

    def read(self, run_id: str) -> tuple[StudyData, Manifest]:
        """Return a stored study and its manifest; RunError when any file is not what was written."""
        self._clean(run_id)
        return read_run(self.folder / run_id)


def is_run(folder: Path) -> bool:
    """Tell whether a folder is a run, damaged ones included: a manifest, or at least the name of a run."""
    return folder.is_dir() and ((folder / MANIFEST_FILE).is_file() or RUN_NAME.fullmatch(folder.name) is not None)


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


def _files(folder: Path) -> tuple[FileEntry, ...]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return tuple(FileEntry(path.relative_to(folder).as_posix(), path.stat().st_size, file_digest(path)) for path in paths)


def read_run(folder: Path) -> tuple[StudyData, Manifest]:
    """Return the study in a folder, every file checked against the manifest."""
    manifest = read_manifest(folder)
    check_run(folder, manifest)
    return read_study(folder, manifest), manifest


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
    return Provenance(**(data | pairs | texts | numbers))


def check_run(folder: Path, manifest: Manifest) -> None:
    """Raise RunError for the first file that is missing or has other bytes than when it was written."""
    for entry in manifest.files:
        path = folder / entry.path
        if not path.resolve().is_relative_to(folder.resolve()) or not path.is_file():
            raise RunError("manifest.missing", entry.path)
        if path.stat().st_size != entry.bytes or file_digest(path) != entry.sha256:
            raise RunError("manifest.damaged", entry.path)


def write_tables(study: StudyData, summary: Summary, folder: Path, lang: Lang) -> None:
    """Write all of a run but its report."""
    write_study(study, folder)
    plans = [phase.plan for phase in study.phases]
    write_plan(plans, study.scenario, folder / PLAN_FILE, reasons(study, lang))
    if any(plan.additions for plan in plans):
        write_additions_of(plans, study.scenario, folder / ADDITIONS_FILE, lang)
    frames.write_summary_tables(summary, folder)
    write_exports(summary, folder)


def write_study(study: StudyData, folder: Path) -> None:
    """Write scenario, plans and tables; enough to read the study back whole."""
    write_scenario(study.scenario, folder / SCENARIO_FOLDER)
    write_scenario(study.planned_scenario, folder / PLANNED_FOLDER)
    if study.unit_map is not None:
        write_text(folder / SCENARIO_FOLDER / MAP_FILE, study.unit_map.text)
    verdicts = [verdict_json(verdict) for verdict in study.validation]
    write_text(folder / VALIDATION_FILE, json.dumps(verdicts, ensure_ascii=False, indent=1) + "\n")
    plans = {
        "outcome": asdict(study.outcome),
        "rounds": [asdict(one) for one in study.rounds],
        "phases": [asdict(phase.plan) for phase in study.phases],
        "certificates": [asdict(one) for one in study.certificates],
        "choices": [asdict(one) for one in study.choices],
    }
    write_text(folder / PLANS_FILE, json.dumps(plans, ensure_ascii=False, indent=1) + "\n")
    frames.write_tables(study, folder)


def reasons(study: StudyData, lang: Lang) -> dict[str, str]:
    """Reason of each move in words, by PHASE/OFFICER."""
    steps = [step for phase in study.phases for step in phase.plan.steps()]
    names = Names.of(study.scenario, lang)
    return {f"{step.phase}/{step.officer}": names.short(step) for step in steps}


def read_study(folder: Path, manifest: Manifest) -> StudyData:
    """Read a study back as it was written."""
    tables = frames.read_tables(folder)
    stored = json.loads((folder / PLANS_FILE).read_text("utf-8"))
    plans = {plan.phase: plan for plan in map(_plan, stored["phases"])}
    return StudyData(
        scenario=load_scenario(folder / SCENARIO_FOLDER),
        planned_scenario=load_scenario(folder / PLANNED_FOLDER),
        phases=tuple(
            PhaseStudy(
                phase=phase,
                as_is=tables[phase, "own", "as_is"],
                planned=tables[phase, "own", "planned"],
                reference_as_is=tables.get((phase, "reference", "as_is")),
                reference_planned=tables.get((phase, "reference", "planned")),
                plan=plan,
            )
            for phase, plan in plans.items()
        ),
        seed=manifest.provenance.seed,
        replications=manifest.provenance.replications,
        curve_replications=manifest.provenance.curve_replications,
        seconds=manifest.seconds,
        outcome=_outcome(stored["outcome"]),
        rounds=tuple(map(_round, stored["rounds"])),
        unit_map=find_unit_map(folder / SCENARIO_FOLDER),
        rollout=frames.read_rollout(folder),
        validation=tuple(map(read_verdict, json.loads((folder / VALIDATION_FILE).read_text("utf-8")))),
        curves=frames.read_curves(folder),
        certificates=tuple(map(_certificate, stored.get("certificates", ()))),
        choices=tuple(map(_choice, stored.get("choices", ()))),
    )


def _plan(data: dict[str, Any]) -> PhasePlan:
    """Build a phase's plan from its JSON form, which the manifest has vouched for."""
    moves = tuple(map(_move, data["moves"]))
    assignments = tuple((officer, office) for officer, office in data["assignments"])
    additions = tuple(Addition(**{**one, "saves_s": tuple(one.get("saves_s", ()))}) for one in data["additions"])
    crews = tuple((office, group, count) for office, group, count in data["crews"])
    people = tuple(NextPerson(**one) for one in data.get("next_person", ()))
    parts = {"moves": moves, "assignments": assignments, "additions": additions, "crews": crews, "next_person": people}
    return PhasePlan(**data | parts)


def _move(data: dict[str, Any]) -> Move:
    alternatives = tuple(
        Alternative(**other | {"forbidden": tuple(_reason(**rule) for rule in other["forbidden"])})
        for other in data.get("alternatives", ())
    )
    details = tuple(_reason(**detail) for detail in data.get("details", ()))
    return Move(**data | {"reason": _reason(**data["reason"]), "details": details, "alternatives": alternatives})


def _round(data: dict[str, Any]) -> Round:
    simulated = tuple(Interval(**one) for one in data["simulated"])
    return Round(**data | {"moves": tuple(data["moves"]), "predicted": tuple(data["predicted"]), "simulated": simulated})


def _outcome(data: dict[str, Any]) -> Outcome:
    stages = (
        Stage(one["overload_s"], tuple((phase, office) for phase, office in one["places"])) for one in data.get("stages", ())
    )
    return Outcome(**data | {"stages": tuple(stages)})


def _certificate(data: dict[str, Any]) -> Certificate:
    trials = {name: tuple(map(_trial, data[name])) for name in ("simulated", "better", "open")}
    intervals = {name: Interval(**data[name]) for name in ("as_is", "planned", "change")}
    return Certificate(**data | trials | intervals)


def _trial(data: dict[str, Any]) -> Trial:
    targets = tuple((number, tuple(offices)) for number, offices in data["targets"])
    return Trial(**data | {"officers": tuple(data["officers"]), "offices": tuple(data["offices"]), "targets": targets})


def _choice(data: dict[str, Any]) -> Choice:
    parts = {
        "moves": tuple(data["moves"]),
        "predicted": tuple(data["predicted"]),
        "outcome": _outcome(data["outcome"]),
        "simulated": tuple(Interval(**one) for one in data["simulated"]),
        "overload": Interval(**data["overload"]),
        "change": Interval(**data["change"]),
    }
    return Choice(**data | parts)


def _reason(code: str, values: list[list[Any]]) -> Reason:
    return Reason(code, tuple((name, value) for name, value in values))
