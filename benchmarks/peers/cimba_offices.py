"""Models for Cimba, and all offices of a workload as one trial; days of an office follow each other.

Whoever has waited longer than patience lasts leaves when called: nobody else is concerned, so no event is needed for it.
Customers are inputs, gap, service and patience in the order in which they come, made before the clock starts; models are
compiled in memory before it starts, too.
"""

import cimba as cb
import numpy as np
from cimba import inputs, random

DAY, ENDLESS, MOST = 86_400_000.0, 1e15, 5_000  # ticks; ticks; customers waiting at once


class Office(cb.Model):
    gaps: cb.Input[float]
    services: cb.Input[float]
    patiences: cb.Input[float]
    waited: cb.Output[float]
    served: cb.Output[int]
    left: cb.Output[int]

    @cb.on_start
    def begin(self):
        self.waited = 0.0
        self.served = 0
        self.left = 0


class Events(Office):
    """An event ends each service and calls who is next, from a ring of instants of arrival; no process but for arrivals."""

    idle: int
    came: cb.Array[float]
    first: int
    last: int

    @cb.process
    def arrivals(self):
        while self.gaps.remaining() > 0:
            cb.hold(self.gaps.next())
            self.come()

    @cb.function
    def come(self) -> None:
        if self.idle > 0:
            self.idle -= 1
            self.served += 1
            self.patiences.next()
            cb.schedule(self.depart, self.services.next())
        else:
            self.came[self.last] = cb.now()
            self.last += 1
            if self.last == len(self.came):
                self.last = 0

    @cb.event
    def depart(self):
        while self.first != self.last:
            wait = cb.now() - self.came[self.first]
            self.first += 1
            if self.first == len(self.came):
                self.first = 0
            work = self.services.next()
            if wait > self.patiences.next():
                self.left += 1
            else:
                self.waited += wait
                self.served += 1
                cb.schedule(self.depart, work)
                return
        self.idle += 1


class Drawn(Events):
    """Customers of its own: so many are expected in each hour of a day, evenly within the hour."""

    days: int
    hour: float
    expected: cb.Array[float]

    @cb.process
    def arrivals(self):
        for day in range(self.days):
            for hour in range(len(self.expected)):
                begins, mean = day * DAY + hour * self.hour, self.hour / self.expected[hour]
                cb.hold(max(begins - cb.now(), 0.0))
                gap = random.exponential(mean)
                while cb.now() + gap < begins + self.hour:
                    cb.hold(gap)
                    self.come()
                    gap = random.exponential(mean)


class Province(cb.Model):
    offices: list[Office]


def staffed(kind, desks):
    """An office of events with so many desks."""
    office = kind()
    office.idle, office.came, office.first, office.last = desks, cb.Array(MOST), 0, 0
    return office


def given(opened, draws):
    """Offices with the customers of the file; opened(desks) makes one without."""
    days, start = int(draws["days"]), draws["start"]
    count = (len(start) - 1) // days

    def columns(rank):
        parts = [slice(start[day * count + rank], start[day * count + rank + 1]) for day in range(days)]
        arrivals = np.concatenate([draws["arrivals"][part] + day * DAY for day, part in enumerate(parts)])
        services, patiences = (np.concatenate([draws[name][part] for part in parts]) for name in ("services", "patiences"))
        return np.diff(arrivals, prepend=0.0), services, np.minimum(patiences, ENDLESS)

    offices = []
    for rank in range(count):
        office = opened(int(draws["desks"][rank]))
        office.gaps, office.services, office.patiences = map(inputs.trace, columns(rank))
        offices.append(office)
    return offices


def drawn(draws):
    """Offices that draw their customers by the law of the workload."""
    days, (hour, work, variation, patience) = int(draws["days"]), draws["law"].tolist()
    offices = []
    for desks in draws["desks"][: (len(draws["start"]) - 1) // days].tolist():
        office = staffed(Drawn, desks)
        office.days, office.hour, office.expected = days, hour, cb.Array((draws["expected"] * desks).tolist())
        office.gaps, office.patiences = inputs.trace([1.0]), inputs.dist.exponential(mean=patience)
        spread = np.log1p(variation**2)
        lognormal = inputs.dist.lognormal(mean=np.log(work) - spread / 2, sigma=np.sqrt(spread))
        office.services = inputs.dist.exponential(mean=work) if variation == 1 else lognormal
        offices.append(office)
    return offices


def timed(offices):
    """What is to be timed: all offices as one trial; compiled now, on the first of them."""
    trial(offices[:1])()
    return trial(offices)


def trial(offices):
    """Plays them; gives customers, the sum of their waits, how many were served and how many left."""
    province = Province()
    province.offices = offices
    experiment = cb.Experiment(province, replications=1, window=cb.Window.until_idle(), seed=1)

    def play():
        results = experiment.run()
        waited, served, left = (
            sum(float(np.ravel(getattr(results[one], name))[0]) for one in province.offices)
            for name in ("waited", "served", "left")
        )
        return round(served + left), waited, round(served), round(left)

    return play
