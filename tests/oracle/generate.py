#!/usr/bin/env python3
"""`python3 generate.py SEED` prints one random valid tally file, wide and nasty on purpose (see SCORING.md).

It uses the oracle for two things only: to put the pass mark exactly on a published total, and to rule on real ties.
"""
import json
import random
import sys

import oracle

PLAIN_NAMES = ["a", "b", "c", "d", "e", "f", "g", "h", "A", "B", "Z", "k1", "k2", "k10", "x_y", "0", "7", "31", "320100"]
ODD_NAMES = ["主导产业", "龙头企业引领", "南京市", "专家甲", "专家乙", "😀", "🏆🏆", "a\"b", "it's", "a/b", "a\\b", "é", "e\u0301", "ß", "ﬀ", "\uffee",
             "𠮷", "x y", "<b>&", "a~1b", "%41", "null", "missing:k", "—", "Ω", "ﷺ", "ñandú", "{}", "$ref", "a.b", "a[0]", "#"]
SIMPLE_SCALES = [("0", "1", "1"), ("0", "2", "0.5"), ("0", "4", "1"), ("0", "5", "1"), ("0", "5", "0.1"), ("1", "5", "1"), ("0", "10", "0.5"), ("0", "8", "2"),
                 ("0", "100", "1"), ("0", "3", "0.5")]
MEASURED = ["linear", "efficacy", "bands", "piecewise", "per_unit", "tiers", "best"]


class Generator:
    def __init__(self, seed):
        self.r = random.Random(seed)
        self.simple = self.chance(0.55)   # round figures: ties and exact halves are common
        self.odd = self.r.choice([0, 0.2, 0.7])  # share of odd names

    # ------------------------------------------------------------ small helpers

    def chance(self, p):
        return self.r.random() < p

    def pick(self, weighted):
        """One key of {value: weight}."""
        return self.r.choices(list(weighted), list(weighted.values()))[0]

    def names(self, count, prefix=""):
        """`count` different non-empty names."""
        found = []
        while len(found) < count:
            name = prefix * self.chance(0.5) + self.r.choice(ODD_NAMES if self.chance(self.odd) else PLAIN_NAMES)
            if self.chance(0.2) or name in found:
                name += self.r.choice(PLAIN_NAMES + ["\u00e9", "中"])
            if name not in found:
                found.append(name)
        return found

    def text(self):
        return self.r.choice(["", "t", "标题 😀", "a\"b\\c", "line\nbreak", "</script>"])

    def dec(self, units, places):
        """units × 10^-places as a plain decimal, now and then written in an odd way."""
        digits = str(abs(units)).rjust(places + 1, "0")
        whole, part = (digits, "") if places == 0 else (digits[:-places], digits[-places:])
        part = part.rstrip("0")
        if self.chance(0.1):
            part = part.ljust(self.r.randint(len(part), 8), "0")
        if self.chance(0.01):
            whole = whole.rjust(self.r.randint(len(whole), 12), "0")
        sign = "-" if units < 0 or (units == 0 and self.chance(0.02)) else ""
        return sign + whole + ("." + part if part else "")

    def number(self, low, high):
        """A decimal in low..high (integers), coarse or fine."""
        places = self.pick({0: 4, 1: 3, 2: 2, 3: 1, 8: 1})
        return self.dec(self.r.randint(low * 10 ** places, high * 10 ** places), places)

    def optional(self, target, key, value, p):
        """Sets an optional member, or leaves it absent, or sets null."""
        if self.chance(p):
            target[key] = value
        elif self.chance(0.4):
            target[key] = None

    # ------------------------------------------------------------ rubric

    def split_100(self, n):
        """n weights that sum to exactly 100."""
        if self.simple:
            parts = self.r.choice({1: [[100]], 2: [[50, 50], [25, 75], [40, 60], [100, 0], [1, 99]],
                                   3: [[40, 40, 20], [25, 25, 50], [50, 50, 0], [40, 35, 25], [30, 30, 40]]}[n])[:]
            self.r.shuffle(parts)
            return [self.dec(p, 0) for p in parts]
        places = self.r.choice([0, 1, 2, 8])
        cuts = sorted(self.r.randint(0, 100 * 10 ** places) for _ in range(n - 1))
        if n > 1 and self.chance(0.2):
            cuts[0] = 0
        edges = [0] + cuts + [100 * 10 ** places]
        return [self.dec(b - a, places) for a, b in zip(edges, edges[1:])]

    def points(self):
        if self.simple:
            return self.r.choice(["1", "1", "1", "2", "3", "4", "2.5", "5"])
        return self.pick({"1": 3, "2.5": 3, "3.7": 2, "7": 2, "0.3": 2, "0.00000001": 1, "999999999999.99999999": 1, "13.00000007": 1})

    def scale(self):
        """A scale and its score alphabet."""
        if self.chance(0.8 if self.simple else 0.2):
            low, high, step = self.r.choice(SIMPLE_SCALES)
            return {"min": low, "max": high, "step": step}
        kind = self.pick({"negative": 3, "fine": 3, "unreachable": 3, "tiny": 1, "huge": 1, "many": 1, "one": 0.3})
        r = self.r
        if kind == "negative":
            places, low, step = 1, r.randint(-100, -1), r.choice([5, 10, 3])
            high = low + step * r.randint(1, 40)
        elif kind == "fine":
            places, low, step = 2, r.randint(-200, 200), r.choice([25, 7, 1, 30, 33])
            high = low + step * r.randint(1, 60)
        elif kind == "unreachable":
            places, low, step = 1, r.randint(-20, 20), r.randint(2, 15)
            high = low + step * r.randint(1, 12) + r.randint(1, step - 1)
        elif kind == "tiny":
            places, low, step = 8, r.randint(-5, 5), r.randint(1, 3)
            high = low + step * r.randint(1, 9)
        elif kind == "huge":
            places, low, high, step = 8, -(10 ** 20 - 1), 10 ** 20 - 1, r.choice([1, 2, 3, 10 ** 8, 7 * 10 ** 15])
        elif kind == "many":
            places, low, step = 3, r.randint(-3000, 0), 1
            high = low + r.randint(65536, 10 ** 7)
        else:
            places, low, high, step = 0, 0, 3, 7
        return {"min": self.dec(low, places), "max": self.dec(high, places), "step": self.dec(step, places)}

    def alphabet(self, scale):
        """A few scores of the scale, always valid ones."""
        low, high, step = (oracle.Fraction(scale[k]) for k in ("min", "max", "step"))
        steps = int((high - low) // step)
        size = self.pick({1: 1, 2: 5, 3: 5, 4: 3, 40: 3})
        chosen = {0, steps, steps // 2} if self.chance(0.6) else set()
        chosen = list(chosen)[:size]
        while len(chosen) < size:
            chosen.append(self.r.randint(0, steps))
        return [self.dec(int((low + k * step) * 10 ** 8), 8) for k in chosen]

    def fraction(self):
        return self.pick({"0": 3, "1": 5, "0.5": 4, "0.25": 2, "0.333": 2, "1.2": 2, "-0.5": 1, "0.66666667": 1, "37.5": 0.3})

    def distinct(self, count, low, high):
        """`count` different numbers as (units, places) in rising order."""
        places = self.pick({0: 5, 1: 2, 3: 1, 8: 1})
        values = set()
        while len(values) < count:
            values.add(self.r.randint(low * 10 ** places, high * 10 ** places))
        return [self.dec(v, places) for v in sorted(values)]

    def rule(self, kind):
        """A measured rule without `missing` and `by_chain`."""
        r = self.r
        span = r.choice([(0, 10), (0, 10), (-20, 20), (0, 1000), (-999999999999, 999999999999)])
        rule = {"type": kind}
        if kind == "linear":
            rule["from"], rule["to"] = r.sample(self.distinct(2, *span), 2)
        elif kind == "efficacy":
            rule["floor"], rule["target"] = self.distinct(2, *span)
            if self.chance(0.15):
                rule["floor"], rule["target"] = rule["target"], rule["floor"]
        elif kind == "bands":
            rule["bands"] = [{"at_least": x, "fraction": self.fraction()} for x in reversed(self.distinct(r.randint(1, 4), *span))]
        elif kind == "piecewise":
            rule["points"] = [[x, self.fraction()] for x in self.distinct(r.randint(1, 4), *span)]
        elif kind == "per_unit":
            weights = ["1", "0.5", "0.25", "2", "0", "3.7", "0.00000001", "999999999999.99999999"]
            rule["units"] = {name: self.r.choices(weights, [5, 5, 3, 3, 1, 1, 1, 0.5])[0] for name in self.names(r.randint(1, 3))}
            rule["cap"] = self.pick({"1": 1, "4": 4, "3": 3, "10": 2, "0.7": 1, "123456789012": 1, "0.00000001": 0.3})
        elif kind == "tiers":
            rule["tiers"] = {name: self.fraction() for name in self.names(r.randint(1, 4))}
        return rule

    def value(self, rule):
        """A value that fits the rule, often exactly on its edges."""
        r, kind = self.r, rule["type"]
        if kind == "tiers":
            return r.choice(list(rule["tiers"]))
        if kind == "per_unit":
            units = [u for u in rule["units"] if self.chance(0.7)]
            r.shuffle(units)
            return {u: r.randint(0, 10 ** 15 - 1) if self.chance(0.08) else r.choice([0, 1, 1, 2, 3, 7]) for u in units}
        edges = {"linear": ["from", "to"], "efficacy": ["floor", "target"]}.get(kind, [])
        edges = [rule[e] for e in edges] + [b["at_least"] for b in rule.get("bands", [])] + [p[0] for p in rule.get("points", [])]
        if kind == "best":
            return self.number(-10, 0) if rule.get("_low") else r.choice([self.number(-3, 10), "5", "10", "4", "0"])
        if self.chance(0.35):
            return r.choice(edges)
        numbers = [oracle.Fraction(e) for e in edges]
        low, high = min(numbers), max(numbers)
        places = r.choice([0, 1, 3, 8])
        if self.chance(0.6):  # halves, quarters and so on of the span
            units = int((low + (high - low) * oracle.Fraction(r.randint(0, 8), 8)) * 10 ** places)
        else:
            units = int((low + (high - low) * oracle.Fraction(r.randint(-60, 160), 100)) * 10 ** places)
        limit = 10 ** (12 + places) - 1
        return self.dec(max(min(units, limit), -limit), places)

    def missing(self, rule):
        if self.chance(0.55):
            rule["missing"] = "zero"
        return rule

    def indicator(self, key, kind):
        i = {"key": key, "name": self.text(), "points": self.points(), "kind": kind}
        for extra, value in (("section", self.text()), ("guide", self.text()), ("unit", "亿元")):
            if self.chance(0.1):
                i[extra] = value
        if kind == "judged":
            i["scale"] = self.scale()
            self.alphabets[key] = self.alphabet(i["scale"])
        else:
            rule = self.missing(self.rule(self.r.choice(MEASURED)))
            if self.chance(0.3):
                rule["by_chain"] = {c: self.missing(self.rule(self.r.choice(MEASURED))) for c in self.r.sample(self.chains, self.r.randint(1, len(self.chains)))}
            i["rule"] = rule
            if self.chance(0.15):
                self.low_best.add(key)
        return i

    def rubric(self):
        self.alphabets, self.chains, self.low_best = {}, self.names(self.r.randint(1, 3)), set()
        n = self.r.randint(1, 3)
        sizes = [self.pick({1: 4, 2: 4, 3: 3, 4: 1, 5: 1, 6: 1}) for _ in range(n)]
        judged_share = self.pick({0: 1.2, 1: 1.5, 0.5: 4, 0.75: 2})
        keys = iter(self.names(sum(sizes), "i"))
        criteria = [{"key": key, "name": self.text(), "weight": weight,
                     "indicators": [self.indicator(next(keys), "judged" if self.chance(judged_share) else "measured") for _ in range(size)]}
                    for key, weight, size in zip(self.names(n, "c"), self.split_100(n), sizes)]
        if n > 1 and self.chance(0.15):  # two criteria alike: equal totals with different criterion scores
            criteria[1]["weight"], criteria[0]["weight"] = criteria[0]["weight"], criteria[1]["weight"]
        adjustments = [{"key": key, "name": self.text(), "kind": self.r.choice(["bonus", "deduction"]),
                        "max": self.pick({"3": 4, "2.5": 3, "0": 0.5, "0.005": 1, "200": 1, "999999999999.99999999": 0.3})}
                       for key in self.names(self.pick({0: 3, 1: 2, 2: 3, 3: 2, 4: 1}))]
        vetoes = [{"key": key, "name": self.text()} for key in self.names(self.r.randint(0, 3))]
        full = "100" if self.simple and self.chance(0.85) else self.r.choice(["100", "1000", "99.9", "7", "0.3", "1", "150"])
        return {"full_marks": full, "criteria": criteria, "adjustments": adjustments, "vetoes": vetoes}

    # ------------------------------------------------------------ rules

    def trim(self):
        if self.chance(0.5):
            return self.pick({0: 1, 1: 5, 2: 3, 3: 1, 4: 0.5})
        starts = sorted(self.r.sample(range(0, 10), self.pick({0: 0.3, 1: 3, 2: 3, 3: 2})))
        return [{"at_least": n, "low": self.pick({0: 3, 1: 5, 2: 2, 4: 0.7}), "high": self.pick({0: 3, 1: 5, 2: 2, 5: 0.7})} for n in starts]

    def panel(self, rubric):
        method = self.r.choice(["mean", "trimmed_mean", "trimmed_mean", "median", "capped_mean"])
        level = "indicator" if method == "capped_mean" else self.r.choice(["sheet", "indicator"])
        panel = {"method": method, "level": level, "min_kept": self.pick({1: 8, 2: 3, 3: 2, 4: 1})}
        if method == "trimmed_mean":
            panel["trim"] = self.trim()
        if method == "capped_mean":
            panel["limit"] = self.r.choice(["0", "0.5", "0.75", "1", "2", "0.33", "0.00000001", "7.5"])
        return panel

    def rules(self, rubric):
        rules = {}
        judged = bool(self.alphabets)
        if judged or self.chance(0.5):
            rules["panel"] = self.panel(rubric)
        level = rules.get("panel", {}).get("level")
        rules["places"] = self.pick({0: 3, 1: 4, 2: 5, 3: 2, 4: 1, 5: 1, 6: 1})
        rules["rounding"] = self.r.choice(["half_up", "half_even"])
        keys = [c["key"] for c in rubric["criteria"]]
        rules["tie_break"] = self.r.sample(keys, self.r.randint(0, len(keys)))
        self.optional(rules, "rank_on", self.r.choice(["rounded", "exact"]), 0.75)
        self.optional(rules, "bonus_cap", self.r.choice(["0", "1", "2", "0.25", "5", "0.00000001"]), 0.5)
        self.optional(rules, "pass_mark", self.number(0, self.r.choice([10, 50, 100])), 0.3)
        rules["awards"] = []
        for key in self.names(self.pick({0: 0.7, 1: 4, 2: 5, 3: 4}), "w"):
            award = {"key": key, "name": self.text(), "quota": self.pick({0: 0.5, 1: 4, 2: 4, 3: 3, 4: 2})}
            self.optional(award, "per_region", self.pick({0: 0.4, 1: 4, 2: 3}), 0.55)
            rules["awards"].append(award)
        self.optional(rules, "reserve", self.r.randint(0, 3), 0.8)
        steps = {}
        for step in {"sheet": ["sheet", "indicator"], "indicator": ["score", "indicator"], None: ["indicator"]}[level]:
            if self.chance(0.5):
                steps[step] = self.pick({0: 2, 1: 4, 2: 4, 3: 2, 4: 1, 6: 1, 8: 1})
        self.optional(rules, "round_steps", steps, 0.6)
        return rules

    # ------------------------------------------------------------ applications and sheets

    def application(self, rubric, ident):
        a = {"id": ident, "title": self.text(), "region": self.r.choice(self.regions)}
        track = self.r.choice(self.tracks)
        if track is not None or self.chance(0.5):
            a["track"] = track
        self.optional(a, "chain", self.r.choice(self.chains + ["other"]), 0.7)
        a["measured"] = {}
        for _, i in oracle.indicators_of({"rubric": rubric}, "measured"):
            if not self.chance(self.absent):
                rule = oracle.rule_for(a, i)
                a["measured"][i["key"]] = self.value(dict(rule, _low=True) if i["key"] in self.low_best else rule)
        a["adjustments"] = {}
        for item in rubric["adjustments"]:
            if self.chance(0.5):
                top = oracle.Fraction(item["max"])
                choice = self.r.choice([0, top, top / 2, top / 4])
                a["adjustments"][item["key"]] = self.dec(int(choice * 10 ** 8), 8)
        a["vetoes"] = [v["key"] for v in rubric["vetoes"] if self.chance(self.veto)]
        self.r.shuffle(a["vetoes"])
        return a

    def sheets_of(self, ident, base):
        """Sheets of one application; those of `base` under other experts where given."""
        if base is not None:
            experts = self.r.sample(self.experts, len(base))
            sheets = [dict(s["scores"]) for s in base]
            if sheets and self.chance(0.2):
                sheets[0] = self.scores()
        else:
            n = self.panel_size if self.panel_size is not None else self.r.randint(0, 9)
            experts = self.r.sample(self.experts, n)
            sheets = [self.scores() for _ in range(n)]
            if n > 1 and self.chance(0.3):  # an expert who agrees with another one wholly
                sheets[1] = dict(sheets[0])
        return [{"application": ident, "expert": e, "scores": s} for e, s in zip(experts, sheets)]

    def scores(self):
        items = [(key, self.r.choice(alphabet)) for key, alphabet in self.alphabets.items()]
        self.r.shuffle(items)
        return dict(items)

    def applications(self, rubric):
        count = self.pick({1: 1, 2: 1, 3: 2, 5: 4, 8: 5, 11: 4, 14: 4})
        self.regions = self.names(self.r.randint(1, 4))
        self.tracks = self.r.choice([[None], [None], ["T"], ["", None], ["T1", "T2"], [None, "甲", "𠮷"], ["\uffee", "😀", "a"]])
        self.experts = self.names(self.r.randint(9, 12), "E")
        self.absent, self.veto = self.r.choice([0, 0, 0, 0.03, 0.25]), self.r.choice([0, 0, 0.1, 0.3])
        self.panel_size = self.pick({None: 3, 1: 0.5, 2: 1, 4: 1, 6: 1, 3: 2, 5: 3, 7: 3, 9: 1})
        copies = self.r.choice([0, 0.2, 0.5, 0.7])
        applications, sheets = [], []
        for ident in self.names(count, "A"):
            a, base = self.application(rubric, ident), None
            if applications and self.chance(copies):  # an equal: same chain, values and sheets under other names
                twin = self.r.choice(applications)
                for key in ("chain", "measured", "adjustments"):
                    a.pop(key, None)
                    if key in twin:
                        a[key] = twin[key]
                if self.chance(0.8):
                    a.pop("track", None)
                    if "track" in twin:
                        a["track"] = twin["track"]
                base = [s for s in sheets if s["application"] == twin["id"]]
            applications.append(a)
            if self.alphabets or self.chance(0.1):
                sheets += self.sheets_of(ident, base)
        self.r.shuffle(sheets)
        return applications, sheets

    # ------------------------------------------------------------ the whole

    def rulings(self, tally):
        """None, an empty list, a partial or full order, or just those who tie."""
        ids = [a["id"] for a in tally["applications"]]
        self.r.shuffle(ids)
        kind = self.pick({"none": 8, "empty": 0.5, "some": 2, "all": 2, "tied": 2})
        if kind in ("none", "empty"):
            return None if kind == "none" else []
        if kind == "some":
            return ids[:self.r.randint(1, len(ids))]
        if kind == "all":
            return ids
        standings = [s for g in oracle.result(tally)["groups"] for s in g["standings"]]
        tied = {s["application"] for s in standings if s["note"] == "needs_ruling"}
        return [i for i in ids if i in tied]

    def tally(self):
        rubric = self.rubric()
        rules = self.rules(rubric)
        applications, sheets = self.applications(rubric)
        tally = {"format": "qianglian-tally/1", "competition": {"id": "赛 1", "title": self.text()}, "rubric": rubric, "rules": rules,
                 "applications": applications, "sheets": sheets}
        if self.chance(0.3):  # a pass mark that someone hits exactly
            scores = [s["score"] for g in oracle.result(tally)["groups"] for s in g["standings"] if s["score"] is not None]
            scores = [s for s in scores if len(s.split(".")[0]) <= 12]
            if scores:
                rules["pass_mark"] = self.r.choice(scores)
        tally["rulings"] = self.rulings(tally)
        if tally["rulings"] is None and self.chance(0.7):
            del tally["rulings"]
        return tally


def generate(seed):
    """(tally, its JSON text) of one seed."""
    generator = Generator(seed)
    tally = generator.tally()
    return tally, json.dumps(tally, ensure_ascii=generator.chance(0.3), indent=generator.r.choice([None, 1]))


if __name__ == "__main__":
    sys.stdout.buffer.write((generate(int(sys.argv[1]))[1] + "\n").encode("utf-8"))
