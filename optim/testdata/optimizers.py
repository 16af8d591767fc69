"""Writes optimizers.json: ten steps of the optimizers beyond SGD and Adam, and of
clipping, in float64. Those of torch.optim 1.13 come from there; Lion, LAMB and
Muon are written below from their papers, in numpy.

    python3 optim/testdata/optimizers.py

The problem is that of golden.py, loss = Σ_p Σ_i 0.5·a_i·(p_i − t_i)² + 0.1·p_i⁴,
over a tall matrix, a kernel that is a wide matrix, and a vector.
"""

import json
import math
import os

import numpy as np
import torch

STEPS = 10
SHAPES = {"w": (4, 3), "k": (2, 3, 1, 2), "b": (3,)}
random = np.random.RandomState(2)


def values(shape, lo=-1.0, hi=1.0):
    return np.round(random.uniform(lo, hi, shape), 3).astype(np.float32).astype(np.float64)


start = {k: values(s) for k, s in SHAPES.items()}
curvature = {k: [values(s, 0.5, 2) for _ in range(STEPS)] for k, s in SHAPES.items()}
target = {k: [values(s) for _ in range(STEPS)] for k, s in SHAPES.items()}


class Lion:
    """Chen et al. 2023, program 1."""

    def __init__(self, lr, betas=(0.9, 0.99), weight_decay=0.0):
        self.lr, self.betas, self.decay = lr, betas, weight_decay
        self.m = {}

    def step(self, k, w, g):
        b1, b2 = self.betas
        m = self.m.get(k, np.zeros_like(w))
        update = np.sign(b1 * m + (1 - b1) * g)
        self.m[k] = b2 * m + (1 - b2) * g
        return w - self.lr * (update + self.decay * w)


class LAMB:
    """You et al. 2020, algorithm 2 with phi(x) = x."""

    def __init__(self, lr, betas=(0.9, 0.999), eps=1e-6, weight_decay=0.01):
        self.lr, self.betas, self.eps, self.decay = lr, betas, eps, weight_decay
        self.state = {}

    def step(self, k, w, g):
        b1, b2 = self.betas
        t, m, v = self.state.get(k, (0, np.zeros_like(w), np.zeros_like(w)))
        t, m, v = t + 1, b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
        self.state[k] = t, m, v
        r = (m / (1 - b1 ** t)) / (np.sqrt(v / (1 - b2 ** t)) + self.eps) + self.decay * w
        return w - self.lr * np.linalg.norm(w) / np.linalg.norm(r) * r


class Muon:
    """Jordan et al. 2024, with the settings of torch.optim.Muon; AdamW for vectors."""

    def __init__(self, lr, momentum=0.95, weight_decay=0.1, match_rms=False):
        self.lr, self.momentum, self.decay, self.match_rms = lr, momentum, weight_decay, match_rms
        self.buf = {}

    def step(self, k, w, g):
        mu = self.momentum
        buf = self.buf[k] = mu * self.buf.get(k, np.zeros_like(w)) + (1 - mu) * g
        x = ((1 - mu) * g + mu * buf).reshape(w.shape[0], -1)
        rows, columns = x.shape
        x = self.orthogonal(x).reshape(w.shape)
        scale = 0.2 * math.sqrt(max(rows, columns)) if self.match_rms else math.sqrt(max(1, rows / columns))
        return w * (1 - self.lr * self.decay) - self.lr * scale * x

    def orthogonal(self, x):
        a, b, c = 3.4445, -4.7750, 2.0315
        tall = x.shape[0] > x.shape[1]
        x = x.T if tall else x
        x = x / max(np.linalg.norm(x), 1e-7)
        for _ in range(5):
            gram = x @ x.T
            x = a * x + (b * gram + c * gram @ gram) @ x
        return x.T if tall else x


def gradients(params, i):
    """The gradients at step i as a dict of arrays."""
    return {k: curvature[k][i] * (w - target[k][i]) + 0.4 * w ** 3 for k, w in params.items()}


cases = []


def record(name, kind, settings, steps, **more):
    cases.append(dict({"name": name, "kind": kind, "settings": settings, "steps": steps}, **more))


def rounded(params):
    return {k: [float("%.8g" % v) for v in np.ravel(w)] for k, w in params.items()}


def by_torch(name, kind, clip_norm=None, clip_value=None, foreach=None, **settings):
    params = {k: torch.tensor(v, requires_grad=True) for k, v in start.items()}
    extra = {} if foreach is None else {"foreach": foreach}
    o = getattr(torch.optim, kind)(list(params.values()), **settings, **extra)
    steps, norms = [], []
    for i in range(STEPS):
        for k, g in gradients({k: p.detach().numpy() for k, p in params.items()}, i).items():
            params[k].grad = torch.tensor(g)
        if clip_value:
            torch.nn.utils.clip_grad_value_(params.values(), clip_value)
        if clip_norm:
            norms.append(float("%.8g" % torch.nn.utils.clip_grad_norm_(params.values(), clip_norm)))
        o.step()
        steps.append(rounded({k: p.detach().numpy() for k, p in params.items()}))
    for key, v in {"clip_norm": clip_norm, "clip_value": clip_value}.items():
        if v:
            settings[key] = v
    record(name, kind, settings, steps, **({"norms": norms} if norms else {}))


def by_numpy(name, kind, **settings):
    params = {k: v.copy() for k, v in start.items() if kind is not Muon or k != "b"}
    o, steps = kind(**settings), []
    for i in range(STEPS):
        params = {k: o.step(k, params[k], g) for k, g in gradients(params, i).items()}
        steps.append(rounded(params))
    record(name, kind.__name__, settings, steps)


by_torch("RMSprop", "RMSprop", lr=0.02)
by_torch("RMSprop/momentum", "RMSprop", lr=0.02, alpha=0.9, momentum=0.8, weight_decay=0.1)
by_torch("RMSprop/centered", "RMSprop", lr=0.02, alpha=0.9, eps=0.001, centered=True)
by_torch("RMSprop/all", "RMSprop", lr=0.02, alpha=0.8, eps=0.01, momentum=0.5, centered=True, weight_decay=0.05)
by_torch("Adagrad", "Adagrad", lr=0.1)
by_torch("Adagrad/all", "Adagrad", lr=0.1, lr_decay=0.2, initial_accumulator_value=0.3, eps=0.01, weight_decay=0.1)
by_torch("Adamax", "Adamax", lr=0.05)
by_torch("Adamax/all", "Adamax", lr=0.05, betas=(0.8, 0.95), eps=0.01, weight_decay=0.1)
# The single-tensor form of 1.13 has one factor mu too many in the product of the
# next step; foreach has the formula of the documentation and of later versions.
by_torch("NAdam", "NAdam", lr=0.05, foreach=True)
by_torch("NAdam/all", "NAdam", lr=0.05, betas=(0.8, 0.95), eps=0.01, momentum_decay=0.1, weight_decay=0.1, foreach=True)
by_torch("RAdam", "RAdam", lr=0.05)
by_torch("RAdam/all", "RAdam", lr=0.05, betas=(0.8, 0.9), eps=0.01, weight_decay=0.1)
by_numpy("Lion", Lion, lr=0.02)
by_numpy("Lion/all", Lion, lr=0.02, betas=(0.8, 0.95), weight_decay=0.3)
by_numpy("LAMB", LAMB, lr=0.05)
by_numpy("LAMB/all", LAMB, lr=0.05, betas=(0.8, 0.95), eps=0.01, weight_decay=0.3)
by_numpy("Muon", Muon, lr=0.02)
by_numpy("Muon/all", Muon, lr=0.05, momentum=0.8, weight_decay=0.3, match_rms=True)
by_torch("SGD/clip norm", "SGD", lr=0.1, clip_norm=1.5)
by_torch("SGD/clip value", "SGD", lr=0.1, clip_value=0.4)
by_torch("Adam/clip both", "Adam", lr=0.05, clip_norm=0.5, clip_value=0.3)

short = lambda x: [round(v, 3) for v in np.ravel(x).tolist()]
doc = {
    "made_with": "torch " + torch.__version__.split("a")[0] + ", numpy " + np.__version__,
    "shapes": SHAPES,
    "start": {k: short(v) for k, v in start.items()},
    "curvature": {k: [short(x) for x in v] for k, v in curvature.items()},
    "target": {k: [short(x) for x in v] for k, v in target.items()},
}
here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "optimizers.json"), "w") as f:
    body = json.dumps(doc, separators=(",", ":"))
    f.write(body[:-1] + ',\n"cases":[\n' + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]}\n")
