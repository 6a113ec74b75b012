#!/usr/bin/env python3
"""`python3 compare.py PROGRAM COUNT [FIRST_SEED]` runs `PROGRAM tally -` on random tallies and compares with the oracle.

Prints the seeds that differ with the first differing standing, what the tallies covered, and a count; exit 1 on any difference.
"""
import collections
import json
import multiprocessing
import subprocess
import sys

from generate import generate
from oracle import indicators_of, result


def same(a, b):
    """Equal as parsed JSON, types included (1, 1.0 and true differ)."""
    return json.dumps(a, sort_keys=True) == json.dumps(b, sort_keys=True)


def first_difference(theirs, ours):
    """A short text on the first group or standing that differs."""
    for g, (a, b) in enumerate(zip(theirs["groups"], ours["groups"])):
        for s, (x, y) in enumerate(zip(a["standings"], b["standings"])):
            if not same(x, y):
                return f"groups[{g}].standings[{s}]\n    program: {json.dumps(x, ensure_ascii=False)}\n    oracle:  {json.dumps(y, ensure_ascii=False)}"
        if not same(a, b):
            return f"groups[{g}]: track/complete/length: {a['track']!r} {a['complete']} {len(a['standings'])} / {b['track']!r} {b['complete']} {len(b['standings'])}"
    return "format, members or the number of groups"


def features(tally, outcome):
    """What one tally covers, as a set of names."""
    found = set()
    for g in outcome["groups"]:
        places = [s["place"] for s in g["standings"] if s["place"] is not None]
        if len(set(places)) < len(places):
            found.add("shared places")
        if not g["complete"]:
            found.add("incomplete track")
        for s in g["standings"]:
            found.add("status " + s["status"])
            found.update("reason " + r.split(":")[0] for r in s["reasons"] if s["status"] == "incomplete")
            if s["note"]:
                found.add("note " + s["note"] + (" with reserve" if s["award"] == "reserve" else ""))
            if s["award"]:
                found.add("award reserve" if s["award"] == "reserve" else "award given")
            if s["adjustment"] and s["adjustment"].startswith("-"):
                found.add("negative adjustment")
            if s["score"] and float(s["score"]) == 0:
                found.add("total 0")
            if s["status"] == "vetoed" and s["score"] is None:
                found.add("vetoed without score")
    rules, judged = tally["rules"], indicators_of(tally, "judged")
    if judged:
        panel = rules["panel"]
        table = "" if panel["method"] != "trimmed_mean" else " number" if isinstance(panel["trim"], int) else " table"
        found.add(f"panel {panel['method']}{table}/{panel['level']}")
        found.add(f"min_kept {panel['min_kept']}")
    else:
        found.add("no judged indicator, panel " + ("given" if "panel" in rules else "absent"))
    measured = indicators_of(tally, "measured")
    if not measured:
        found.add("no measured indicator")
    for _, i in measured:
        found.add("rule " + i["rule"]["type"])
        for other in (i["rule"].get("by_chain") or {}).values():
            found.add("by_chain" + (" of another type" if other["type"] != i["rule"]["type"] else ""))
            found.add("rule " + other["type"])
    found.add("rank_on " + str(rules.get("rank_on")))
    found.update("round_steps " + step for step in rules.get("round_steps") or {})
    found.add(f"places {rules['places']} {rules['rounding']}")
    if tally.get("rulings"):
        found.add("rulings")
    if rules.get("pass_mark") is not None and any(s["score"] == rules["pass_mark"] for g in outcome["groups"] for s in g["standings"]):
        found.add("pass mark hit exactly")
    if len(outcome["groups"]) > 1:
        found.add("several tracks")
    return found


def one(job):
    """(seed, difference or None, features) of one seed."""
    program, seed = job
    tally, text = generate(seed)
    ours = result(tally)
    run = subprocess.run([program, "tally", "-"], input=text.encode("utf-8"), capture_output=True)
    found = features(tally, ours)
    if run.returncode != 0:
        return seed, f"REFUSED (exit {run.returncode}): {run.stderr.decode('utf-8', 'replace').strip()} {run.stdout.decode('utf-8', 'replace').strip()[:300]}", found
    theirs = json.loads(run.stdout.decode("utf-8"))
    return seed, None if same(theirs, ours) else first_difference(theirs, ours), found


def main():
    program, count, first = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1
    coverage, different = collections.Counter(), 0
    with multiprocessing.Pool() as pool:
        for seed, difference, found in pool.imap(one, ((program, s) for s in range(first, first + count)), chunksize=8):
            coverage.update(found)
            if difference is not None:
                different += 1
                print(f"seed {seed}: {difference}", flush=True)
    print("coverage (tallies that had it):")
    for name in sorted(coverage):
        print(f"  {coverage[name]:6} {name}")
    print(f"{count} tallies from seed {first}: {count - different} the same, {different} different")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
