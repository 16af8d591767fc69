"""Writes golden.json: distances, tests and scores by SciPy and NumPy.

Made with scipy 1.10.1, numpy 1.24.2:  python3 nn/drift/testdata/golden.py
"""

import json
import os

import numpy as np
from scipy import spatial, special, stats

here = os.path.dirname(os.path.abspath(__file__))
random = np.random.RandomState(11)


def values(a):
    """Numbers of three decimals, as float32 holds them."""
    return np.round(np.asarray(a), 3).astype(np.float32).astype(np.float64)


def written(a):
    return [float("%.9g" % v) for v in np.asarray(a).reshape(-1)]


def edges(x):
    """Deciles; one that repeats has the next smaller float32 before it."""
    out = []
    q = list(np.quantile(x, np.arange(1, 10) / 10))
    for v in sorted(set(q)):
        if q.count(v) > 1:
            out.append(float(np.nextafter(np.float32(v), np.float32(-np.inf))))
        out.append(v)
    return out


def psi(p, q):
    p, q = p / p.sum(), q / q.sum()
    p, q = np.where(p == 0, 1e-4, p), np.where(q == 0, 1e-4, q)
    return float(((p - q) * np.log(p / q)).sum())


def homogeneity(a, b):
    table = np.array([a, b])
    table = table[:, table.sum(axis=0) > 0]
    if table.shape[1] < 2:
        return [0.0, 1.0]
    return [float(v) for v in stats.chi2_contingency(table, correction=False)[:2]]


def pair(name, x, y):
    x, y = np.sort(values(x)), np.sort(values(y))
    ks = stats.ks_2samp(x, y, method="exact")
    root = np.sqrt(len(x) * len(y) / (len(x) + len(y)))
    e = edges(x)
    bins = lambda v: np.bincount(np.searchsorted(e, v, side="left"), minlength=len(e) + 1)
    return {
        "name": name, "x": written(x), "y": written(y),
        "ks": ks.statistic, "exact": ks.pvalue, "p": float(special.kolmogorov(root * ks.statistic)),
        "wasserstein": stats.wasserstein_distance(x, y),
        "bins": [bins(x).tolist(), bins(y).tolist()],
        "psi": psi(bins(y), bins(x)), "chi_squared": homogeneity(bins(x), bins(y)),
    }


n = random.normal
pairs = [
    pair("no drift", n(size=150), n(size=120)),
    pair("shift", n(size=150), n(0.5, 1, size=120)),
    pair("width", n(size=150), n(0, 1.7, size=120)),
    pair("apart", n(size=100), n(50, 1, size=110)),
    pair("ties", random.randint(0, 4, 140), random.randint(0, 5, 100)),
    pair("zeros", np.maximum(n(-1, 1, size=200), 0), np.maximum(n(-0.5, 1, size=100), 0)),
    pair("constant", np.full(100, 3), np.full(100, 3)),
    pair("constant, other", np.full(100, 3), np.full(100, 2.5)),
]

counts = [
    {"a": a, "b": b, "psi": psi(np.array(b), np.array(a)), "chi_squared": homogeneity(a, b)}
    for a, b in [
        ([500, 300, 200], [50, 30, 20]),
        ([500, 300, 200], [20, 30, 50]),
        ([500, 0, 500, 0], [60, 5, 35, 0]),
        ([1000000, 2000000, 3000000], [30, 20, 50]),
        ([7, 0], [9, 0]),
        ((random.randint(1, 9, 300)).tolist(), random.randint(0, 4, 300).tolist()),
    ]
]

scores = []
for c in (2, 3, 10):
    z = values(3 * n(size=(4, c)))
    p = special.softmax(z, axis=1)
    scores.append({
        "logits": [written(r) for r in z], "probabilities": [written(r) for r in p],
        "labels": p.argmax(axis=1).tolist(), "entropy": written(stats.entropy(p, axis=1)),
        "confidence": written(p.max(axis=1)), "energy": written(-special.logsumexp(z, axis=1)),
    })

rows = values(n(size=(130, 3)) @ np.array([[1, 0.4, 0], [0, 2, 0.5], [0, 0, 0.3]]) + [1, -2, 5])
fresh = values(n(size=(5, 3)) * 2 + [1, -2, 5])
distance = lambda v, x: spatial.distance.mahalanobis(v, x.mean(axis=0), np.linalg.inv(np.cov(x.T)))
cloud = {
    "rows": [written(r) for r in rows], "fresh": [written(r) for r in fresh],
    "without": written([distance(r, np.delete(rows, i, 0)) for i, r in enumerate(rows)]),
    "distances": written([distance(r, rows) for r in fresh]),
    "covariance": written(np.cov(rows.T)[np.tril_indices(3)]),
}

pictures = values(random.uniform(size=(2, 2, 3, 4)))
features = []
for picture in pictures:
    for c in picture:
        steps = np.concatenate([np.abs(np.diff(c, axis=a)).reshape(-1) for a in (0, 1)])
        features += [c.mean(), c.std(), steps.mean(), c.min(), c.max()]
steps = [np.abs(np.diff(pictures[0], axis=a)).reshape(-1) for a in (0, 1, 2)]

with open(os.path.join(here, "golden.json"), "w") as f:
    json.dump({
        "made_with": "scipy 1.10.1, numpy 1.24.2", "pairs": pairs, "counts": counts, "scores": scores, "cloud": cloud,
        "pictures": written(pictures), "features": written(features),
        "whole_sharpness": float(np.concatenate(steps).mean()),
    }, f, separators=(",", ":"))
    f.write("\n")
