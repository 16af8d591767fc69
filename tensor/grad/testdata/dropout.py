"""Writes dropout.json: what dropout makes of an element that it keeps and of one
that it drops, by PyTorch 1.13 in float64. Which of the two happens is chance.

    python3 tensor/grad/testdata/dropout.py
"""

import json
import os

import numpy as np
import torch
import torch.nn.functional as F

here = os.path.dirname(os.path.abspath(__file__))
torch.manual_seed(1)
x = torch.tensor(np.round(np.random.RandomState(7).uniform(0.25, 2, (4, 5, 2, 3)), 3))
cases = []


def numbers(x):
    return [float("%.8g" % v) for v in x.flatten()]


for op, f in (("Dropout", F.dropout), ("SpatialDropout", F.dropout2d), ("AlphaDropout", F.alpha_dropout)):
    for p in (0.2, 0.5, 0.7):
        runs = torch.stack([f(x, p, True) for _ in range(200)])
        # The scale is positive: a kept element is the larger of its two values.
        kept, dropped = runs.max(0).values, runs.min(0).values
        assert all(torch.isclose(r, kept).logical_or(torch.isclose(r, dropped)).all() for r in runs)
        cases.append({"op": op, "p": p, "kept": numbers(kept), "dropped": numbers(dropped)})
with open(os.path.join(here, "dropout.json"), "w") as file:
    text = json.dumps({"shape": x.shape, "x": numbers(x), "cases": cases}, separators=(",", ":"))
    file.write(text.replace('{"op"', '\n{"op"') + "\n")
