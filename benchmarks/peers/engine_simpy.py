"""SimPy: a resource, and a process for each customer."""

from math import exp

import simpy


def station(arrivals, services, patiences, desks):
    return _play(arrivals, services, patiences, None, [desks], 1.0)


def coupled(arrivals, services, patiences, races, desks, scale):
    return _play(arrivals, services, patiences, races, desks, scale)


def _play(arrivals, services, patiences, races, desks, scale):
    env = simpy.Environment()
    offices = [simpy.Resource(env, capacity) for capacity in desks]
    sums = [0.0, 0, 0]

    def customer(office, service, patience):
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
            yield env.timeout(service)

    def source():
        for number, arrival in enumerate(arrivals):
            yield env.timeout(arrival - env.now)
            office = offices[0]
            if races is not None:
                scores = [
                    race * exp(len(one.queue) / one.capacity * scale) for race, one in zip(races[number], offices, strict=True)
                ]
                office = offices[scores.index(min(scores))]
            env.process(customer(office, services[number], patiences[number]))

    env.process(source())
    env.run()
    return tuple(sums)
