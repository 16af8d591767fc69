"""Writes plateau.json: the factors of the learning rate in every epoch, by
ReduceLROnPlateau of torch.optim.lr_scheduler 1.13.

    python3 nn/testdata/plateau.py
"""

import json
import os

import torch
from torch.optim.lr_scheduler import ReduceLROnPlateau

falling = [1.0, 0.8, 0.7, 0.69995, 0.71, 0.7, 0.75, 0.6, 0.6, 0.61, 0.6, 0.62, 0.6, 0.6, 0.6, 0.59, 0.6, 0.6, 0.6, 0.6]
rising = [0.5, 0.6, 0.6, 0.55, 0.6, 0.7, 0.65, 0.7, 0.70005, 0.7, 0.71, 0.6, 0.5, 0.4, 0.9]
cases = []


def add(name, results, **settings):
    o = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    s = ReduceLROnPlateau(o, **settings)
    factors = []
    for r in results:
        factors.append(float("%.12g" % o.param_groups[0]["lr"]))
        o.step()
        s.step(r)
    cases.append(dict({"name": name, "results": results, "factors": factors}, **settings))


add("falling", falling, factor=0.1, patience=2)
add("impatient", falling, factor=0.5, patience=0)
add("cooldown", falling, factor=0.5, patience=1, cooldown=3)
add("threshold", falling, factor=0.5, patience=1, threshold=0.2)
add("floor", falling, factor=0.1, patience=1, min_lr=0.05)
add("rising", rising, factor=0.5, patience=1, mode="max")
add("never better", [float("nan"), float("inf"), float("nan"), 1.0, 1.0], factor=0.5, patience=1)

here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "plateau.json"), "w") as f:
    text = "[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]\n"
    f.write(text.replace("NaN", '"NaN"').replace("Infinity", '"+Inf"'))
