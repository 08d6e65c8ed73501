// The days of offices as a hand-written event loop, with all that happens in a hall of this engine: skills by field and
// paces, two ranks, reserved counters, patience, balking by the number board, rosters with lunch, absent and moved officers,
// systems that stop or are slow, missing papers and the check at the door, last ticket, closing and overtime, and who comes
// back on a later day. Reads what `benchmarks.peers.halls` writes; prints one line of JSON. Words as in sim/rules.py.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

using i64 = int64_t;
using u64 = uint64_t;
using std::max;
using std::min;
using std::vector;

enum Outcome { SERVED, LEFT, BALKED, SENT_AWAY, INCOMPLETE, TURNED_BACK };
enum Mark { RANK = 3, MISSING = 4, AGAIN = 8, ELSEWHERE = 16, WAS_SERVED = 32 };
constexpr i64 NEVER = i64(1) << 60;
constexpr int LINES = 6;  // rank x from beyond the boundary
constexpr u64 WORD = 0xFFFFFFFF;

// A citizen's code: unit 14 bits, field 6, day 20, index 18, fetches 1, told 1, number of the visit 3.
static i64 unit_of(i64 code) { return code >> 49; }
static i64 field_of(i64 code) { return code >> 43 & 63; }
static i64 day_of(i64 code) { return code >> 23 & 0xFFFFF; }
static i64 index_of(i64 code) { return code >> 5 & 0x3FFFF; }
static bool fetches(i64 code) { return code & 16; }
static i64 number_of(i64 code) { return code & 7; }

// Philox4x32-10: the first two of the four words.
static std::pair<u64, u64> philox(u64 c0, u64 c1, u64 c2, u64 c3, u64 k0, u64 k1) {
    for (int round = 0; round < 10; round++) {
        const u64 p0 = 0xD2511F53ull * c0, p1 = 0xCD9E8D57ull * c2;
        c0 = (p1 >> 32) ^ c1 ^ k0, c1 = p1 & WORD;
        c2 = (p0 >> 32) ^ c3 ^ k1, c3 = p0 & WORD;
        k0 = (k0 + 0x9E3779B9) & WORD, k1 = (k1 + 0xBB67AE85) & WORD;
    }
    return {c0, c1};
}

static u64 mixed(u64 h, u64 value) {
    u64 z = (h ^ value) + 0x9E3779B97F4A7C15ull;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
}

struct Reader {
    std::FILE* file;
    i64 one() {
        i64 value;
        if (std::fread(&value, sizeof value, 1, file) != 1) std::exit(1);
        return value;
    }
    vector<i64> many() {
        vector<i64> values(one());
        if (std::fread(values.data(), sizeof(i64), values.size(), file) != values.size()) std::exit(1);
        return values;
    }
};

struct Outage {
    i64 start, end;
    u64 fields;
    i64 pace;  // per mille, 0 = stands still
};

struct Visit {  // as recorded
    i64 code, day, arrival, work, scan, patience, balk, returns, door, marks, successor;
};

struct Done {
    int outcome, officer;
    i64 start, end, wait;
};

struct Officer {
    i64 hash, moved;
    u64 skills;
    vector<i64> pace;  // per mille by field
    bool absent, duty;
    i64 end;  // of the service in hand, NEVER = free, NEVER + 1 = it stands still
    i64 left, serving;
};

struct Change {
    i64 tick;
    int officer;
    bool comes;
};

struct Office {  // with its citizens and calendar
    i64 rank, reserved, scanners, opening, counted, last_ticket, closing, lead_in, measured, fields, levels;
    i64 nominal_fetch, long_wait, very_long_wait, turn_away, mend, failed, standard, lost_charge;
    i64 visits_max, return_days, papers_days, papers_share;
    u64 key_low, key_high, replication;
    vector<i64> ordinal, weekday, moved_pace, door, nominal, balk_long, balk_very_long, return_share, level_of, absence;
    vector<i64> beyond, unit_hash, field_hash;  // beyond : (U x F) whether the competent office is another one
    vector<Officer> officers;
    vector<Change> roster[7];
    vector<vector<Outage>> outages;
    vector<i64> day_start;
    vector<Visit> visits;

    static Office read(Reader& in) {
        Office o;
        for (i64* value : {&o.rank, &o.reserved, &o.scanners, &o.opening, &o.counted, &o.last_ticket, &o.closing, &o.lead_in,
                           &o.measured, &o.fields, &o.levels, &o.nominal_fetch, &o.long_wait, &o.very_long_wait,
                           &o.turn_away, &o.mend, &o.failed, &o.standard, &o.lost_charge, &o.visits_max, &o.return_days,
                           &o.papers_days, &o.papers_share})
            *value = in.one();
        o.key_low = in.one(), o.key_high = in.one(), o.replication = in.one();
        for (auto* values : {&o.ordinal, &o.weekday, &o.moved_pace, &o.door, &o.nominal, &o.balk_long, &o.balk_very_long,
                             &o.return_share, &o.level_of, &o.absence, &o.beyond, &o.unit_hash, &o.field_hash})
            *values = in.many();
        const auto hash = in.many(), moved = in.many(), pace = in.many();
        o.officers.resize(hash.size());
        for (size_t n = 0; n < hash.size(); n++) {
            Officer& who = o.officers[n];
            who.hash = hash[n], who.moved = moved[n], who.skills = 0;
            who.pace.assign(pace.begin() + n * o.fields, pace.begin() + (n + 1) * o.fields);
            for (i64 field = 0; field < o.fields; field++) who.skills |= u64(who.pace[field] > 0) << field;
        }
        const auto start = in.many(), tick = in.many(), code = in.many();
        for (int weekday = 0; weekday < 7; weekday++)
            for (i64 n = start[2 * weekday]; n < start[2 * weekday + 1]; n++)
                o.roster[weekday].push_back({tick[n], int(code[n] >> 1), (code[n] & 1) == 1});
        const auto outage_start = in.many(), outage = in.many();
        for (size_t day = 0; day + 1 < outage_start.size(); day++) {
            o.outages.emplace_back();
            for (i64 n = outage_start[day]; n < outage_start[day + 1]; n++)
                o.outages[day].push_back({outage[4 * n], outage[4 * n + 1], u64(outage[4 * n + 2]), outage[4 * n + 3]});
        }
        o.day_start = in.many();
        const auto rows = in.many();
        for (size_t n = 0; n < rows.size(); n += 11)
            o.visits.push_back({rows[n], rows[n + 1], rows[n + 2], rows[n + 3], rows[n + 4], rows[n + 5], rows[n + 6],
                                rows[n + 7], rows[n + 8], rows[n + 9], rows[n + 10]});
        return o;
    }
};

struct Line {  // citizens of one rank, field and side of the boundary, in order of arrival
    vector<int> rows;
    size_t first = 0;
    bool empty() const { return first == rows.size(); }
    int front() const { return rows[first]; }
};

class Hall {
    Office& o;
    vector<Line> lines;
    u64 waiting[LINES] = {};
    vector<Visit> today;
    vector<Done> done;
    vector<int> stops;
    u64 stopped = 0;
    std::priority_queue<std::pair<i64, int>, vector<std::pair<i64, int>>, std::greater<>> ends;
    vector<Outage> active;
    i64 queued_work = 0, on_duty = 0, now = 0, moved_pace = 1000;

    i64 board_work(const Visit& visit) const { return fetches(visit.code) ? o.nominal_fetch : o.nominal[field_of(visit.code)]; }
    i64 came(int row) const { return max(today[row].arrival, o.counted); }
    i64 kept() const { return max<i64>(min(o.reserved, on_duty - 1), 0); }
    bool from_beyond(const Visit& visit) const {
        return o.reserved > 0 && o.beyond[unit_of(visit.code) * o.fields + field_of(visit.code)];
    }

    void arrive(int row, const vector<Change>& changes, size_t change) {
        Visit& visit = today[row];
        const i64 field = field_of(visit.code);
        Done& result = done[row];
        result = {SENT_AWAY, -1, -1, now, 0};
        if (now > o.last_ticket) return;
        if ((visit.marks & MISSING) && (visit.door & 0xFFFF) < door) {
            result.outcome = TURNED_BACK;
            if ((visit.door >> 16) >= o.mend) return;
            visit.marks &= ~MISSING;
        }
        i64 officers = on_duty, until_next = 0;
        if (officers == 0) {
            const i64 next = change < changes.size() ? changes[change].tick : o.closing;
            for (size_t n = change; n < changes.size() && changes[n].tick == next; n++) officers += changes[n].comes;
            until_next = max(next, o.opening) - max(now, o.opening);
        }
        const i64 shown = until_next + queued_work / max<i64>(officers, 1);
        bool turns = stops[field] > 0 && visit.balk < o.turn_away;
        if (!turns)
            turns = shown > o.very_long_wait ? visit.balk < o.balk_very_long[field]
                                             : shown > o.long_wait && visit.balk < o.balk_long[field];
        if (turns) {
            result.outcome = BALKED;
            return;
        }
        queued_work += board_work(visit);
        const int kind = int(visit.marks & RANK) * 2 + from_beyond(visit);
        lines[kind * o.fields + field].rows.push_back(row);
        waiting[kind] |= u64(1) << field;
    }

    void drop(int kind, i64 field, Line& line) {  // those at the head whose patience has ended
        while (!line.empty() && came(line.front()) + today[line.front()].patience < now) {
            const int row = line.front();
            line.first++;
            queued_work -= board_work(today[row]);
            done[row] = {LEFT, -1, -1, came(row) + today[row].patience, today[row].patience};
        }
        if (line.empty()) waiting[kind] &= ~(u64(1) << field);
    }

    bool serve_one() {
        u64 anybody = 0;
        for (u64 fields : waiting) anybody |= fields;
        if (!(anybody & ~stopped)) return false;
        u64 able = 0, able_own = 0;
        i64 keep = kept();
        for (const Officer& who : o.officers)
            if (who.duty) {
                keep--;
                if (who.end == NEVER) {
                    able |= who.skills;
                    if (keep < 0) able_own |= who.skills;
                }
            }
        int chosen = -1, chosen_kind = 0;
        for (int kind = 0; kind < LINES; kind++) {
            if (kind % 2 == 0 && chosen >= 0) break;
            for (u64 left = (kind % 2 ? able : able_own) & waiting[kind] & ~stopped; left; left &= left - 1) {
                const i64 field = __builtin_ctzll(left);
                Line& line = lines[kind * o.fields + field];
                drop(kind, field, line);
                if (line.empty()) continue;
                const int row = line.front();
                if (chosen < 0 || std::make_pair(today[row].arrival, row) < std::make_pair(today[chosen].arrival, chosen))
                    chosen = row, chosen_kind = kind;
            }
        }
        if (chosen < 0) return false;
        const Visit& visit = today[chosen];
        const i64 field = field_of(visit.code);
        const u64 bit = u64(1) << field;
        keep = chosen_kind % 2 ? 0 : kept();
        int best = -1;
        for (int n = 0; n < int(o.officers.size()); n++) {
            const Officer& who = o.officers[n];
            if (!who.duty) continue;
            keep--;
            if (keep < 0 && who.end == NEVER && (who.skills & bit) && (best < 0 || who.pace[field] < o.officers[best].pace[field]))
                best = n;
        }
        Line& line = lines[chosen_kind * o.fields + field];
        line.first++;
        if (line.empty()) waiting[chosen_kind] &= ~bit;
        queued_work -= board_work(visit);
        i64 slow = 0;
        for (const Outage& outage : active)
            if (outage.fields & bit) slow = max(slow, outage.pace);
        const bool missing = visit.marks & MISSING;
        const i64 work = missing ? max<i64>(visit.work * o.failed / 1000, 1) : o.scanners > 0 ? visit.work : visit.work + visit.scan;
        Officer& who = o.officers[best];
        const i64 paced = work * who.pace[field] * (who.moved ? moved_pace : 1000);
        const i64 length = slow == 0 || slow == 1000 ? (paced + 500'000) / 1'000'000 : (paced * slow + 500'000'000) / 1'000'000'000;
        who.end = now + max<i64>(length, 1), who.serving = chosen;
        ends.push({who.end, best});
        done[chosen] = {missing ? INCOMPLETE : SERVED, best, now, who.end, now - came(chosen)};
        return true;
    }

    void close() {
        for (Line& line : lines) {
            for (; !line.empty(); line.first++) {
                const int row = line.front();
                const i64 gone = came(row) + today[row].patience, end = min(gone, o.closing);
                done[row] = {gone < o.closing ? LEFT : SENT_AWAY, -1, -1, end, end - came(row)};
            }
        }
        std::fill(waiting, waiting + LINES, 0);
        queued_work = 0;
    }

    void begin(const Outage& outage) {
        active.push_back(outage);
        if (outage.pace > 0) return;
        for (u64 left = outage.fields; left; left &= left - 1) stops[__builtin_ctzll(left)]++;
        stopped |= outage.fields;
    }

    void hold() {  // services of fields that stand still wait
        ends = {};
        for (int n = 0; n < int(o.officers.size()); n++) {
            Officer& who = o.officers[n];
            if (who.end >= NEVER) continue;
            if (stopped >> field_of(today[who.serving].code) & 1)
                who.left = who.end - now, who.end = NEVER + 1;
            else
                ends.push({who.end, n});
        }
    }

    void end_outages() {
        for (const Outage& outage : active) {
            if (outage.end != now || outage.pace > 0) continue;
            for (u64 left = outage.fields; left; left &= left - 1) {
                const i64 field = __builtin_ctzll(left);
                if (--stops[field] > 0) continue;
                stopped &= ~(u64(1) << field);
                for (int n = 0; n < int(o.officers.size()); n++) {
                    Officer& who = o.officers[n];
                    if (who.end != NEVER + 1 || field_of(today[who.serving].code) != field) continue;
                    who.end = now + who.left;
                    done[who.serving].end = who.end;
                    ends.push({who.end, n});
                }
            }
        }
        active.erase(std::remove_if(active.begin(), active.end(), [&](const Outage& one) { return one.end == now; }), active.end());
    }

    i64 door = 0;

    void play_day(i64 day) {
        for (Line& line : lines) line.rows.clear(), line.first = 0;
        std::fill(waiting, waiting + LINES, 0);
        std::fill(stops.begin(), stops.end(), 0);
        stopped = 0, queued_work = 0, on_duty = 0, moved_pace = o.moved_pace[day], door = o.door[day];
        active.clear(), ends = {};
        done.resize(today.size());
        for (size_t n = 0; n < o.officers.size(); n++) {
            Officer& who = o.officers[n];
            const i64 chance = o.absence[day * o.officers.size() + n];
            who.absent = chance > 0 && i64(philox(o.replication, o.ordinal[day], who.hash, 0xAB5E9CE5, o.key_low, o.key_high).first) < chance;
            who.duty = false, who.end = NEVER;
        }
        static thread_local vector<Change> changes;
        changes.clear();
        for (const Change& change : o.roster[o.weekday[day]])
            if (!o.officers[change.officer].absent) changes.push_back(change);
        const vector<Outage>& outages = o.outages[day];
        size_t change = 0, outage = 0, arrived = 0;
        bool closed = false;
        while (true) {
            i64 outage_ends = NEVER;
            for (const Outage& one : active) outage_ends = min(outage_ends, one.end);
            const i64 service_ends = ends.empty() ? NEVER : ends.top().first;
            const i64 outage_starts = outage < outages.size() ? outages[outage].start : NEVER;
            const i64 next_change = change < changes.size() ? changes[change].tick : NEVER;
            const i64 next_arrival = arrived < today.size() ? today[arrived].arrival : NEVER;
            now = min({service_ends, outage_ends, outage_starts, next_change, closed ? NEVER : o.closing, next_arrival});
            if (now >= NEVER) break;
            if (service_ends == now) {
                for (; !ends.empty() && ends.top().first == now; ends.pop()) o.officers[ends.top().second].end = NEVER;
            } else if (outage_ends == now) {
                end_outages();
            } else if (outage_starts == now) {
                for (; outage < outages.size() && outages[outage].start == now; outage++) begin(outages[outage]);
                hold();
            } else if (next_change == now) {
                for (; change < changes.size() && changes[change].tick == now; change++) {
                    o.officers[changes[change].officer].duty = changes[change].comes;
                    on_duty += changes[change].comes ? 1 : -1;
                }
            } else if (!closed && o.closing == now) {
                closed = true;
                close();
            } else {
                for (; arrived < today.size() && today[arrived].arrival == now; arrived++) arrive(int(arrived), changes, change);
            }
            while (serve_one()) {
            }
        }
    }

    i64 delay(i64 code, i64 days_max) const {
        const auto cell = philox(o.replication, day_of(code), o.unit_hash[unit_of(code)], o.field_hash[field_of(code)], o.key_low, o.key_high);
        return 1 + i64(philox(index_of(code), code & 31, 2, 0, cell.first, cell.second).first) % days_max;
    }

    // The row of the visit on a later day that follows, -1 none.
    i64 follower(const Visit& visit, int outcome, i64 day) const {
        i64 code = visit.code, then;
        if (outcome == SERVED) return visit.marks & WAS_SERVED ? visit.successor : -1;
        if (visit.marks & ELSEWHERE) return -1;
        const bool papers = outcome == INCOMPLETE || outcome == TURNED_BACK;
        const i64 share = papers ? o.papers_share : o.return_share[field_of(code)];
        if (number_of(code) + 1 >= o.visits_max || visit.returns >= share) return -1;
        then = day + delay(code, papers ? o.papers_days : o.return_days);
        code = papers ? (code + 1) | 8 : code + 1;
        if (visit.successor < 0 || o.visits[visit.successor].code != code || o.visits[visit.successor].day != then) return -1;
        return visit.successor;
    }

   public:
    explicit Hall(Office& office) : o(office), lines(LINES * office.fields), stops(office.fields) {}

    // Overload by day and level is added to `sums`; returns the number of visits, and their hash where asked for.
    i64 play(vector<i64>& sums, u64* hash) {
        vector<char> comes(o.visits.size());
        vector<int> source;
        i64 played = 0;
        for (i64 day = o.lead_in; day + 1 < i64(o.day_start.size()); day++) {
            today.clear(), source.clear();
            for (i64 row = o.day_start[day]; row < o.day_start[day + 1]; row++)
                if (!(o.visits[row].marks & AGAIN) || comes[row]) today.push_back(o.visits[row]), source.push_back(int(row));
            play_day(day);
            for (size_t n = 0; n < today.size(); n++) {
                const Visit& visit = o.visits[source[n]];
                const Done& result = done[n];
                i64 beyond = max<i64>(result.wait - o.standard, 0);
                if (result.outcome >= LEFT && result.outcome <= SENT_AWAY && number_of(visit.code) == 0) beyond += o.lost_charge;
                sums[day * o.levels + o.level_of[field_of(visit.code)]] += beyond;
                const i64 later = follower(visit, result.outcome, day);
                if (later >= 0) comes[later] = 1;
                if (hash) {
                    u64 h = mixed(0, visit.code);
                    h = mixed(h, o.rank << 32 | (result.officer + 1));
                    h = mixed(h, (i64(result.outcome) << 56) ^ result.start);
                    *hash += mixed(h, result.end);
                }
            }
            played += i64(today.size());
        }
        return played;
    }
};

int main(int, char** words) {
    Reader in{std::fopen(words[1], "rb")};
    const int rounds = std::atoi(words[2]);
    vector<Office> offices(in.one());
    for (Office& office : offices) office = Office::read(in);
    u64 hash = 0;
    i64 visits = 0, overload = 0;
    vector<double> seconds;
    for (int round = 0; round <= rounds; round++) {  // the first to check, the others to be timed
        visits = overload = 0;
        const std::clock_t began = std::clock();
        for (Office& office : offices) {
            vector<i64> sums((office.day_start.size() - 1) * office.levels);
            visits += Hall(office).play(sums, round ? nullptr : &hash);
            for (size_t n = office.measured * office.levels; n < sums.size(); n++) overload += sums[n];
        }
        if (round) seconds.push_back(double(std::clock() - began) / CLOCKS_PER_SEC);
    }
    std::printf("{\"visits\": %lld, \"overload\": %lld, \"hash\": %llu, \"seconds\": [", (long long)visits, (long long)overload,
                (unsigned long long)hash);
    for (size_t n = 0; n < seconds.size(); n++) std::printf("%s%.6f", n ? ", " : "", seconds[n]);
    std::printf("]}\n");
}
