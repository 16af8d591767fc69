"""Writes golden.json: what scikit-learn 1.2 makes of train.csv and test.csv.

    python3 data/table/testdata/golden.py

Numbers go through SimpleImputer(mean), categories through SimpleImputer
(most_frequent) and OneHotEncoder, the class through LabelEncoder.
"""

import csv
import json
import os

import numpy as np
import sklearn
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import LabelEncoder, OneHotEncoder

here = os.path.dirname(os.path.abspath(__file__))


def read(name):
    with open(os.path.join(here, name), encoding="utf-8") as f:
        rows = list(csv.DictReader(f))
    numbers = np.array([[float(r[k] or "nan") for k in ("age", "hours")] for r in rows], dtype=object)
    words = np.array([[r[k] or None for k in ("city", "work")] for r in rows], dtype=object)
    return np.concatenate([numbers, words], 1), [r["income"] for r in rows]


x, y = read("train.csv")
x2, y2 = read("test.csv")
one_hot = OneHotEncoder(sparse_output=False, handle_unknown="ignore")
columns = ColumnTransformer([
    ("numeric", SimpleImputer(strategy="mean"), [0, 1]),
    ("categorical", make_pipeline(SimpleImputer(strategy="most_frequent", missing_values=None), one_hot), [2, 3]),
])
labels = LabelEncoder().fit(y)
train = columns.fit_transform(x).astype(float)
fitted = columns.named_transformers_["categorical"][1]
with open(os.path.join(here, "golden.json"), "w", encoding="utf-8") as f:
    json.dump({
        "made_with": "scikit-learn " + sklearn.__version__,
        "categories": [c.tolist() for c in fitted.categories_],
        "classes": labels.classes_.tolist(),
        "train": {"x": train.tolist(), "y": labels.transform(y).tolist()},
        "test": {"x": columns.transform(x2).astype(float).tolist(), "y": labels.transform(y2).tolist()},
    }, f, indent=0, ensure_ascii=False)
    f.write("\n")
