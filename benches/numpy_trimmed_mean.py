"""The weighted trimmed mean of a tally in vectorised NumPy on exact integers, timed on request.

Reads the tally, prints the names of its variants, and for each line of standard input prints their times in
nanoseconds. `totals` is what the goal names: weighted totals, sorted, trimmed, averaged, rounded, ordered.
`totals, criteria, ties` also gives the criteria's scores and orders by them, as a result needs.
"""

import json
import sys
import time
from fractions import Fraction
from math import lcm

import numpy as np

with open(sys.argv[1], encoding="utf-8") as file:
    tally = json.load(file)
level = sys.argv[2]
criteria = tally["rubric"]["criteria"]
keys = [i["key"] for c in criteria for i in c["indicators"]]
count = len(tally["applications"])
steps = {str(k / 2).removesuffix(".0"): k for k in range(21)}
scores = np.array([[steps[s["scores"][k]] for k in keys] for s in tally["sheets"]], dtype=np.int16)
scores = scores.reshape(count, 7, len(keys))
weights = []
for c in criteria:
    points = sum(int(i["points"]) for i in c["indicators"])
    weights += [Fraction(c["weight"]) * Fraction(int(i["points"]), points) / 20 for i in c["indicators"]]
unit = lcm(*(w.denominator for w in weights))
weight = np.array([int(w * unit) for w in weights], dtype=np.int64)
starts = np.cumsum([0] + [len(c["indicators"]) for c in criteria])[:-1]
del tally


def rounded(sums):
    return (sums * 200 + 5 * unit) // (10 * unit)


def sheet_totals():
    totals = scores.astype(np.int64) @ weight
    totals.sort(axis=1)
    score = rounded(totals[:, 1:6].sum(axis=1))
    return score, np.argsort(-score, kind="stable")


def sheet_everything():
    parts = np.add.reduceat(scores * weight, starts, axis=2)
    kept = np.argsort(parts.sum(axis=2), axis=1, kind="stable")[:, 1:6]
    sums = np.take_along_axis(parts, kept[:, :, None], axis=1).sum(axis=1)
    by = rounded(sums)
    score = rounded(sums.sum(axis=1))
    return score, np.lexsort((-by[:, 2], -by[:, 1], -by[:, 0], -score))


def indicator_totals():
    sums = np.sort(scores, axis=1)[:, 1:6].sum(axis=1, dtype=np.int64)
    score = rounded(sums @ weight)
    return score, np.argsort(-score, kind="stable")


def indicator_everything():
    sums = np.sort(scores, axis=1)[:, 1:6].sum(axis=1, dtype=np.int64)
    parts = np.add.reduceat(sums * weight, starts, axis=1)
    by = rounded(parts)
    score = rounded(parts.sum(axis=1))
    return score, np.lexsort((-by[:, 2], -by[:, 1], -by[:, 0], -score))


def with_numba():
    import numba

    @numba.njit(parallel=False)
    def means(scores, weight):
        out = np.empty(scores.shape[0], np.int64)
        for a in range(scores.shape[0]):
            total, least, most = 0, 1 << 62, -1
            for e in range(scores.shape[1]):
                t = 0
                for j in range(scores.shape[2]):
                    t += scores[a, e, j] * weight[j]
                total, least, most = total + t, min(least, t), max(most, t)
            out[a] = total - least - most
        return out

    def totals():
        score = rounded(means(scores, weight))
        return score, np.argsort(-score, kind="stable")

    totals()
    return totals


variants = {
    "sheet": {"NumPy: totals": sheet_totals, "NumPy: totals, criteria, ties": sheet_everything},
    "indicator": {"NumPy: totals": indicator_totals, "NumPy: totals, criteria, ties": indicator_everything},
}[level]
if level == "sheet":
    try:
        variants["numba, one thread: totals"] = with_numba()
    except ImportError:
        pass
print("\t".join(variants), flush=True)
for _ in sys.stdin:
    times = []
    for variant in variants.values():
        start = time.perf_counter_ns()
        variant()
        times.append(str(time.perf_counter_ns() - start))
    print("\t".join(times), flush=True)
