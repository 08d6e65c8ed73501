"""Work that holds the interpreter, done by two processes where the system can copy this one."""

import gc
import multiprocessing
import os
import signal
import sys
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from time import perf_counter
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
WORTH = 8  #: items below which a second process is not worth its start
PATIENCE = 4  #: seconds, and times its own time, for which the first process waits for the copy before it does all itself


def side_by_side(work: Callable[[Item], Result], items: Sequence[Item], jobs: int | None = None) -> list[Result]:
    """Return what work makes of each item, in their order; every second item is done by a copy of this process.

    jobs : processes at most, as many as cores when None. Work must draw on memory alone. What the copy could not do is
    done here, so a failure is told by this process.
    """
    if sys.platform != "linux" or min(jobs or os.cpu_count() or 1, 2) < 2 or len(items) < WORTH:
        return [work(item) for item in items]
    gc.freeze()  # what stands already is neither searched nor, in the copy, written to
    try:
        return _shared(work, items)
    finally:
        gc.unfreeze()


def _shared(work: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    """Do every first item here, every second one in the copy."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    helper = context.Process(target=_help, args=(work, items[1::2], receiver, sender), daemon=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # threads stand still meanwhile, and the copy needs none
        helper.start()
    sender.close()
    try:
        began = perf_counter()
        found = [work(item) for item in items[::2]]
        others: list[Result] | None = None
        with suppress(EOFError):
            if receiver.poll(PATIENCE * (perf_counter() - began) + PATIENCE):
                others = receiver.recv()
        if others is None:
            others = [work(item) for item in items[1::2]]
    finally:
        receiver.close()
        helper.terminate()
        helper.join()
    return [found[number // 2] if number % 2 == 0 else others[number // 2] for number in range(len(items))]


def _help(work: Callable[[Item], Result], items: Sequence[Item], receiver: Connection, sender: Connection) -> None:
    """Do the copy's share and send it; end at once, without what the first process does at its end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process answers for both
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    receiver.close()  # so that the copy ends when nobody listens any more
    try:
        sender.send([work(item) for item in items])
        sender.close()
    finally:
        os._exit(0)
