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
SWEPT = 8  #: items after which a process clears away what they left
NUMBER = 2  #: bytes of the number of an item
PATIENCE = 4  #: seconds, and times its own time, for which the first process waits for the copy before it does all itself


def side_by_side(
    work: Callable[[Item], Result],
    items: Sequence[Item],
    jobs: int | None = None,
    *,
    first: Callable[[], object] | None = None,
) -> list[Result]:
    """Return what work makes of each item, in their order; a copy of this process does as many as it can meanwhile.

    jobs : processes at most, as many as cores when None; first : what this process does before its own share. Work must draw
    on memory alone. What the copy could not do is done here, so a failure is told by this process.
    """
    if sys.platform != "linux" or min(jobs or os.cpu_count() or 1, 2) < 2 or len(items) < WORTH:
        if first is not None:
            first()
        return [work(item) for item in items]
    gc.freeze()  # what stands already is neither searched nor, in the copy, written to
    gc.disable()  # what is left over is swept by `_share`, not looked for again and again
    try:
        return _shared(work, items, first)
    finally:
        gc.enable()
        gc.unfreeze()


def _shared(work: Callable[[Item], Result], items: Sequence[Item], first: Callable[[], object] | None) -> list[Result]:
    """Do what falls to this process, and what the copy leaves."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    taken, waiting = os.pipe()
    os.write(waiting, b"".join(number.to_bytes(NUMBER, "big") for number in range(len(items))))
    os.close(waiting)
    helper = context.Process(target=_help, args=(work, items, taken, receiver, sender), daemon=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # threads stand still meanwhile, and the copy needs none
        helper.start()
    sender.close()
    try:
        began = perf_counter()
        if first is not None:
            first()
        found = _share(work, items, taken)
        with suppress(EOFError):
            if receiver.poll(PATIENCE * (perf_counter() - began) + PATIENCE):
                found |= receiver.recv()
    finally:
        os.close(taken)
        receiver.close()
        helper.terminate()
        helper.join()
    return [found[number] if number in found else work(item) for number, item in enumerate(items)]


def _share(work: Callable[[Item], Result], items: Sequence[Item], taken: int) -> dict[int, Result]:
    """Do one item after another, each taken from the pipe of numbers that both processes read, until it is empty."""
    found: dict[int, Result] = {}
    while number := os.read(taken, NUMBER):
        place = int.from_bytes(number, "big")
        found[place] = work(items[place])
        if len(found) % SWEPT == 0:
            gc.collect()
    return found


def _help(work: Callable[[Item], Result], items: Sequence[Item], taken: int, receiver: Connection, sender: Connection) -> None:
    """Do the copy's share and send it; end at once, without what the first process does at its end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process answers for both
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    receiver.close()  # so that the copy ends when nobody listens any more
    try:
        sender.send(_share(work, items, taken))
        sender.close()
    finally:
        os._exit(0)
