"""Cimba with a process for each of the given customers, who waits at a resource of desks until a timer of patience ends."""

import cimba as cb
from cimba_offices import Office, given, timed

IMPATIENT, HALF_A_TICK = 7, 0.5  # a signal; all instants are whole ticks, and who has waited just so long as patience lasts stays


class Desks(Office):
    desks: cb.Resource

    @cb.process
    def arrivals(self):
        while self.gaps.remaining() > 0:
            cb.hold(self.gaps.next())
            cb.spawn(Customer, office=self, work=self.services.next(), patience=self.patiences.next())


class Customer(cb.Model):
    office: cb.Ref[Desks]
    work: float
    patience: float

    @cb.process
    def visit(self):
        came = cb.now()
        cb.this_process().timer_set(self.patience + HALF_A_TICK, IMPATIENT)
        if self.office.desks.acquire() == IMPATIENT:
            self.office.left += 1
        else:
            cb.this_process().timers_clear()
            self.office.waited += cb.now() - came
            self.office.served += 1
            cb.hold(self.work)
            self.office.desks.release()


def opened(desks):
    """An office with so many desks."""
    office = Desks()
    office.desks = cb.Resource(capacity=desks)
    return office


def prepared(workload, draws):
    return timed(given(opened, draws))
