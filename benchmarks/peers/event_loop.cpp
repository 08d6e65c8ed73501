// A plain event loop: one calendar of departures, queues first come first served, patience held with the one who waits.
// Reads int64 counts and float64 draws as written by `benchmarks.peers.__main__`; prints one line of JSON.
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
                 const vector<int>& desks, double scale, Sums& sums) {
    std::priority_queue<Departure, vector<Departure>, std::greater<Departure>> calendar;
    vector<std::deque<int64_t>> queues(desks.size());
    vector<int> idle(desks);
    auto expire = [&](int office, double now) {  // drop those whose patience has ended
        auto& queue = queues[office];
        for (auto it = queue.begin(); it != queue.end();) {
            if (arrivals[*it] + patiences[*it] < now) {
                it = queue.erase(it);
                sums.left++;
            } else {
                ++it;
            }
        }
    };
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
                expire(k, arrivals[i]);
                double score = races[i * desks.size() + k] * std::exp(double(queues[k].size()) / desks[k] * scale);
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

int main(int, char** words) {
    const std::string folder = words[1];
    auto start = read<int64_t>(folder, "start"), all_desks = read<int64_t>(folder, "desks");
    auto arrivals = read<double>(folder, "arrivals"), services = read<double>(folder, "services");
    auto patiences = read<double>(folder, "patiences"), races = read<double>(folder, "races");
    auto scale = read<double>(folder, "scale");
    vector<int> together(all_desks.begin(), all_desks.end());
    Sums sums;
    const std::clock_t began = std::clock();
    for (size_t day = 0; day + 1 < start.size(); day++) {
        const int64_t first = start[day];
        const double* race = races.empty() ? nullptr : races.data() + first * together.size();
        play(arrivals.data() + first, services.data() + first, patiences.data() + first, race, start[day + 1] - first,
             race ? together : vector<int>{together[day]}, scale[0], sums);
    }
    const double seconds = double(std::clock() - began) / CLOCKS_PER_SEC;
    std::printf("{\"customers\": %lld, \"seconds\": %.9f, \"wait_s\": %.9f, \"left\": %.9f, \"mebibytes\": 0}\n",
                (long long)start.back(), seconds, sums.waited / sums.served, double(sums.left) / (sums.served + sums.left));
}
