"""First come, first served at alike servers: each start follows from those before, with no calendar of events.

The ordered vector of instants at which servers are free (Kiefer and Wolfowitz, Transactions of the AMS 78, 1955) tells the
start of the next citizen; who would wait longer than their patience leaves, and takes no server. Where the number of servers
changes with time each server is known by its place, and places beyond the number are the ones that go.
"""

from math import exp, log

import numpy as np
from numba import njit

from .lanes import LANES, alike, chosen, first, first_of, gathered, least, loaded, minus, most, moved_up, plus, scatter, store
from .race import CLEARLY
from .rules import NEVER, reluctance
from .streams import (
    BODY,
    FIRST,
    MASK,
    NO_OFFICE,
    SHIFT,
    TASTE,
    WORD,
    WORK_MAX,
    cell_words,
    citizen_words,
    day_counts,
    logarithm,
    natural,
    run_key,
    uniform,
    write_patiences,
    write_works,
)

MANY = 256  #: servers up to which a sorted vector is written; a heap beyond
LEFT_QUEUE, SENT_HOME = np.int64(-1), np.int64(-2)  #: in the place of a start
# columns of the sums of a station: served, left, sent away, waits of each in ticks
SERVED_SUM, LEFT_SUM, SENT_SUM, WAIT_SERVED, WAIT_LEFT, WAIT_SENT = range(6)
SUMS = 6
PAD = 16  #: numbers that a round of a loop of vector instructions treats
BOARD = 256  #: waiting tickets up to which the weight of an office is kept


@njit(cache=True, nogil=True)
def _take(free, at, servers, end):
    """Take the server that is free first until `end`; free : sorted from `at` on, then NEVER up to two times LANES."""
    here, ends = loaded(free, at), alike(end)
    for place in range(at, at + servers, LANES):
        beyond = loaded(free, place + LANES)
        store(free, place, most(here, least(moved_up(here, beyond), ends)))
        here = beyond


@njit(cache=True, nogil=True)
def _take_of_heap(free, servers, end):
    """The same where `free` is a heap, then NEVER."""
    place = 0
    while 2 * place + 1 < servers:
        child = 2 * place + 1
        if free[child + 1] < free[child]:
            child += 1
        if free[child] >= end:
            break
        free[place] = free[child]
        place = child
    free[place] = end


@njit(cache=True, nogil=True)
def _all_free(servers):
    """Servers that have been free forever, with room for `_take`."""
    free = np.full((servers // LANES + 3) * LANES, NEVER)
    free[:servers] = -NEVER
    return free


@njit(cache=True, nogil=True)
def first_fault(start, arrivals, services, patiences, longest):
    """Row of the first citizen who comes before the one ahead or has a time out of range; -1 none. Patience may last forever.

    Whether there is one is found by vector instructions.
    """
    faults = np.int64(0)
    for row in range(len(arrivals)):
        in_range = (arrivals[row] >= 0) & (arrivals[row] < longest) & (services[row] >= 0) & (services[row] < longest)
        faults += np.int64(not (in_range & (patiences[row] >= 0)))
    for station in range(len(start) - 1):
        for row in range(start[station] + 1, start[station + 1]):
            faults += np.int64(arrivals[natural(row)] < arrivals[natural(row - 1)])
    if faults == 0:
        return np.int64(-1)
    for station in range(len(start) - 1):
        before = np.int64(0)
        for row in range(start[station], start[station + 1]):
            if not before <= arrivals[row] < longest or not 0 <= services[row] < longest or patiences[row] < 0:
                return row
            before = arrivals[row]
    return np.int64(-1)


@njit(cache=True, nogil=True)
def play_heaps(stations, start, arrivals, services, patiences, servers, begins, sums):
    """Play some stations with so many servers each, in heaps; write starts (or LEFT_QUEUE) and the sums of each station.

    start : (S + 1,) slices of arrivals, services, patiences (n,) ticks and of begins, (n,) or empty; servers : (S,); sums :
    (S, SUMS).
    """
    for station in stations:
        free, count, keep = _all_free(servers[station]), servers[station], len(begins) > 0
        served, left, waited, waited_left = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
        for row in range(start[station], start[station + 1]):
            arrival, patience, free_at = arrivals[row], patiences[row], free[0]
            begin = max(arrival, free_at)
            wait = begin - arrival
            stays = wait <= patience
            _take_of_heap(free, count, begin + max(services[row], 1) if stays else free_at)
            if keep:
                begins[row] = begin if stays else LEFT_QUEUE
            waited += wait if stays else 0
            waited_left += 0 if stays else patience
            left += 0 if stays else 1
        served = start[station + 1] - start[station] - left
        sums[station, SERVED_SUM], sums[station, WAIT_SERVED] = served, waited
        sums[station, LEFT_SUM], sums[station, WAIT_LEFT] = left, waited_left


@njit(cache=True, nogil=True)
def _play_run(run, width, rows, arrivals, services, patiences, free, sums, begins):
    """Play the next `run` citizens of each lane; rows : (LANES,) where they stand; free, sums : (m * LANES,), lanes together."""
    none, one, gone = alike(0), alike(1), alike(LEFT_QUEUE)
    waited, waited_left, left = loaded(sums, 0), loaded(sums, LANES), loaded(sums, 2 * LANES)
    keep = len(begins) > 0
    for turn in range(run):
        arrival, patience, free_at = gathered(arrivals, rows, turn), gathered(patiences, rows, turn), loaded(free, 0)
        begin = most(arrival, free_at)
        wait = minus(begin, arrival)
        end = chosen(wait, patience, plus(begin, most(gathered(services, rows, turn), one)), free_at)
        waited = plus(waited, chosen(wait, patience, wait, none))
        waited_left = plus(waited_left, chosen(wait, patience, none, patience))
        left = plus(left, chosen(wait, patience, none, one))
        if keep:
            scatter(begins, rows, turn, chosen(wait, patience, begin, gone))
        for place in range(0, LANES * (width - 1), LANES):
            following = loaded(free, place + LANES)
            store(free, place, least(following, end))
            end = most(following, end)
        store(free, LANES * (width - 1), end)
    store(sums, 0, waited)
    store(sums, LANES, waited_left)
    store(sums, 2 * LANES, left)


@njit(cache=True, nogil=True)
def play_side_by_side(stations, start, arrivals, services, patiences, servers, begins, sums):
    """Play stations that have citizens, in this order, one in each lane; other arguments as `play_heaps`.

    A lane takes the next station when its own is done; when there is none left, it does as a busy one does.
    """
    places = np.int64(0)
    for station in stations:
        places = max(places, servers[station])
    free, totals = np.full((places + 1, LANES), NEVER), np.zeros((3, LANES), np.int64)
    playing, rows, until = np.full(LANES, -1), np.zeros(LANES, np.int64), np.zeros(LANES, np.int64)
    taken = 0
    while True:
        busy = -1
        for lane in range(LANES):
            station = playing[lane]
            if rows[lane] == until[lane]:
                if station >= 0:
                    left = totals[2, lane]
                    sums[station, SERVED_SUM], sums[station, LEFT_SUM] = start[station + 1] - start[station] - left, left
                    sums[station, WAIT_SERVED], sums[station, WAIT_LEFT] = totals[0, lane], totals[1, lane]
                station = stations[taken] if taken < len(stations) else -1
                taken += 1
                if station >= 0:
                    rows[lane], until[lane] = start[station], start[station + 1]
                    free[: servers[station], lane], free[servers[station] :, lane], totals[:, lane] = -NEVER, NEVER, 0
                playing[lane] = station
            if station >= 0:
                busy = lane
        if busy < 0:
            return
        run, width = until[busy] - rows[busy], servers[playing[busy]]
        for lane in range(LANES):
            if playing[lane] < 0:
                rows[lane], until[lane], free[:, lane] = rows[busy], until[busy], free[:, busy]
            else:
                run, width = min(run, until[lane] - rows[lane]), max(width, servers[playing[lane]])
        _play_run(run, width, rows, arrivals, services, patiences, free.reshape(-1), totals.reshape(-1), begins)
        rows += run


@njit(cache=True, nogil=True)
def play_alone(station, start, arrivals, services, patiences, servers, begins, sums):
    """Play a station whose servers stand in lanes side by side; arguments as `play_heaps`. Best up to two times LANES."""
    none, one, keep = alike(0), alike(1), len(begins) > 0
    waited, waited_left, left = none, none, none
    free = _all_free(servers[station])
    soon, later = loaded(free, 0), loaded(free, LANES)
    for row in range(start[station], start[station + 1]):
        arrival, patience = alike(arrivals[row]), alike(min(patiences[row], NEVER))
        free_at, until, beyond = first_of(soon, soon), plus(arrival, patience), loaded(free, 2 * LANES)
        begin = most(arrival, free_at)
        end = chosen(free_at, until, plus(begin, alike(max(services[row], 1))), free_at)
        soon, later = most(soon, least(moved_up(soon, later), end)), most(later, least(moved_up(later, beyond), end))
        for place in range(2 * LANES, servers[station], LANES):
            here, beyond = beyond, loaded(free, place + LANES)
            store(free, place, most(here, least(moved_up(here, beyond), end)))
        waited = plus(waited, chosen(free_at, until, minus(begin, arrival), none))
        waited_left = plus(waited_left, chosen(free_at, until, none, patience))
        left = plus(left, chosen(free_at, until, none, one))
        if keep:
            begins[row] = first(chosen(free_at, until, begin, alike(LEFT_QUEUE)))
    sums[station, SERVED_SUM], sums[station, LEFT_SUM] = start[station + 1] - start[station] - first(left), first(left)
    sums[station, WAIT_SERVED], sums[station, WAIT_LEFT] = first(waited), first(waited_left)


@njit(cache=True, nogil=True)
def _on_duty(tick, place, now, periods, servers):
    """First tick from `tick` on at which a place is on duty, NEVER none; now : a period that begins no later, or -1."""
    period = now
    while period + 1 < len(periods) and periods[period + 1] <= tick:
        period += 1
    while period < 0 or servers[period] <= place:
        period += 1
        if period == len(periods):
            return NEVER
        tick = periods[period]
    return tick


@njit(cache=True, nogil=True)
def play_periods(first, last, start, arrivals, services, patiences, periods, servers, begins, sums):
    """Play stations whose number of servers changes; arguments as `play_heaps`, periods : (P,), servers : (S, P).

    Waits count from the first period on. From the last period on, if nobody serves in it, those who wait are sent away.
    """
    opening = periods[0]
    for station in range(first, last):
        staff = servers[station]
        places = 0
        for period in range(len(periods)):
            places = max(places, staff[period])
        closing, period = NEVER, len(periods)
        while period > 0 and staff[period - 1] == 0:
            period -= 1
            closing = periods[period]
        ready = np.empty(places, np.int64)
        for place in range(places):
            ready[place] = _on_duty(opening, place, -1, periods, staff)
        now = -1
        for row in range(start[station], start[station + 1]):
            arrival, patience = max(arrivals[row], opening), patiences[row]
            if now + 1 < len(periods) and periods[now + 1] <= arrival:
                while now + 1 < len(periods) and periods[now + 1] <= arrival:
                    now += 1
                for place in range(places):
                    if ready[place] < periods[now]:
                        ready[place] = _on_duty(periods[now], place, now, periods, staff)
            begin = NEVER
            for place in range(places):
                begin = min(begin, ready[place])
            begin = max(begin, arrival)
            wait = begin - arrival
            if wait <= patience and begin < NEVER:
                place = 0
                while ready[place] > begin:
                    place += 1
                ready[place] = _on_duty(begin + max(services[row], 1), place, now, periods, staff)
                begins[row] = begin
                sums[station, SERVED_SUM] += 1
                sums[station, WAIT_SERVED] += wait
            elif arrival + patience < closing:
                begins[row] = LEFT_QUEUE
                sums[station, LEFT_SUM] += 1
                sums[station, WAIT_LEFT] += patience
            else:
                begins[row] = SENT_HOME
                sums[station, SENT_SUM] += 1
                sums[station, WAIT_SENT] += max(closing - arrival, 0)


@njit(cache=True, nogil=True)
def _whole_taste(taste):
    """The taste itself of what `_write_tastes` wrote nearly: its word is still known."""
    return -log(uniform(np.uint64(exp(-taste) * WORD)))


@njit(cache=True, nogil=True)
def play_choices(
    first,
    last,
    start,
    looks,
    services,
    patiences,
    tastes,
    nearly,
    way,
    servers,
    nominal,
    appeal,
    wait_scale,
    chosen,
    begins,
    sums,
):
    """Play days first…last−1 of K offices among which every citizen chooses by the queues of the moment.

    looks : (n,) ticks, sorted within a day; tastes : (n, K) exponential numbers, or with `nearly` what `_write_tastes` told of
    them: where two offices are about as good, the tastes themselves decide; way : ticks from the look to the arrival;
    servers, nominal, appeal : (K,); chosen, begins : (n,) written, or empty; sums : (D, SUMS). Boards show tickets not yet
    called, as in the halls: who left without a word counts until a server would have called them, as the recursion knows.
    """
    offices = len(servers)
    weights = np.empty((offices, BOARD))
    for office in range(offices):
        for waiting in range(BOARD):
            shown = waiting * nominal[office] // servers[office]
            weights[office, waiting] = reluctance(appeal[office], shown, wait_scale)
    length = len(_all_free(servers.max()))
    free = np.empty(offices * length, np.int64)
    longest = np.int64(0)
    for day in range(first, last):
        longest = max(longest, start[day + 1] - start[day])
    called_at, came_at = np.empty((offices, longest + 1), np.int64), np.empty((offices, longest + 1), np.int64)
    tickets, joined, called = np.empty(offices, np.int64), np.empty(offices, np.int64), np.empty(offices, np.int64)
    for day in range(first, last):
        for office in range(offices):
            at = office * length
            free[at : at + servers[office]], free[at + servers[office] : at + length] = -NEVER, NEVER
            tickets[office], joined[office], called[office] = 0, 0, 0
            came_at[office, 0], called_at[office, 0] = NEVER, NEVER
        for row in range(start[day], start[day + 1]):
            now = looks[row]
            best, lowest, next_lowest = 0, np.inf, np.inf
            for office in range(offices):
                come, gone = joined[office], called[office]
                come += np.int64(came_at[office, natural(come)] <= now)  # mostly one or none: told without a branch
                gone += np.int64(called_at[office, natural(gone)] <= now)
                while came_at[office, natural(come)] <= now:
                    come += 1
                while called_at[office, natural(gone)] <= now:
                    gone += 1
                joined[office], called[office] = come, gone
                waiting = come - gone
                if waiting < BOARD:
                    weight = weights[office, natural(waiting)]
                else:
                    weight = reluctance(appeal[office], waiting * nominal[office] // servers[office], wait_scale)
                score = tastes[row, office] * weight
                lower = score < lowest
                beaten = lowest if lower else score
                best, lowest = office if lower else best, score if lower else lowest
                next_lowest = beaten if beaten < next_lowest else next_lowest
            if nearly and next_lowest < lowest * CLEARLY:
                lowest = np.inf
                for office in range(offices):
                    shown = (joined[office] - called[office]) * nominal[office] // servers[office]
                    score = _whole_taste(tastes[row, office]) * reluctance(appeal[office], shown, wait_scale)
                    best, lowest = office if score < lowest else best, min(score, lowest)
            best = natural(best)
            at = natural(best * length)
            arrival, patience, free_at = now + way, patiences[row], free[at]
            begin = max(arrival, free_at)
            wait = begin - arrival
            stays = wait <= patience
            end = begin + max(services[row], 1) if stays else free_at
            if servers[best] <= MANY:
                _take(free, at, servers[best], end)
            else:
                _take_of_heap(free[at : at + length], servers[best], end)
            ticket = natural(tickets[best])
            came_at[best, ticket], called_at[best, ticket] = arrival, begin
            came_at[best, ticket + 1], called_at[best, ticket + 1] = NEVER, NEVER
            tickets[best] = ticket + 1
            if len(begins) > 0:
                chosen[row], begins[row] = best, begin if stays else LEFT_QUEUE
            sums[day, SERVED_SUM if stays else LEFT_SUM] += 1
            sums[day, WAIT_SERVED if stays else WAIT_LEFT] += wait if stays else patience


@njit(cache=True, nogil=True)
def count_citizens(laws, seed, replication, counts):
    """Write the numbers of citizens of each day, unit and field; counts : (D, U, F)."""
    key = run_key(seed, replication)
    remote = np.zeros(counts.shape[1:], np.int64)
    for day in range(len(laws.days)):
        day_counts(key, laws, day, counts[day], remote)


@njit(cache=True, nogil=True)
def _sort(hours, n, keys, at):
    """Write the words that decide the hours, each with its row in the lower half, in order; at : (n + 1,) where equal heaps end.

    Into as many heaps as words, then one round of exchanges without a branch, then what few are left.
    """
    width = np.uint64(n)
    for heap in range(n + 1):
        at[heap] = 0
    for row in range(n):
        at[natural(np.int64((hours[row] * width) >> SHIFT) + 1)] += 1
    below = np.int64(0)
    for heap in range(n):
        below += at[heap]
        at[heap] = below
    for row in range(n):
        heap = (hours[row] * width) >> SHIFT
        place = at[heap]
        at[heap] = place + 1
        keys[natural(place)] = (hours[row] << SHIFT) | np.uint64(row)
    most = np.uint64(0)
    for place in range(n):
        key = keys[place]
        if place > 0:
            keys[natural(place - 1)] = min(key, most)
        most = max(key, most)
    if n > 0:
        keys[natural(n - 1)] = most
    for place in range(1, n):
        key, before = keys[place], place
        while before > 0 and keys[natural(before - 1)] > key:
            keys[natural(before)] = keys[natural(before - 1)]
            before -= 1
        keys[natural(before)] = key


@njit(cache=True, nogil=True)
def _until(keys, at, n, share):
    """The first place whose word is a number of at least `share` of 1, n none; at : where heaps of `_sort` end."""
    heap = min(np.int64(share * n), n)
    place = at[heap - 1] if heap > 0 else np.int64(0)
    while place > 0 and uniform(keys[natural(place - 1)] >> SHIFT) >= share:
        place -= 1
    while place < n and uniform(keys[natural(place)] >> SHIFT) < share:
        place += 1
    return place


@njit(cache=True, nogil=True, error_model="numpy")
def _write_ticks(keys, at, n, window_until, window_share, window_open, window_ticks, ticks):
    """Write the ticks of arrival of sorted keys, and put those of one tick in the order of their rows; at : as `_until`."""
    begin, last = np.int64(0), len(window_until) - 1
    for window in range(last + 1):
        share, low = window_share[window], window_until[window] - window_share[window]
        opening, long = window_open[window], np.float64(window_ticks[window])
        end = n if window == last else max(_until(keys, at, n, window_until[window]), begin)
        for place in range(begin, end):
            into = (uniform(keys[place] >> SHIFT) - low) / share
            ticks[place] = opening + np.int64(min(max(into, 0.0), 1.0) * long)
        begin = end
    out_of_order = np.int64(0)
    for place in range(1, n):
        out_of_order += np.int64(ticks[place] <= ticks[place - 1])
    for place in range(1, n if out_of_order > 0 else 0):
        tick, key, before = ticks[place], keys[place], place
        while before > 0 and (ticks[before - 1] > tick or (ticks[before - 1] == tick and keys[before - 1] & MASK > key & MASK)):
            ticks[before], keys[before] = ticks[before - 1], keys[before - 1]
            before -= 1
        ticks[before], keys[before] = tick, key


@njit(cache=True, nogil=True)
def _write_bodies(k0, k1, hours, works, manners):
    """Write the words of a cell's citizens that decide the hour, the work and the patience; a loop for vector instructions."""
    for index in range(len(hours)):
        hours[index], works[index], manners[index], _ = citizen_words(k0, k1, index, FIRST, BODY, NO_OFFICE)


@njit(cache=True, nogil=True)
def _write_tastes(k0, k1, office_hash, words, tastes, nearly):
    """Write the tastes of a cell's citizens for an office, or what `logarithm` tells of them; words : scratch."""
    for index in range(len(words)):
        words[index], _, _, _ = citizen_words(k0, k1, index, FIRST, TASTE, office_hash)
    if nearly:
        for index in range(len(words)):
            tastes[index] = -logarithm(uniform(words[index]))
    else:
        for index in range(len(words)):
            tastes[index] = -log(uniform(words[index]))


@njit(cache=True, nogil=True, forceinline=True)
def _padded(n):
    """A number of rows that loops of vector instructions have no rest of."""
    return (n + (PAD - 1)) & ~(PAD - 1)


@njit(cache=True, nogil=True)
def draw_stations(
    first, last, together, nearly, laws, seed, replication, counts, start, office_hash, arrivals, services, patiences, tastes
):
    """Draw the citizens of stations first…last−1 in order of arrival, with the numbers the kernel draws for them.

    A station is the (unit, field) of a day, day by day, or with `together` all of a day. start : (S + 1,) slices of arrivals,
    services, patiences (n,) ticks and tastes (n, K), `nearly` or not, for the K offices of office_hash. All fields come at the
    hours of the first. Some are drawn who do not come, so that loops of vector instructions have nothing left over.
    """
    key = run_key(seed, replication)
    units, fields = counts.shape[1], counts.shape[2]
    offices, cells = len(office_hash), units * fields
    unit_hash, field_hash = laws.unit_hash, laws.field_hash
    work_mu, work_sigma, work_mean = laws.work_mu, laws.work_sigma, laws.work_mean
    patience_scale, inverse_shape = laws.patience_scale, laws.patience_inverse_shape
    window_first, window_last = laws.profile_start[laws.profile_of[0]], laws.profile_start[laws.profile_of[0] + 1]
    window_until, window_share = laws.window_until[window_first:window_last], laws.window_share[window_first:window_last]
    window_open, window_ticks = laws.window_open[window_first:window_last], laws.window_ticks[window_first:window_last]
    most = np.int64(0)
    for station in range(first, last):
        most = max(most, start[station + 1] - start[station])
    most = _padded(most) + PAD
    hours, manners, words = np.zeros(most, np.uint64), np.zeros(most, np.uint64), np.zeros(most, np.uint64)
    keys, lasts, works = np.empty(most, np.uint64), np.empty(most, np.int64), np.empty(most, np.int64)
    at, rows, rest = np.empty(most + 1, np.int64), np.empty(most, np.int64), np.empty((3, most))
    mu, sigma, scale, mean = np.zeros(most), np.zeros(most), np.zeros(most), np.zeros(most, np.int64)
    drawn = np.empty((offices, most))
    for station in range(first, last):
        day = station if together else station // cells
        first_cell = 0 if together else station % cells
        n = 0
        for cell in range(first_cell, cells if together else first_cell + 1):
            unit, field = cell // fields, cell % fields
            k0, k1, _, _ = cell_words(key, laws.days[day], unit_hash[unit], field_hash[field])
            until = n + _padded(counts[day, unit, field])
            _write_bodies(k0, k1, hours[n:until], words[n:until], manners[n:until])
            mu[n:until], sigma[n:until], mean[n:until] = work_mu[field, 0], work_sigma[field, 0], work_mean[field, 0]
            scale[n:until] = patience_scale[field]
            for office in range(offices):
                _write_tastes(k0, k1, office_hash[office], keys[n:until], drawn[office][n:until], nearly)
            n += counts[day, unit, field]
        write_works(mu, sigma, mean, words, works, rest, rows, _padded(n))
        write_patiences(scale, inverse_shape, manners, lasts, rest, _padded(n))
        _sort(hours, n, keys, at)
        ticks = arrivals[start[station] : start[station + 1]]
        _write_ticks(keys, at, n, window_until, window_share, window_open, window_ticks, ticks)
        for place in range(n):
            row, out = natural(np.int64(keys[place])), start[station] + place
            services[out], patiences[out] = min(works[row], WORK_MAX), lasts[row]
            for office in range(offices):
                tastes[out, office] = drawn[office, row]
