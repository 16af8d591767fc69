"""Writes schedules.json: the factors of learning rates at steps from 0 on, by
torch.optim.lr_scheduler 1.13 in float64.

    python3 optim/testdata/schedules.py
"""

import json
import os
import warnings

import torch
from torch.optim import lr_scheduler as s

warnings.simplefilter("ignore")
cases = []


def add(name, steps, make):
    """Records the learning rates of a group that begins with 1."""
    o = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = make(o)
    factors = []
    for i in range(steps):
        if i > 0:
            o.step()
            scheduler.step()
        factors.append(float("%.12g" % o.param_groups[0]["lr"]))
    cases.append({"name": name, "factors": factors})


add("Step", 12, lambda o: s.StepLR(o, 3, 0.5))
add("MultiStep", 12, lambda o: s.MultiStepLR(o, [2, 5, 5, 9], 0.1))
add("Exponential", 10, lambda o: s.ExponentialLR(o, 0.9))
add("Polynomial", 14, lambda o: s.PolynomialLR(o, 10, 2.0))
add("Polynomial/line", 8, lambda o: s.PolynomialLR(o, 5, 1.0))
add("Cosine", 11, lambda o: s.CosineAnnealingLR(o, 10))
add("Cosine/floor", 9, lambda o: s.CosineAnnealingLR(o, 8, 0.1))
add("CosineRestarts", 20, lambda o: s.CosineAnnealingWarmRestarts(o, 6))
add("CosineRestarts/mult", 30, lambda o: s.CosineAnnealingWarmRestarts(o, 3, 2, 0.05))
add("OneCycle", 20, lambda o: s.OneCycleLR(o, 1.0, 20, cycle_momentum=False))
add("OneCycle/options", 15, lambda o: s.OneCycleLR(
    o, 1.0, 15, pct_start=0.45, div_factor=10, final_div_factor=100, anneal_strategy="linear", cycle_momentum=False))
add("OneCycle/short", 2, lambda o: s.OneCycleLR(o, 1.0, 2, cycle_momentum=False))
add("OneCycle/rise", 10, lambda o: s.OneCycleLR(o, 1.0, 10, pct_start=1.0, cycle_momentum=False))
add("Warmup", 8, lambda o: s.LinearLR(o, 0.2, 1.0, 5))
add("Sequence", 20, lambda o: s.SequentialLR(
    o, [s.LinearLR(o, 0.1, 1.0, 4), s.StepLR(o, 5, 0.5), s.ExponentialLR(o, 0.8)], [4, 14]))

here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "schedules.json"), "w") as f:
    f.write("[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]\n")
