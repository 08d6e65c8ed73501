// A plain event loop: one calendar of departures, queues first come first served, patience held with the one who waits. Or,
// with a second word, `recursion` or `scan`, one of two ways without events: what the machine can do on these workloads.
// Reads int64 counts and float64 draws as written by `benchmarks.peers.__main__`; prints one line of JSON.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <deque>
#include <queue>
#include <string>
#include <vector>

using std::vector;

struct Departure {
    double time;
    int office;
    bool operator>(const Departure& other) const { return time > other.time; }
};

struct Sums {
    double waited = 0;
    int64_t served = 0, left = 0;
};

// The customers of one day (or one long station), at offices with so many desks; races: one number an office, or none.
static void play(const double* arrivals, const double* services, const double* patiences, const double* races, int64_t n,
                 const vector<int>& desks, const double* board, Sums& sums) {
    std::priority_queue<Departure, vector<Departure>, std::greater<Departure>> calendar;
    vector<std::deque<int64_t>> queues(desks.size());
    vector<int> idle(desks);
    auto depart = [&](Departure event) {
        auto& queue = queues[event.office];
        while (!queue.empty() && arrivals[queue.front()] + patiences[queue.front()] < event.time) {
            queue.pop_front();
            sums.left++;
        }
        if (queue.empty()) {
            idle[event.office]++;
            return;
        }
        int64_t next = queue.front();
        queue.pop_front();
        sums.waited += event.time - arrivals[next];
        sums.served++;
        calendar.push({event.time + services[next], event.office});
    };
    for (int64_t i = 0; i < n; i++) {
        while (!calendar.empty() && calendar.top().time <= arrivals[i]) {
            Departure event = calendar.top();
            calendar.pop();
            depart(event);
        }
        int office = 0;
        if (races) {
            double least = INFINITY;
            for (size_t k = 0; k < desks.size(); k++) {
                const double shown = std::floor(queues[k].size() * board[0] / desks[k]);
                const double score = races[i * desks.size() + k] * std::exp(shown / board[1]);
                if (score < least) least = score, office = k;
            }
        }
        if (idle[office] > 0) {
            idle[office]--;
            sums.served++;
            calendar.push({arrivals[i] + services[i], office});
        } else {
            queues[office].push_back(i);
        }
    }
    while (!calendar.empty()) {
        Departure event = calendar.top();
        calendar.pop();
        depart(event);
    }
}

// The same by recursion: who comes next begins when the first desk is free, or leaves when that is later than patience lasts.
static void recur(const double* arrivals, const double* services, const double* patiences, const double* races, int64_t n,
                  const vector<int>& desks, const double* board, Sums& sums) {
    static vector<vector<double>> free, called;
    static vector<size_t> waiting;
    const size_t offices = desks.size();
    free.resize(offices), called.resize(offices), waiting.assign(offices, 0);
    for (size_t k = 0; k < offices; k++) free[k].assign(desks[k], 0.0), called[k].clear();
    for (int64_t i = 0; i < n; i++) {
        size_t office = 0;
        if (races) {
            double least = INFINITY;
            for (size_t k = 0; k < offices; k++) {
                while (waiting[k] < called[k].size() && called[k][waiting[k]] <= arrivals[i]) waiting[k]++;
                const double shown = std::floor((called[k].size() - waiting[k]) * board[0] / desks[k]);
                const double score = races[i * offices + k] * std::exp(shown / board[1]);
                if (score < least) least = score, office = k;
            }
        }
        double* first = free[office].data();
        const double begins = std::max(first[0], arrivals[i]), wait = begins - arrivals[i];
        const bool stays = wait <= patiences[i];
        double end = stays ? begins + services[i] : first[0];
        for (int place = 0; place + 1 < desks[office]; place++) {
            const double next = first[place + 1];
            first[place] = std::min(next, end), end = std::max(next, end);
        }
        first[desks[office] - 1] = end;
        if (races) called[office].push_back(begins);
        sums.waited += stays ? wait : 0.0;
        sums.served += stays, sums.left += !stays;
    }
}

// As queuecomputer does it (A. Ebert, P. Wu, K. Mengersen, F. Ruggeri, Journal of Statistical Software 95(5), 2020): customers in
// the order of arrival, each to the desk with the least of a vector of next free times. The end of patience is added here.
static void scan(const double* arrivals, const double* services, const double* patiences, const double*, int64_t n,
                 const vector<int>& desks, const double*, Sums& sums) {
    vector<double> free(desks[0], 0.0);
    for (int64_t i = 0; i < n; i++) {
        auto desk = std::min_element(free.begin(), free.end());
        const double begins = std::max(*desk, arrivals[i]), wait = begins - arrivals[i];
        if (wait > patiences[i]) {
            sums.left++;
            continue;
        }
        *desk = begins + services[i];
        sums.waited += wait;
        sums.served++;
    }
}

template <class T>
static vector<T> read(const std::string& folder, const char* name) {
    std::FILE* file = std::fopen((folder + "/" + name + ".bin").c_str(), "rb");
    if (!file) return {};
    std::fseek(file, 0, SEEK_END);
    vector<T> values(std::ftell(file) / sizeof(T));
    std::rewind(file);
    if (std::fread(values.data(), sizeof(T), values.size(), file) != values.size()) values.clear();
    std::fclose(file);
    return values;
}

int main(int count, char** words) {
    const std::string way = count > 2 ? words[2] : "";
    const auto engine = way == "recursion" ? recur : way == "scan" ? scan : play;
    const std::string folder = words[1];
    auto start = read<int64_t>(folder, "start"), all_desks = read<int64_t>(folder, "desks");
    auto arrivals = read<double>(folder, "arrivals"), services = read<double>(folder, "services");
    auto patiences = read<double>(folder, "patiences"), races = read<double>(folder, "races");
    auto board = read<double>(folder, "board");
    vector<int> together(all_desks.begin(), all_desks.end());
    Sums sums;
    const std::clock_t began = std::clock();
    for (size_t day = 0; day + 1 < start.size(); day++) {
        const int64_t first = start[day];
        const double* race = races.empty() ? nullptr : races.data() + first * together.size();
        engine(arrivals.data() + first, services.data() + first, patiences.data() + first, race, start[day + 1] - first,
             race ? together : vector<int>{together[day]}, board.data(), sums);
    }
    const double seconds = double(std::clock() - began) / CLOCKS_PER_SEC;
    std::printf("{\"customers\": %lld, \"seconds\": %.9f, \"waited\": %.3f, \"served\": %lld, \"left\": %lld, \"mebibytes\": 0}\n",
                (long long)start.back(), seconds, sums.waited, (long long)sums.served, (long long)sums.left);
}
