"""Work that nobody waits for yet, done by cores that the work before it leaves idle."""

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from types import TracebackType
from typing import Self, TypeVar

from sim.run import Progress, Report, workers_of

Result = TypeVar("Result")
Work = Callable[[Report], Result]  #: tells how far it is by the callback it is given
BEHIND = 10  #: niceness: what is waited for goes first
LOOK_S = 0.2  #: between two looks at how far the work is that is waited for


class _StoppedError(Exception):
    """Nobody wants the work any more."""


class Meanwhile:
    """Does pieces of work one after another while the caller goes on; with one job, each when its result is asked for.

    Progress is shown of what is waited for only. When the block ends before the work does, the work ends, too.
    """

    def __init__(self, jobs: int | None, progress: Report | None) -> None:
        self._progress = progress
        self._stopped = threading.Event()
        alone = workers_of(jobs) == 1
        self._thread = None if alone else ThreadPoolExecutor(1, initializer=_stand_behind)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stopped.set()
        if self._thread is not None:
            self._thread.shutdown(cancel_futures=True)

    def start(self, work: Work[Result]) -> Callable[[], Result]:
        """Begin a piece of work; what comes back waits for its result."""
        if self._thread is None:
            return lambda: work(self._show)
        latest: list[Progress] = []

        def note(step: Progress) -> None:
            if self._stopped.is_set():
                raise _StoppedError
            latest[:] = [step]

        future = self._thread.submit(work, note)

        def result() -> Result:
            done = False
            while not done:
                done = bool(wait([future], timeout=LOOK_S).done)
                for step in latest:
                    self._show(step)
            return future.result()

        return result

    def _show(self, step: Progress) -> None:
        if self._progress is not None:
            self._progress(step)


def _stand_behind() -> None:
    """Let other threads go first; those that this one starts stand behind them, too."""
    if sys.platform == "linux":  # where a thread has a niceness of its own
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), BEHIND)
