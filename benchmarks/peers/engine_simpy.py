"""SimPy: a resource, and a process for each customer. A number board shows who was not yet called, in order of tickets."""

from collections import deque
from math import exp

import simpy


def station(arrivals, services, patiences, desks):
    return _play(arrivals, services, patiences, None, [desks], (0.0, 1.0))


def coupled(arrivals, services, patiences, races, desks, board):
    return _play(arrivals, services, patiences, races, desks, board)


def _play(arrivals, services, patiences, races, desks, board):
    env = simpy.Environment()
    offices = [simpy.Resource(env, capacity) for capacity in desks]
    boards = [deque() for _ in desks]
    sums = [0.0, 0, 0]

    def customer(office, service, patience, tickets):
        came = env.now
        with office.request() as turn:
            if patience == float("inf"):
                yield turn
            else:
                yield turn | env.timeout(patience)
            if not turn.triggered:
                sums[2] += 1
                return
            sums[0] += env.now - came
            sums[1] += 1
            if tickets is not None:
                tickets.popleft()
            yield env.timeout(service)
            while tickets and tickets[0] < env.now:
                tickets.popleft()

    def source():
        for number, arrival in enumerate(arrivals):
            yield env.timeout(arrival - env.now)
            place, tickets = 0, None
            if races is not None:
                scores = [
                    race * exp(len(waiting) * board[0] // capacity / board[1])
                    for race, waiting, capacity in zip(races[number], boards, desks, strict=True)
                ]
                place = scores.index(min(scores))
                tickets = boards[place]
                tickets.append(arrival + patiences[number])
            env.process(customer(offices[place], services[number], patiences[number], tickets))

    env.process(source())
    env.run()
    return tuple(sums)
