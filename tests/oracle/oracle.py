#!/usr/bin/env python3
"""Independent reference implementation of SCORING.md: `python3 oracle.py FILE|-` prints the result of a valid tally.

Written from the text of SCORING.md alone, one function a rule, exact fractions only. It trusts its input: refusing
invalid files is not its business. Rule numbers in the docstrings are those of SCORING.md.
"""
import json
import re
import sys
from fractions import Fraction

PLAIN_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?\Z")


def as_bytes(text):
    """Keys and ids are ordered as bytes (UTF-8)."""
    return text.encode("utf-8")


def indicators_of(tally, kind):
    """All indicators of one kind, with the criterion each belongs to."""
    return [(c, i) for c in tally["rubric"]["criteria"] for i in c["indicators"] if i["kind"] == kind]


def track_of(application):
    """"Within each track (absent = "")"."""
    return application.get("track") or ""


def mean(values):
    values = list(values)
    return sum(values, Fraction(0)) / len(values)


# ---------------------------------------------------------------- rounding

def rounded(x, places, mode):
    """Rule 7: `half_up` (ties away from zero) or `half_even`."""
    scaled = abs(x) * 10 ** places
    whole = scaled.numerator // scaled.denominator
    rest = scaled - whole
    half = Fraction(1, 2)
    if rest > half or (rest == half and (mode == "half_up" or whole % 2 == 1)):
        whole += 1
    return Fraction(whole if x >= 0 else -whole, 10 ** places)


def printed(x, places):
    """Rule 7: "printed with exactly that many places" (x is already rounded to them)."""
    units = x * 10 ** places
    assert units.denominator == 1
    digits = str(abs(units.numerator)).rjust(places + 1, "0")
    sign = "-" if units < 0 else ""
    return sign + (digits if places == 0 else digits[:-places] + "." + digits[-places:])


def at_step(rules, step, x):
    """Rule 6: "Declared rounding on the way, only where `rules.round_steps` names it, in the mode of `rules.rounding`"."""
    places = (rules.get("round_steps") or {}).get(step)
    return x if places is None else rounded(x, places, rules["rounding"])


# ---------------------------------------------------------------- rules 1 to 3

def coefficient(tally, criterion, indicator):
    """Rule 1: full_marks × (criterion weight ÷ 100) × (its points ÷ sum of points in its criterion)."""
    points = sum(Fraction(i["points"]) for i in criterion["indicators"])
    return Fraction(tally["rubric"]["full_marks"]) * Fraction(criterion["weight"]) / 100 * Fraction(indicator["points"]) / points


def judged_fraction(indicator, score):
    """Rule 2: (s − min) ÷ (max − min)."""
    low, high = Fraction(indicator["scale"]["min"]), Fraction(indicator["scale"]["max"])
    return (score - low) / (high - low)


def linear(rule, value):
    """Rule 3: (v − from) ÷ (to − from)."""
    start, end = Fraction(rule["from"]), Fraction(rule["to"])
    return (Fraction(value) - start) / (end - start)


def efficacy(rule, value):
    """Rule 3: 0.6 + 0.4 × (v − floor) ÷ (target − floor)."""
    floor, target = Fraction(rule["floor"]), Fraction(rule["target"])
    return Fraction(6, 10) + Fraction(4, 10) * (Fraction(value) - floor) / (target - floor)


def bands(rule, value):
    """Rule 3: of the first band, listed from high to low, with v ≥ at_least; none: 0."""
    for band in rule["bands"]:
        if Fraction(value) >= Fraction(band["at_least"]):
            return Fraction(band["fraction"])
    return Fraction(0)


def piecewise(rule, value):
    """Rule 3: straight lines between the points (x strictly increasing), flat beyond the ends."""
    points = [(Fraction(x), Fraction(y)) for x, y in rule["points"]]
    v = Fraction(value)
    if v <= points[0][0]:
        return points[0][1]
    for (x0, y0), (x1, y1) in zip(points, points[1:]):
        if v <= x1:
            return y0 + (y1 - y0) * (v - x0) / (x1 - x0)
    return points[-1][1]


def per_unit(rule, value):
    """Rule 3: v is {name: count}: Σ weight × count ÷ cap."""
    return sum((Fraction(rule["units"][name]) * count for name, count in value.items()), Fraction(0)) / Fraction(rule["cap"])


def tiers(rule, value):
    """Rule 3: v is one of the names."""
    return Fraction(rule["tiers"][value])


def best(tally, application, indicator, value):
    """Rule 3: v ÷ the greatest v among applications of the same track that are not vetoed; 0 where that is not above 0.

    Numbers count whatever rule their own chain has; a tier name ("v is one of the names") is no number, even "5".
    """
    values = [a["measured"].get(indicator["key"]) for a in tally["applications"]
              if track_of(a) == track_of(application) and not a["vetoes"] and rule_for(a, indicator)["type"] != "tiers"]
    numbers = [Fraction(v) for v in values if isinstance(v, str) and PLAIN_NUMBER.match(v)]
    greatest = max(numbers, default=Fraction(0))
    return Fraction(value) / greatest if greatest > 0 else Fraction(0)


def rule_for(application, indicator):
    """Rule 3: `by_chain: {chain id: rule}` replaces the whole rule for applications of that chain."""
    by_chain = indicator["rule"].get("by_chain") or {}
    chain = application.get("chain")
    return by_chain[chain] if chain is not None and chain in by_chain else indicator["rule"]


def measured_fraction(tally, application, indicator):
    """Rule 3: the fraction, clamped to 0..1; `missing: "zero"` gives 0 for an absent value; None = incomplete."""
    rule = rule_for(application, indicator)
    value = application["measured"].get(indicator["key"])
    if value is None:
        return Fraction(0) if rule.get("missing") == "zero" else None
    if rule["type"] == "best":
        fraction = best(tally, application, indicator, value)
    else:
        kinds = {"linear": linear, "efficacy": efficacy, "bands": bands, "piecewise": piecewise, "per_unit": per_unit, "tiers": tiers}
        fraction = kinds[rule["type"]](rule, value)
    return min(max(fraction, Fraction(0)), Fraction(1))


# ---------------------------------------------------------------- rule 4

def drops(panel, n):
    """Rule 4: how many lowest and highest of n are dropped."""
    if panel["method"] == "median":
        return (max(n - 1, 0) // 2,) * 2
    if panel["method"] == "trimmed_mean":
        if isinstance(panel["trim"], int):
            return panel["trim"], panel["trim"]
        last = (0, 0)  # "no row: none"
        for row in panel["trim"]:
            if row["at_least"] <= n:
                last = row["low"], row["high"]
        return last
    return 0, 0  # mean; capped_mean: "nobody is dropped"


def keep(panel, ordered):
    """Rule 4: drop at both ends of the sorted list; "Where the drops reach n, none is kept"."""
    n = len(ordered)
    low, high = drops(panel, n)
    return [] if low + high >= n else ordered[low:n - high]


def sheet_subtotal(tally, criterion, sheet):
    """Rules 4 and 6: Σ coefficient × fraction over the criterion's judged indicators on one sheet; `sheet: p` rounds it."""
    total = Fraction(0)
    for indicator in criterion["indicators"]:
        if indicator["kind"] == "judged":
            score = Fraction(sheet["scores"][indicator["key"]])
            total += coefficient(tally, criterion, indicator) * judged_fraction(indicator, score)
    return at_step(tally["rules"], "sheet", total)


def sheet_total(tally, sheet):
    """Rule 4: an expert's sheet total (the sum of the subtotals, rounded ones where rule 6 says so)."""
    return sum(sheet_subtotal(tally, criterion, sheet) for criterion in tally["rubric"]["criteria"])


def capped(panel, scores):
    """Rule 4: capped_mean moves each score into m ± `limit`, m = the mean of the raw scores."""
    if panel["method"] != "capped_mean" or not scores:
        return scores
    m, limit = mean(score for score, _ in scores), Fraction(panel["limit"])
    return [(min(max(score, m - limit), m + limit), expert) for score, expert in scores]


def kept_scores(tally, sheets, indicator):
    """Rules 4 and 6, level indicator: cap, round (`score: p`: after capping and before sorting), sort by (score, expert key), drop."""
    panel = tally["rules"]["panel"]
    scores = [(Fraction(sheet["scores"][indicator["key"]]), sheet["expert"]) for sheet in sheets]
    scores = [(at_step(tally["rules"], "score", score), expert) for score, expert in capped(panel, scores)]
    return [score for score, _ in keep(panel, sorted(scores, key=lambda s: (s[0], as_bytes(s[1]))))]


class Panel:
    """Rule 4: what the panel of one application gives: `used`, `dropped`, `complete`, and the points of a criterion."""

    def __init__(self, tally, application):
        self.tally = tally
        self.used, self.dropped, self.complete = None, [], True
        if not indicators_of(tally, "judged"):
            return  # "A rubric with no judged indicator has no panel."
        panel = tally["rules"]["panel"]
        self.sheets = [s for s in tally["sheets"] if s["application"] == application["id"]]
        if panel["level"] == "sheet":
            ordered = sorted(self.sheets, key=lambda s: (sheet_total(tally, s), as_bytes(s["expert"])))
            self.kept = keep(panel, ordered)
            kept_experts = {s["expert"] for s in self.kept}
            self.used = len(self.kept)
            self.dropped = sorted((s["expert"] for s in self.sheets if s["expert"] not in kept_experts), key=as_bytes)
        else:
            self.used = len(keep(panel, self.sheets))
        self.complete = self.used >= panel["min_kept"]

    def fraction(self, indicator):
        """Rule 4: the judged indicator's fraction, by level."""
        if self.tally["rules"]["panel"]["level"] == "sheet":
            return mean(judged_fraction(indicator, Fraction(s["scores"][indicator["key"]])) for s in self.kept)
        return judged_fraction(indicator, mean(kept_scores(self.tally, self.sheets, indicator)))

    def judged_part(self, criterion):
        """Rules 4 to 6: the judged part of a criterion score."""
        judged = [i for i in criterion["indicators"] if i["kind"] == "judged"]
        if not judged:
            return Fraction(0)
        rules = self.tally["rules"]
        if (rules.get("round_steps") or {}).get("sheet") is not None:
            return mean(sheet_subtotal(self.tally, criterion, s) for s in self.kept)
        return sum((at_step(rules, "indicator", coefficient(self.tally, criterion, i) * self.fraction(i)) for i in judged), Fraction(0))


# ---------------------------------------------------------------- rule 5

def criterion_score(tally, application, panel, criterion):
    """Rule 5: Σ coefficient × fraction over its indicators (rule 6: `indicator: p` rounds each one's points)."""
    total = panel.judged_part(criterion)
    for indicator in criterion["indicators"]:
        if indicator["kind"] == "measured":
            points = coefficient(tally, criterion, indicator) * measured_fraction(tally, application, indicator)
            total += at_step(tally["rules"], "indicator", points)
    return total


def adjustment(tally, application):
    """Rule 5: min(Σ bonuses, `rules.bonus_cap` if given) − Σ deductions."""
    sums = {"bonus": Fraction(0), "deduction": Fraction(0)}
    for item in tally["rubric"]["adjustments"]:
        sums[item["kind"]] += Fraction(application["adjustments"].get(item["key"], "0"))
    cap = tally["rules"].get("bonus_cap")
    bonuses = sums["bonus"] if cap is None else min(sums["bonus"], Fraction(cap))
    return bonuses - sums["deduction"]


# ---------------------------------------------------------------- from score to place

class Entry:
    """One application on its way to a standing; `exact` and `round` hold total, criteria by key and adjustment."""

    def __init__(self, tally, application):
        rules = tally["rules"]
        self.id, self.region = application["id"], application["region"]
        self.panel = Panel(tally, application)
        reasons = ["missing:" + i["key"] for _, i in indicators_of(tally, "measured") if measured_fraction(tally, application, i) is None]
        if not self.panel.complete:
            reasons.append("panel_too_small")
        self.computed = not reasons
        if self.computed:
            self.exact = {c["key"]: criterion_score(tally, application, self.panel, c) for c in tally["rubric"]["criteria"]}
            self.exact_adjustment = adjustment(tally, application)
            self.exact_total = max(sum(self.exact.values()) + self.exact_adjustment, Fraction(0))
            shorten = lambda x: rounded(x, rules["places"], rules["rounding"])
            self.round = {key: shorten(x) for key, x in self.exact.items()}
            self.round_adjustment, self.round_total = shorten(self.exact_adjustment), shorten(self.exact_total)
        if application["vetoes"]:
            self.status, self.reasons = "vetoed", sorted(application["vetoes"], key=as_bytes)
        elif reasons:
            self.status, self.reasons = "incomplete", sorted(reasons, key=as_bytes)
        else:
            self.status, self.reasons = "ranked", []
        self.place = self.award = self.note = None

    def compared(self, rules):
        """`rules.rank_on`: (total, criteria) that places and the pass mark go by."""
        if (rules.get("rank_on") or "rounded") == "exact":
            return self.exact_total, self.exact
        return self.round_total, self.round


def order_key(tally, entry):
    """Order: total, then tie_break's criteria, then the position in `rulings` (those not named last). Smallest first."""
    total, criteria = entry.compared(tally["rules"])
    rulings = tally.get("rulings") or []
    position = rulings.index(entry.id) if entry.id in rulings else len(rulings)
    return [-total] + [-criteria[key] for key in tally["rules"]["tie_break"]] + [position]


def give_places(tally, ranked):
    """"What is still equal shares a place: 1, 2, 2, 4. Equal ones are listed by application id (bytes)." Returns the blocks."""
    ranked.sort(key=lambda e: (order_key(tally, e), as_bytes(e.id)))
    blocks = []
    for number, entry in enumerate(ranked, 1):
        if blocks and order_key(tally, blocks[-1][0]) == order_key(tally, entry):
            entry.place = blocks[-1][0].place
            blocks[-1].append(entry)
        else:
            entry.place = number
            blocks.append([entry])
    return blocks


# ---------------------------------------------------------------- from place to award

def passes(tally, entry):
    """`rules.pass_mark`: a total (as `rank_on` says) below it gets no award."""
    mark = tally["rules"].get("pass_mark")
    return mark is None or entry.compared(tally["rules"])[0] >= Fraction(mark)


def give_award(award, blocks, open_to):
    """One award down the places, a block at a time. False: the office must rule."""
    seats, cap, held = award["quota"], award.get("per_region"), {}
    for block in blocks:
        if seats == 0:
            break  # "An award ends when its seats are gone."
        rest = []
        for entry in block:
            if not open_to(entry):
                continue
            if cap is not None and held.get(entry.region, 0) >= cap:
                entry.note = "region_cap"
            else:
                rest.append(entry)
        after = dict(held)
        for entry in rest:
            after[entry.region] = after.get(entry.region, 0) + 1
        if len(rest) > seats or (cap is not None and any(after[entry.region] > cap for entry in rest)):
            for entry in rest:
                entry.note = "needs_ruling"
            return False
        for entry in rest:
            entry.award, entry.note = award["key"], None
        seats, held = seats - len(rest), after
    return True


def give_reserve(tally, blocks, open_to):
    """`rules.reserve` = n: the next unawarded passing ones, block by block while fewer than n were given."""
    given = 0
    for block in blocks:
        if given >= (tally["rules"].get("reserve") or 0):
            return
        for entry in [e for e in block if open_to(e)]:
            entry.award = "reserve"
            given += 1


def give_awards(tally, blocks):
    """From place to award, for one track. Returns `complete`."""
    open_to = lambda entry: entry.award is None and passes(tally, entry)
    for entry in (e for block in blocks for e in block):
        if not passes(tally, entry):
            entry.note = "below_pass_mark"
    for award in tally["rules"]["awards"]:
        if not give_award(award, blocks, open_to):
            return False
    give_reserve(tally, blocks, open_to)
    return True


# ---------------------------------------------------------------- the result

def standing(tally, entry):
    """The result: one standing; "What cannot be computed is `null`"."""
    places = tally["rules"]["places"]
    return {
        "application": entry.id, "place": entry.place, "status": entry.status, "reasons": entry.reasons,
        "score": printed(entry.round_total, places) if entry.computed else None,
        "criteria": {key: printed(x, places) for key, x in entry.round.items()} if entry.computed else None,
        "adjustment": printed(entry.round_adjustment, places) if entry.computed else None,
        "experts_used": entry.panel.used, "dropped": entry.panel.dropped, "award": entry.award, "note": entry.note,
    }


def group(tally, track):
    """One track: ranked ones in order, then the others by id (bytes)."""
    entries = [Entry(tally, a) for a in tally["applications"] if track_of(a) == track]
    ranked = [e for e in entries if e.status == "ranked"]
    others = sorted((e for e in entries if e.status != "ranked"), key=lambda e: as_bytes(e.id))
    complete = give_awards(tally, give_places(tally, ranked))
    return {"track": track, "complete": complete, "standings": [standing(tally, e) for e in ranked + others]}


def result(tally):
    """The result: one group a track, "tracks in byte order"."""
    tracks = sorted({track_of(a) for a in tally["applications"]}, key=as_bytes)
    return {"format": "qianglian-result/1", "groups": [group(tally, track) for track in tracks]}


def main():
    with (sys.stdin.buffer if sys.argv[1] == "-" else open(sys.argv[1], "rb")) as source:
        tally = json.loads(source.read().decode("utf-8"))
    sys.stdout.buffer.write((json.dumps(result(tally), ensure_ascii=False, indent=1) + "\n").encode("utf-8"))


if __name__ == "__main__":
    main()
