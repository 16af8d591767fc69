"""Writes folds.json: how many samples of each class the folds of scikit-learn 1.2 validate on.

    python3 data/testdata/folds.py

Which samples they are depends on the generator of random numbers, how many does not.
"""

import json
import os

import numpy as np
import sklearn
from sklearn.model_selection import KFold, StratifiedKFold

random = np.random.RandomState(1)
cases = []
for k, n, classes in [(2, 5, 2), (3, 10, 3), (5, 23, 4), (4, 4, 1), (10, 101, 7), (3, 30, 3)]:
    y = random.randint(0, classes, n)
    y[random.randint(0, n, n // 3)] = classes - 1
    plain = [len(v) for _, v in KFold(k, shuffle=True, random_state=1).split(y)]
    folds = StratifiedKFold(k, shuffle=True, random_state=1).split(y, y)
    strata = [np.bincount(y[v], minlength=classes).tolist() for _, v in folds]
    cases.append({"k": k, "labels": y.tolist(), "sizes": plain, "strata": strata})

path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "folds.json")
with open(path, "w") as f:
    lines = ",\n".join(json.dumps(c) for c in cases)
    f.write('{"made_with": "scikit-learn %s", "cases": [\n%s\n]}\n' % (sklearn.__version__, lines))
