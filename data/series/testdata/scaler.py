"""Writes scaler.json: what scikit-learn 1.2 makes of some series.

    python3 data/series/testdata/scaler.py

A row of StandardScaler is a step of a series, a column a channel.
"""

import json
import os

import numpy as np
import sklearn
from sklearn.preprocessing import StandardScaler

random = np.random.RandomState(1)
train = [(random.randn(3, n) * [[1], [100], [0]] + [[5], [-3], [7]]).astype(np.float32) for n in (4, 1, 6)]
train[0][1, 2] = train[2][0, 5] = np.nan
test = [random.randn(3, 5).astype(np.float32)]
s = StandardScaler().fit(np.concatenate([x.T for x in train]).astype(np.float64))


def values(series):
    return [[[None if np.isnan(v) else float(v) for v in c] for c in x] for x in series]


path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "scaler.json")
with open(path, "w") as f:
    json.dump({
        "made_with": "scikit-learn %s" % sklearn.__version__, "train": values(train), "test": values(test),
        "mean": s.mean_.tolist(), "std": s.scale_.tolist(),
        "scaled": values([s.transform(x.T.astype(np.float64)).T for x in test]),
    }, f)
    f.write("\n")
