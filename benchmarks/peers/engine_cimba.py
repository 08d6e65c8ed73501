"""Cimba as its guide shows it: the given customers in a store, a process for each server."""

import cimba as cb
from cimba_offices import Office, given, timed


class Stores(Office):
    waiting: cb.Store[float]
    servers: list["Server"]

    @cb.process
    def arrivals(self):
        while self.gaps.remaining() > 0:
            cb.hold(self.gaps.next())
            self.waiting.put(cb.now())


class Server(cb.Model):
    office: cb.Ref[Stores]

    @cb.process
    def serve(self):
        while True:
            came = self.office.waiting.get()
            wait = cb.now() - came
            work = self.office.services.next()
            if wait > self.office.patiences.next():
                self.office.left += 1
            else:
                self.office.waited += wait
                self.office.served += 1
                cb.hold(work)


def opened(desks):
    """An office with so many servers."""
    office = Stores()
    office.servers = [Server() for _ in range(desks)]
    for server in office.servers:
        server.office = office
    return office


def prepared(workload, draws):
    return timed(given(opened, draws))
