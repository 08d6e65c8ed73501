"""What verbs share: reading what was asked for, saying what went wrong, trying places to write."""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from app.options import default_lang

if TYPE_CHECKING:
    from datetime import date

    from app.given import Given
    from app.speaker import Json, Speaker
    from optimizer import Outcome, PhasePlan, Wishes
    from scenarios import Problem, Scenario
    from scenarios.schema import Assignment
    from sim.cluster import Cluster

RUNS = Path("runs")


@contextmanager
def speaking(lang: str, as_json: bool) -> Iterator["Speaker"]:
    """Give the speaker of a verb; every failure inside becomes sentences and an exit code."""
    from app.speaker import Fault, Speaker

    chosen: Literal["vi", "en"] = "vi" if lang == "vi" else "en" if lang == "en" else default_lang()
    speaker = Speaker(chosen, as_json)
    with speaker.faults():
        if lang not in ("vi", "en"):
            raise Fault("lang", found=lang)
        yield speaker


@contextmanager
def nothing() -> Iterator[None]:
    """Stand where a file would be opened."""
    yield


@contextmanager
def workers(jobs: int | None, address: str | None) -> "Iterator[int | Cluster | None]":
    """Give what replications are spread over: threads, or the cluster at an address."""
    if address is None:
        yield jobs
        return
    from app.speaker import Fault
    from sim.cluster import Cluster, ClusterError

    try:
        with Cluster(address) as cluster:
            yield cluster
    except ClusterError as error:
        raise Fault(error.code, found=error.found, expected=error.expected, reason=error.reason) from error


def load(name: str) -> "Scenario":
    """Load a scenario; ScenarioError with all its problems."""
    from scenarios import load_scenario

    return load_scenario(name)


def phases_of(scenario: "Scenario", asked: list[str] | None, otherwise: Iterable[str] = ()) -> tuple[str, ...]:
    """The phases asked for, else those otherwise meant, else all; once each, in the scenario's order."""
    from app.speaker import Fault

    known = [phase.id for phase in scenario.phases]
    asked = asked or sorted(otherwise)
    for name in asked:
        if name not in known:
            raise Fault("phase", found=name, expected=", ".join(known))
    return tuple(name for name in known if not asked or name in asked)


def days_of(text: str) -> int | None:
    """The number of days asked for; None means all."""
    from app.speaker import Fault

    if text == "all":
        return None
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 100_000):
        raise Fault("days", found=text)
    return int(text)


def warm_up_days_of(text: str | None) -> int | Literal["auto"] | None:
    """The warm-up asked for: working days, to be found, or that of the scenario when None."""
    from app.speaker import Fault

    if text is None or text == "auto":
        return "auto" if text else None
    if not (text.isascii() and text.isdigit() and int(text) <= 60):
        raise Fault("warm_up", found=text)
    return int(text)


def day_of(text: str | None) -> "date | None":
    """The day asked for, None when none is."""
    from datetime import date

    from app.speaker import Fault

    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Fault("day", found=str(text)) from None


def note_sample(speaker: "Speaker", days: int | None) -> None:
    """Say on stderr that days are left out."""
    if days is not None:
        speaker.note("cli.sampled", days=days)


def planned_by(scenario: "Scenario", files: Iterable[Path]) -> "Scenario":
    """The scenario under plans read from files; InvalidPlan when one breaks rules."""
    return given_by(scenario, files).planned


def given_by(scenario: "Scenario", files: Iterable[Path]) -> "Given":
    """Plans read from files, applied to the scenario; InvalidPlan when one breaks rules.

    A table of additions is one of the files, or stands as additions.csv beside a plan.
    """
    from app.given import Given
    from app.speaker import Fault, InvalidPlan
    from optimizer import read_plan
    from optimizer.additions import all_additions, is_additions, read_additions
    from optimizer.plan_files import ADDITIONS_FILE
    from scenarios import ScenarioError, check_scenario

    rows: dict[tuple[str, str], Assignment] = {}
    tables: dict[Path, None] = {}
    for path in files:
        if not path.is_file():
            raise Fault("no_file", found=str(path))
        if is_additions(path):
            tables[path.resolve()] = None
            continue
        try:
            rows |= {(row.phase, row.officer): row for row in read_plan(path, scenario)}
        except ScenarioError as error:
            raise InvalidPlan(error.problems) from error
        beside = path.with_name(ADDITIONS_FILE).resolve()
        if beside.is_file():
            tables[beside] = None
    planned = scenario.model_copy(update={"assignments": tuple(rows[key] for key in sorted(rows))})
    try:
        added = [row for path in tables for row in read_additions(path, scenario)]
    except ScenarioError as error:
        raise InvalidPlan(error.problems) from error
    if added:
        known = set(check_scenario(planned))
        planned = all_additions(planned, added)
        more = [problem for problem in check_scenario(planned) if problem not in known and problem.severity == "error"]
        if more:
            raise InvalidPlan(more)
    broken = plan_problems(planned)
    if any(problem.severity == "error" for problem in broken):
        raise InvalidPlan(broken)
    return Given(planned, tuple(added))


def wishes_of(scenario: "Scenario", pin: list[str] | None, forbid: list[str] | None, want: list[str] | None) -> "Wishes":
    """What the planner says beforehand, pairs written OFFICER:OFFICE; Fault for ids that are not there."""
    from app.speaker import Fault, Faults
    from optimizer import Wishes
    from scenarios.cells import names_by_id, nearest

    wrong: list[Fault] = []
    officers, offices = names_by_id(scenario.officers), names_by_id(scenario.offices)

    def known(code: str, name: str, among: dict[str, str]) -> str:
        if name not in among:
            wrong.append(Fault(code, found=name, expected=nearest(name, among)))
        return name

    def pair(text: str) -> tuple[str, str]:
        officer, colon, office = text.rpartition(":")
        if not colon:
            wrong.append(Fault("pair", found=text))
            return text, ""
        return known("officer", officer, officers), known("office", office, offices)

    pinned = frozenset(known("officer", name, officers) for name in pin or ())
    wishes = Wishes(pinned, frozenset(map(pair, forbid or ())), frozenset(map(pair, want or ())))
    if wrong:
        raise Faults(wrong)
    return wishes


def run_folder(name: str) -> Path | None:
    """The folder of a stored run, given as it is or by its name below runs/; None when there is none."""
    from results.manifest import MANIFEST_FILE

    for folder in (Path(name), RUNS / name):
        if (folder / MANIFEST_FILE).is_file():
            return folder
    return None


def plan_problems(scenario: "Scenario") -> tuple["Problem", ...]:
    """What the assignments of a scenario break, over all its phases."""
    from optimizer import check_plan

    phases = sorted({row.phase for row in scenario.assignments})
    return tuple(problem for phase in phases for problem in check_plan(scenario, phase))


def has_plan(outcome: "Outcome") -> bool:
    """Tell whether there is a plan: the solver found one, or it was given."""
    return outcome.status in ("optimal", "feasible", "given", "improved")


def say_plan(speaker: "Speaker", plan: "PhasePlan", outcome: "Outcome") -> None:
    """Print what became of the plan in a phase."""
    status = speaker.say(f"plan_status.{outcome.status}")
    if not has_plan(outcome):
        speaker.line("cli.no_plan", phase=plan.phase, status=status)
        return
    if outcome.status in ("feasible", "improved") and outcome.gap is not None:
        status += ", " + speaker.say("cli.gap", gap=outcome.gap)
    speaker.line(
        "cli.plan_stays" if plan.stays else "cli.plan",
        phase=plan.phase,
        status=status,
        moves=len(plan.moves),
        stays=plan.stays,
        before=plan.as_is_predicted_overload_min_per_day,
        after=plan.predicted_overload_min_per_day,
    )


def writable(folder: Path) -> None:
    """Make a folder and try it, before the long work; OSError when nothing can be written there."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(folder)) from error


def write_json(path: Path, content: "Json") -> None:
    """Write JSON whole."""
    import json

    from results.files import write_text

    write_text(path, json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n")


def prepare_compiler(speaker: "Speaker") -> None:
    """Say so when the kernel will be compiled, which happens once after installation."""
    from sim.compiled import is_compiled

    if not is_compiled():
        speaker.note("cli.compiling")
