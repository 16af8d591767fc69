"""Writes golden.json: ten steps of every optimizer, by torch.optim 1.13 in float64.

    python3 optim/testdata/golden.py

The problem is loss = Σ_p Σ_i 0.5·a_i·(p_i − t_i)² + 0.1·p_i⁴ over two parameters,
with a and t changing from step to step, as batches do.
"""

import json
import os

import numpy as np
import torch

STEPS = 10
random = np.random.RandomState(1)


def values(n, lo=-1.0, hi=1.0):
    return np.round(random.uniform(lo, hi, n), 3).astype(np.float32).astype(np.float64)


def short(x):
    """The three decimals that float32 values were made of."""
    return [round(v, 3) for v in x.tolist()]


start = {"w": values(7), "b": values(3)}
curvature = {k: [values(len(v), 0.5, 2) for _ in range(STEPS)] for k, v in start.items()}
target = {k: [values(len(v)) for _ in range(STEPS)] for k, v in start.items()}

SGD, Adam, AdamW = torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW
cases = []


def add(name, kind, groups=None, **settings):
    """Records the parameters after every step. groups gives b settings of its own."""
    params = {k: torch.tensor(v, requires_grad=True) for k, v in start.items()}
    if groups:
        parts = [{"params": [params["w"]]}, dict(groups, params=[params["b"]])]
    else:
        parts = [params["w"], params["b"]]
    o = kind(parts, **settings)
    steps = []
    for i in range(STEPS):
        o.zero_grad()
        loss = 0
        for k, p in params.items():
            a, t = torch.tensor(curvature[k][i]), torch.tensor(target[k][i])
            loss = loss + (0.5 * a * (p - t) ** 2 + 0.1 * p ** 4).sum()
        loss.backward()
        o.step()
        steps.append({k: [float("%.9g" % v) for v in p.detach().numpy()] for k, p in params.items()})
    cases.append({"name": name, "kind": kind.__name__, "settings": settings, "group": groups, "steps": steps})


add("SGD", SGD, lr=0.1)
add("SGD/decay", SGD, lr=0.1, weight_decay=0.05)
add("SGD/momentum", SGD, lr=0.1, momentum=0.9)
add("SGD/dampening", SGD, lr=0.1, momentum=0.9, dampening=0.3)
add("SGD/nesterov", SGD, lr=0.1, momentum=0.9, nesterov=True)
add("SGD/all", SGD, lr=0.05, momentum=0.8, dampening=0.5, weight_decay=0.02)
add("SGD/nesterov and decay", SGD, lr=0.05, momentum=0.8, nesterov=True, weight_decay=0.02)
add("SGD/groups", SGD, {"lr": 0.02, "weight_decay": 0.1}, lr=0.1, momentum=0.9)
add("Adam", Adam, lr=0.05)
add("Adam/decay", Adam, lr=0.05, weight_decay=0.1)
add("Adam/settings", Adam, lr=0.05, betas=(0.8, 0.95), eps=0.01)
add("Adam/groups", Adam, {"lr": 0.01, "weight_decay": 0.1}, lr=0.05)
add("AdamW", AdamW, lr=0.05)
add("AdamW/decay", AdamW, lr=0.05, weight_decay=0.3)
add("AdamW/settings", AdamW, lr=0.05, betas=(0.8, 0.95), eps=0.01, weight_decay=0.1)
add("AdamW/groups", AdamW, {"lr": 0.01, "weight_decay": 0.3}, lr=0.05)

doc = {
    "made_with": "torch " + torch.__version__.split("+")[0],
    "start": {k: short(v) for k, v in start.items()},
    "curvature": {k: [short(x) for x in v] for k, v in curvature.items()},
    "target": {k: [short(x) for x in v] for k, v in target.items()},
}
here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "golden.json"), "w") as f:
    body = json.dumps(doc, separators=(",", ":"))
    f.write(body[:-1] + ',\n"cases":[\n' + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]}\n")
