# queuecomputer, a call for each office and day: Rscript engine_queuecomputer.R FOLDER queue|queue_step -> a line of JSON.
# The customers of a folder, as written by `benchmarks.peers.__main__`, are in R before the clock starts; the time is the mean
# of some repetitions after a first one. `queue` gives departures alone, `queue_step` also tables of customers and of lengths.
library(queuecomputer)

words <- commandArgs(trailingOnly = TRUE)

column <- function(name, kind) {
  path <- file.path(words[1], paste0(name, ".bin"))
  readBin(path, kind, n = file.size(path) / 8, size = 8)
}

start <- column("start", "integer")
desks <- column("desks", "integer")
stations <- seq_len(length(start) - 1)
parts <- lapply(stations, function(station) seq(start[station] + 1, length.out = start[station + 1] - start[station]))
columns <- lapply(c(arrivals = "arrivals", services = "services"), column, "double")
arrivals <- lapply(parts, function(rows) columns$arrivals[rows])
services <- lapply(parts, function(rows) columns$services[rows])
engine <- get(words[2])
play <- function() lapply(stations, function(station) engine(arrivals[[station]], services[[station]], desks[station]))
processor <- function() sum(proc.time()[c("user.self", "sys.self")])

played <- play()
began <- processor()
repetitions <- 0
while (processor() - began < 0.5) {
  played <- play()
  repetitions <- repetitions + 1
}
seconds <- (processor() - began) / repetitions
departures <- unlist(lapply(played, function(one) if (is.list(one)) one$departures else one))
waited <- sum(departures - unlist(arrivals) - unlist(services))
held <- grep("VmHWM", readLines("/proc/self/status"), value = TRUE)
mebibytes <- as.integer(gsub("[^0-9]", "", held)) %/% 1024L
cat(sprintf(
  '{"customers": %d, "seconds": %.9f, "waited": %.3f, "served": %d, "left": 0, "mebibytes": %d}\n',
  length(departures), seconds, waited, length(departures), mebibytes
))
