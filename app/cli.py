"""The command line: the verbs and their exit codes.

0 good · 1 a finding · 2 wrong input · 5 no room or no right to write · 130, 143 cancelled · 70 a fault of our own.
"""

import errno
import gc
import io
import os
import signal
import sys
import tempfile
import threading
import traceback
from types import FrameType
from typing import Annotated, NoReturn

import typer

from app.options import HELP, LANG, sentences
from app.verbs import country, experiments, planning, playing, runs, scenarios, studies

CANCELLED, TERMINATED = 130, 143
GRACE_S = 2.0  #: from a signal to the end, at most
#: objects more before what cannot be reached is looked for, and looks before a wider one: modules and scenarios stay for the run
SELDOM = (50_000, 10, 10)
VERBS = (
    ("list", scenarios.list_),
    ("init", scenarios.init),
    ("check", scenarios.check),
    ("simulate", playing.simulate),
    ("rollout", playing.rollout),
    ("warn", playing.warn),
    ("country", country.country),
    ("validate", playing.validate),
    ("optimize", planning.optimize),
    ("consolidate", planning.consolidate),
    ("roster", planning.roster),
    ("robust", planning.robust),
    ("why", planning.why),
    ("certify", planning.certify),
    ("tradeoff", planning.tradeoff),
    ("compare", studies.compare),
    ("study", studies.study),
    ("report", studies.report),
    ("sweep", experiments.sweep),
    ("growth", experiments.growth),
    ("rerun", runs.rerun),
    ("figures", studies.figures),
)

app = typer.Typer(
    help=HELP["app"], no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
)
for name, verb in VERBS:
    app.command(name, help=HELP[name])(verb)
app.add_typer(runs.app, name="runs")


class Terminated(BaseException):
    """The process was asked to end."""


@app.callback(invoke_without_command=True)
def _options(version: Annotated[bool, typer.Option("--version", help=HELP["version"])] = False) -> None:
    if version:
        from importlib.metadata import version as version_of

        typer.echo(version_of("motcua"))
        raise typer.Exit


def _cancel(number: int, frame: FrameType | None) -> None:
    """Unwind, so that unfinished files go; but do not wait long for threads in the middle of a replication."""
    status = TERMINATED if number == signal.SIGTERM else CANCELLED
    watchdog = threading.Timer(GRACE_S, _leave, (status,))
    watchdog.daemon = True
    watchdog.start()
    raise Terminated if number == signal.SIGTERM else KeyboardInterrupt


def main() -> None:
    """Run the command; threads still at work do not hold up a cancelled one."""
    gc.set_threshold(*SELDOM)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    signal.signal(signal.SIGTERM, _cancel)
    signal.signal(signal.SIGINT, _cancel)
    try:
        app(prog_name="motcua")
    except Terminated:
        _leave(TERMINATED)
    except SystemExit as stop:
        if stop.code == CANCELLED:
            _leave(CANCELLED)
        raise
    except KeyboardInterrupt:
        _leave(CANCELLED)
    except BrokenPipeError:
        os._exit(0)  # the reader has seen enough
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            _last_resort(error)
        sentence = sentences()["fault"]["storage"][LANG]
        print(sentence.format(found="stdout", reason=error.strerror), file=sys.stderr)
        os._exit(5)  # what waits for stdout can never be written
    except Exception as error:
        _last_resort(error)
    finally:
        gc.freeze()  # what stands at the end goes with the process: it is not searched for cycles, which would take longest


def _last_resort(error: Exception) -> NoReturn:
    """Say that the program failed where the verbs could not; only what needs no package of our own."""
    with tempfile.NamedTemporaryFile("w", prefix="motcua-", suffix=".log", delete=False, encoding="utf-8") as stream:
        traceback.print_exception(error, file=stream)
    sentence = sentences()["fault"]["unexpected"][LANG]
    print(sentence.format(kind=type(error).__name__, path=stream.name), file=sys.stderr)
    raise SystemExit(70)


def _leave(status: int) -> None:
    """End at once, without waiting for threads."""
    print(sentences()["fault"]["cancelled"][LANG], file=sys.stderr)
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    main()
