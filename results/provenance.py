"""Where a result comes from: all that is needed to make it again. No clock, no machine, no path."""

import platform
import shlex
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from scenarios import Scenario, bundled, load_scenario, scenario_digest
from sim.stream_version import STREAM_VERSION

if TYPE_CHECKING:
    from .summary import StudyData

PACKAGES = ("motcua", "numpy", "numba", "pulp", "highspy")
SCENARIO_FOLDER = "scenario"  #: copy of the scenario in the folder of a run
#: arguments that change no number and so no identity
SILENT = frozenset({"jobs", "lang", "out", "json"})


@dataclass(frozen=True, slots=True)
class Provenance:
    """Command, inputs, seed and versions of a run, and the digests of what came out."""

    command: str
    arguments: tuple[tuple[str, str], ...]
    scenario_id: str
    source: str  #: what to give the command: a bundled name, else the copy in the folder of the run
    scenario_digest: str
    seed: int
    replications: int
    curve_replications: int
    stream_version: int
    versions: tuple[tuple[str, str], ...]
    digests: tuple[tuple[str, str], ...]  #: phase/basis/state → SHA-256 of its integer tables
    plan_digest: str = ""  #: of the scenario as planned, when the plan was given
    remembered: tuple[str, ...] = ()  #: parts that were found in the memory, not made anew

    @property
    def command_line(self) -> str:
        """The command that makes the run again."""
        words = [f"--{name}" if value == "" else f"--{name} {shlex.quote(value)}" for name, value in self.arguments]
        return " ".join(["motcua", self.command, self.source, *words])

    @property
    def run_id(self) -> str:
        """Scenario id and a short hash of inputs and arguments: the same question has the same id."""
        loud = tuple(pair for pair in self.arguments if pair[0] not in SILENT)
        asked = repr((self.command, loud, self.scenario_digest, self.seed, self.replications, self.curve_replications))
        asked += self.plan_digest
        return f"{self.scenario_id}-{sha256(asked.encode()).hexdigest()[:10]}"


def provenance_of(study: "StudyData", command: str = "study", arguments: tuple[tuple[str, str], ...] | None = None) -> Provenance:
    """Describe a study; without arguments, those that its own numbers imply."""
    from sim.run import spread  # here, so that who lists runs does not wait for the compiler

    if arguments is None:
        arguments = (("seed", str(study.seed)), ("replications", str(study.replications)))
    played = {f"{phase.phase}/{basis}/{state}": tables for phase in study.phases for basis, state, tables in phase.played()}
    asked = scenario_digest(study.scenario)
    digests = zip(played, spread(study.measured.digest, list(played.values())), strict=True)
    return Provenance(
        command=command,
        arguments=arguments,
        scenario_id=study.scenario.id,
        source=_source(study.scenario, asked),
        scenario_digest=asked,
        seed=study.seed,
        replications=study.replications,
        curve_replications=study.curve_replications,
        stream_version=STREAM_VERSION,
        versions=(("python", platform.python_version()), *((name, version_of(name)) for name in PACKAGES)),
        digests=tuple(digests),
        plan_digest=scenario_digest(study.planned_scenario) if study.outcome.status == "given" else "",
        remembered=study.remembered,
    )


def _source(scenario: Scenario, digest: str) -> str:
    """The bundled name of a scenario that is what is bundled; an edited copy keeps its id, and is given by its own folder."""
    same = scenario.id in bundled() and bundled_digest(scenario.id) == digest
    return scenario.id if same else SCENARIO_FOLDER


@cache
def bundled_digest(name: str) -> str:
    """The digest of a bundled scenario, which no run changes."""
    return scenario_digest(load_scenario(name))


def version_of(package: str) -> str:
    """Version of an installed package, or that there is none."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
