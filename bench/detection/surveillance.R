# Peers from the R package surveillance, run over a CSV with one series a column and no header.
# Rscript surveillance.R METHOD IN.csv OUT.csv FIRST-LAST[,FIRST-LAST...] [key=value ...]
# METHOD is C1, C2, ff-days (seven-day sums ending each day, weeks as periods) or ff-bins (the bins
# themselves, period= bins make a "year"). FIRST and LAST are bins to judge, from 1.
# OUT has 1 where there is an alarm, 0 where not, NA where the method failed.
suppressPackageStartupMessages(library(surveillance))
args <- commandArgs(trailingOnly = TRUE)
method <- args[1]
counts <- as.matrix(read.csv(args[2], header = FALSE))
judged <- unlist(lapply(strsplit(strsplit(args[4], ",")[[1]], "-"), function(ends) as.integer(ends[1]):as.integer(ends[2])))
given <- list(alpha = 0.01, b = 5, w = 3, period = 2016)
for (pair in strsplit(args[-(1:4)], "=")) given[[pair[1]]] <- as.numeric(pair[2])
exceed <- function(found, y) {
  bound <- as.numeric(upperbound(found))
  mu <- as.numeric(found@control$expected)
  ifelse(is.na(bound), 0, as.numeric(y > bound))
}
one <- function(y) {
  if (method %in% c("C1", "C2")) {
    series <- sts(y, start = c(2010, 1), frequency = 364)
    found <- earsC(series, control = list(range = judged, method = method, alpha = given$alpha))
    return(as.numeric(alarms(found)))
  }
  if (method == "ff-bins") {
    series <- sts(y, start = c(1, 1), frequency = given$period)
    # The package takes a range without gaps, so each run of bins is judged by itself.
    runs <- split(judged, cumsum(c(TRUE, diff(judged) != 1)))
    return(unlist(lapply(runs, function(bins) {
      control <- list(range = bins, b = given$b, w = given$w, noPeriods = 10, alpha = given$alpha,
        pastWeeksNotIncluded = given$w, thresholdMethod = "nbPlugin", trend = FALSE,
        limit54 = c(0, 4), weightsThreshold = 2.58)
      exceed(farringtonFlexible(series, control = control), y[bins])
    })))
  }
  out <- rep(0, length(judged))
  for (phase in 0:6) {
    ends <- judged[(judged - judged[1]) %% 7 == phase]
    first <- (ends[1] - 1) %% 7 + 1
    blocks <- seq(first, ends[length(ends)], by = 7)
    blocks <- blocks[blocks >= 7]
    sums <- sapply(blocks, function(end) sum(y[(end - 6):end]))
    series <- sts(sums, start = c(2010, 1), frequency = 52)
    at <- match(ends, blocks)
    control <- list(range = at, b = given$b, w = given$w, noPeriods = 10, alpha = given$alpha,
      pastWeeksNotIncluded = 26, thresholdMethod = "nbPlugin", pThresholdTrend = 1,
      weightsThreshold = 2.58)
    found <- farringtonFlexible(series, control = control)
    out[match(ends, judged)] <- exceed(found, sums[at])
  }
  out
}
begun <- proc.time()[["elapsed"]]
result <- matrix(0, length(judged), ncol(counts))
for (column in seq_len(ncol(counts))) {
  result[, column] <- tryCatch(suppressWarnings(one(counts[, column])), error = function(problem) {
    message("series ", column, ": ", conditionMessage(problem)); rep(NA, length(judged))
  })
  if (column %% 16 == 0 || column == ncol(counts)) write.table(result[, seq_len(column), drop = FALSE], args[3], sep = ",", row.names = FALSE, col.names = FALSE)
}
cat(R.version.string, "surveillance", as.character(packageVersion("surveillance")),
    "seconds", proc.time()[["elapsed"]] - begun, "\n")
