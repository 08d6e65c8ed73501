"""Work that nobody waits for yet: done beside what is waited for, in order, ended when nobody wants it."""

import os
import threading
import time

import pytest

from app.meanwhile import Meanwhile
from sim.run import Progress, Report


@pytest.mark.parametrize("jobs", [1, 2])
def test_results_come_when_they_are_asked_for(jobs: int) -> None:
    """Pieces begin in their order, whatever the jobs; what is waited for shows how far it is."""
    begun: list[str] = []
    shown: list[Progress] = []

    def work(name: str, report: Report) -> str:
        begun.append(name)
        report(Progress(name, 1, 2))
        time.sleep(0.3)
        return name

    with Meanwhile(jobs, shown.append) as meanwhile:
        first = meanwhile.start(lambda report: work("first", report))
        second = meanwhile.start(lambda report: work("second", report))
        assert (first(), second()) == ("first", "second")
    assert begun == ["first", "second"]
    assert {step.label for step in shown} <= set(begun)
    assert Progress("second", 1, 2) in shown


def test_nothing_is_begun_before_it_is_wanted_by_one_job() -> None:
    """With one job the caller's own work comes first."""
    with Meanwhile(1, None) as meanwhile:
        result = meanwhile.start(lambda _: threading.current_thread())
        assert result() is threading.current_thread()


def test_work_ends_when_the_caller_fails() -> None:
    """An error of the caller comes out at once, and ends what is under way at its next step."""
    under_way, steps = threading.Event(), 0

    def endless(report: Report) -> None:
        nonlocal steps
        while True:
            report(Progress("endless", steps, 0))
            steps += 1
            under_way.set()
            time.sleep(0.01)

    with pytest.raises(KeyboardInterrupt), Meanwhile(2, None) as meanwhile:
        meanwhile.start(endless)
        assert under_way.wait(10)
        raise KeyboardInterrupt
    before = steps
    time.sleep(0.05)
    assert steps == before


def test_a_failure_is_told_to_who_waits() -> None:
    """An error of the work is raised where its result is asked for."""
    with Meanwhile(2, None) as meanwhile:
        result = meanwhile.start(lambda _: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            result()


@pytest.mark.skipif(not hasattr(os, "getpriority"), reason="no niceness")
def test_what_is_waited_for_goes_first() -> None:
    """Where threads have a niceness, the work stands behind the caller's, and the caller stays where it was."""
    before = os.getpriority(os.PRIO_PROCESS, 0)
    with Meanwhile(2, None) as meanwhile:
        found = meanwhile.start(lambda _: os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))()
    assert found >= before
    assert os.getpriority(os.PRIO_PROCESS, 0) == before
