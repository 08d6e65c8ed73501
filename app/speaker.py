"""What every verb says and how: JSON on stdout, tables for people, progress and faults on stderr.

Light to import: what a verb computes with, and what it shows of that, is imported by the verb.
"""

import errno
import json
import tempfile
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from results.files import RunError
from results.wording import Lang, Value, problem_sentence, say
from scenarios.problems import Problem, ScenarioError

if TYPE_CHECKING:
    from rich.table import Table

    from sim.run import Progress, Report

GOOD, FINDING, WRONG_INPUT, NO_ROOM, UNEXPECTED = 0, 1, 2, 5, 70
#: errors of the system that mean no room or no right to write
STORAGE = frozenset({errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EDQUOT, errno.EPERM})
REDRAWS = 4  #: of progress bars a second: each holds up for some 2 ms what computes
#: columns of a table when nobody looks at a screen
PLAIN_WIDTH = 160

Json = dict[str, object]


class Fault(Exception):
    """Something the user can set right: a wording code below `cli.fault`, its values and an exit code."""

    def __init__(self, code: str, *, status: int = WRONG_INPUT, **values: Value) -> None:
        self.code, self.status, self.values = code, status, values
        super().__init__(code)


class Faults(Exception):
    """Several of them, to be told at once."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(f"{len(self.faults)} faults")


@dataclass(frozen=True, slots=True)
class Speaker:
    """Says things in one language: to a program on stdout, or to a person."""

    lang: Lang
    json: bool

    def say(self, code: str, **values: Value) -> str:
        return say(code, self.lang, **values)

    def put(self, content: Json) -> None:
        """Print the one JSON object."""
        typer.echo(json.dumps(content, ensure_ascii=False, allow_nan=False))

    def line(self, code: str, **values: Value) -> None:
        """Print a sentence on stdout; kept back when a program listens."""
        if not self.json:
            typer.echo(self.say(code, **values))

    def note(self, code: str, **values: Value) -> None:
        """Print a sentence on stderr."""
        typer.echo(self.say(code, **values), err=True)

    def table(self, table: "Table") -> None:
        from rich.console import Console

        console = Console(highlight=False, soft_wrap=False)
        if not console.is_terminal:
            console = Console(highlight=False, width=PLAIN_WIDTH)
        console.print(table)

    def problems(self, problems: Iterable[Problem], *, err: bool = True) -> None:
        """Print each problem with its severity, place and code."""
        for problem in problems:
            word = self.say("cli.error" if problem.severity == "error" else "cli.warning")
            typer.echo(f"{word} {problem.code}: {problem_sentence(problem, self.lang)}", err=err)

    @contextmanager
    def progress(self) -> "Iterator[Report]":
        """Give a callback that draws a bar with the time left for each step, on a screen only."""
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bars

        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        on_screen = console.is_terminal
        with Bars(*columns, console=console, transient=True, refresh_per_second=REDRAWS, disable=not on_screen) as bars:
            tasks: dict[str, TaskID] = {}
            done: dict[str, int] = {}

            def report(step: "Progress") -> None:
                if step.label not in tasks:
                    tasks[step.label] = bars.add_task(self.say(f"cli.progress.{step.label}"), total=step.total)
                elif step.done < done[step.label]:
                    bars.reset(tasks[step.label], total=step.total)
                done[step.label] = step.done
                bars.update(tasks[step.label], completed=step.done, total=step.total)

            yield report

    @contextmanager
    def faults(self) -> Iterator[None]:
        """Turn every failure into sentences and an exit code; no traceback reaches the user."""
        try:
            yield
        except ScenarioError as error:
            self._refuse(error.problems, WRONG_INPUT)
        except InvalidPlan as error:
            self._refuse(error.problems, FINDING)
        except Fault as fault:
            self._stop_for((fault,))
        except Faults as several:
            self._stop_for(several.faults)
        except RunError as error:
            self._stop(error.code, WRONG_INPUT, file=error.place, path=error.place)
        except MemoryError:
            self._stop("cli.fault.memory", NO_ROOM)
        except BrokenPipeError:
            raise
        except OSError as error:
            reason = error.strerror or type(error).__name__
            storage = error.errno in STORAGE
            place = str(error.filename or "")
            code = "cli.fault.storage" if storage else "cli.fault.file"
            self._stop(code, NO_ROOM if storage else WRONG_INPUT, found=place, reason=reason)
        except (typer.Exit, typer.Abort):
            raise
        except Exception as error:
            if (signal := _signal_behind(error)) is not None:
                raise signal from None
            self._stop("cli.fault.unexpected", UNEXPECTED, kind=type(error).__name__, path=write_log(error))

    def _refuse(self, problems: tuple[Problem, ...], status: int) -> None:
        if self.json:
            self.put({"problems": [problem_json(problem, self.lang) for problem in problems]})
        else:
            self.problems(problems)
        raise typer.Exit(status)

    def _stop(self, code: str, status: int, **values: Value) -> None:
        self._stop_with([(code, values)], status)

    def _stop_for(self, faults: Sequence[Fault]) -> None:
        self._stop_with([(f"cli.fault.{one.code}", one.values) for one in faults], faults[0].status)

    def _stop_with(self, told: Iterable[tuple[str, Mapping[str, Value]]], status: int) -> None:
        sentences: list[str] = []
        problems: list[Json] = []
        for code, values in told:
            sentences.append(self.say(code, **values))
            found = {name: str(values.get(name, "")) for name in ("found", "expected")}
            head: Json = {"file": "", "row": 0, "column": "", "code": code}
            problems.append({**head, **found, "severity": "error", "message": sentences[-1]})
        if self.json:
            self.put({"problems": problems})
        for sentence in sentences:
            typer.echo(sentence, err=True)
        raise typer.Exit(status)


def _signal_behind(error: BaseException) -> BaseException | None:
    """The cancellation that an error came from: a module that was being loaded tells it as an error of its own."""
    cause: BaseException | None = error
    while cause is not None and isinstance(cause, Exception):
        cause = cause.__cause__ or cause.__context__
    return cause


class InvalidPlan(Exception):
    """A plan that breaks rules."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(f"{len(self.problems)} problems")


def write_log(error: BaseException) -> str:
    """Write the traceback of an error of our own into the temp folder and return the place."""
    try:
        with tempfile.NamedTemporaryFile("w", prefix="motcua-", suffix=".log", delete=False, encoding="utf-8") as stream:
            stream.write("".join(traceback.format_exception(error)))
        return stream.name
    except OSError:
        return "-"


def problem_json(problem: Problem, lang: Lang) -> Json:
    """A problem as JSON."""
    return {
        "file": problem.file,
        "row": problem.row,
        "column": problem.column,
        "code": problem.code,
        "found": problem.found,
        "expected": problem.expected,
        "severity": problem.severity,
        "message": problem_sentence(problem, lang),
    }


def plain_table(heads: Iterable[str], rows: Iterable[Iterable[str]] = ()) -> "Table":
    """A table of text."""
    from rich.table import Table
    from rich.text import Text

    table = Table()
    for head in heads:
        table.add_column(Text(head))
    for row in rows:
        table.add_row(*map(Text, row))
    return table
