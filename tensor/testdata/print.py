"""Writes print.txt, arrays and what NumPy (1.24.2 when last run) prints for them.

Each case is a line "type; shape; elements", the text, and a line "---".
"""
import os

import numpy as np

rng = np.random.default_rng(1)
f, i, u = np.float32, np.int64, np.uint8
nan, inf = np.nan, np.inf
cases = [
    f(3), f(-0.25), f(1e-5), f(1e17), f(nan), f(inf), i(-7), u(200),
    np.zeros((0, 3), f), np.array([1, 2.5], f), np.array([[1, -2.5], [10.125, 0]], f),
    np.array([0.1, 1 / 3, 100], f), np.array([1e-5, 1], f), np.array([1e8, 1], f), np.array([1, 1001], f),
    np.array([1e6, 2e6], f), np.array([-1e10, 1.5e-7, 0], f), np.array([3e-45, 3.4e38], f),
    np.array([nan, 1], f), np.array([nan, inf], f), np.array([-inf, 1.25, 3], f), np.array([1e9, nan, -inf], f),
    np.array([1, -10, 100], i), np.arange(60, dtype=i).reshape(2, 30), np.array([[1, 200]], u),
    np.arange(24, dtype=f).reshape(2, 3, 4), np.arange(1001, dtype=i), np.arange(1000, dtype=i)[:40],
    rng.normal(size=(2, 3, 20)).astype(f), (rng.normal(size=(3, 25)) * 1e5).astype(f),
    np.round(rng.normal(size=(2, 600, 1)), 1).astype(f), np.round(rng.normal(size=(7, 8, 9, 2)), 1).astype(f),
    np.round(rng.normal(size=(4, 18)), 2).astype(f),
]
with open(os.path.join(os.path.dirname(__file__), "print.txt"), "w") as out:
    for c in cases:
        a = np.asarray(c)
        shape = " ".join(map(str, a.shape))
        elements = " ".join(str(v) for v in a.ravel())
        out.write(f"{a.dtype}; {shape}; {elements}\n{str(c)}\n---\n")
