#!/usr/bin/python3
"""Fit the weights of alerts/group/likeness_weights.c.

    HUIYING_PAIRS_EVIDENCE=evidence.tsv tests/unit/test_group
    tests/helpers/fit_likeness.py evidence.tsv

A logistic regression over pairs of posts that no rule keeps apart; each weight is held to the sign
that it must have. For each file of pairs: precision and recall, at some thresholds, of weights
fitted on all the other files; then the table of weights fitted on all.
"""
import math
import sys

NAMES = ["SPOT", "NAMES", "SUBJECTS", "MENTIONS", "CONTRARY", "BESIDE", "SILENT", "WORDS", "SPARE",
         "CHARS", "TOPIC", "COUNT"]
STEPS = [("SPOT", 20), ("SPOT", 28), ("SPOT", 40), ("SPOT", 60), ("NAMES", 2), ("SUBJECTS", 1),
         ("SUBJECTS", 2), ("MENTIONS", 1), ("CONTRARY", 1), ("BESIDE", 1), ("SILENT", 1),
         ("WORDS", 1), ("WORDS", 2), ("WORDS", 3), ("SPARE", 1), ("SPARE", 2), ("CHARS", 1),
         ("CHARS", 2), ("TOPIC", 1), ("COUNT", 1)]
AGAINST = {"CONTRARY", "BESIDE", "SILENT"}
BY_COPY = {"exact", "edit", "length", "bulletin"}  # the sketch's matter, or the rules'
THRESHOLDS = (0, 0.5, 1, 1.5, 2)
L2, ROUNDS, RATE = 1.0, 600, 0.15


class Pair:
    def __init__(self, line):
        path, self.kind, same, apart, *rest = line.rstrip("\n").split("\t")
        self.file = path.split("/")[-1]
        self.same, self.apart = same == "1", apart == "1"
        evidence = dict(zip(NAMES, map(int, rest)))
        self.has = [0] + [at + 1 for at, (name, least) in enumerate(STEPS)
                          if evidence[name] >= least]


def odds(weights, pair):
    return sum(weights[at] for at in pair.has)


def fit(pairs):
    weights = [0.0] * (len(STEPS) + 1)
    for _ in range(ROUNDS):
        slope = [0.0] + [L2 * w for w in weights[1:]]
        for pair in pairs:
            error = 1 / (1 + math.exp(-odds(weights, pair))) - pair.same
            for at in pair.has:
                slope[at] += error
        weights = [w - RATE * s / (len(pairs) / 20) for w, s in zip(weights, slope)]
        for at, (name, _) in enumerate(STEPS, 1):
            weights[at] = min(0, weights[at]) if name in AGAINST else max(0, weights[at])
    return weights


def row(name, judged):
    same = sum(pair.same for _, pair in judged)
    parts = []
    for threshold in THRESHOLDS:
        joined = [pair for z, pair in judged if not pair.apart and z >= threshold]
        right = sum(pair.same for pair in joined)
        parts.append(f"{threshold:.1f}: {right / max(1, len(joined)):.3f} {right / same:.3f}")
    print(f"{name:18} {same:4} same  " + "   ".join(parts))


def main():
    with open(sys.argv[1], encoding="utf-8") as lines:
        pairs = [pair for pair in map(Pair, lines) if pair.kind not in BY_COPY]
    usable = [pair for pair in pairs if not pair.apart]
    judged = []
    for name in sorted({pair.file for pair in pairs}):
        weights = fit([pair for pair in usable if pair.file != name])
        own = [(odds(weights, pair), pair) for pair in pairs if pair.file == name]
        row(name, own)
        judged += own
    row("all", judged)
    weights = fit(usable)
    print(f"ALWAYS {round(10 * weights[0])}")
    for (name, least), weight in zip(STEPS, weights[1:]):
        print(f"{{LIKENESS_{name}, {least}, {round(10 * weight)}}}")


main()
