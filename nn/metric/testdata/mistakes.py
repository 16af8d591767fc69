"""Writes mistakes.json: the samples that are predicted wrong, the worst first, by
NumPy and the losses of single samples of scikit-learn.

Made with scikit-learn 1.2.1:  python3 nn/metric/testdata/mistakes.py
"""

import json
import os

import numpy as np
import sklearn.metrics as m

here = os.path.dirname(os.path.abspath(__file__))
random = np.random.RandomState(7)
cases = []
for n, classes in ((6, 2), (12, 3), (20, 5)):
    logits = np.round(2 * random.randn(n, classes), 2)
    truth = random.randint(0, classes, n)
    p = np.exp(logits)
    p /= p.sum(axis=1, keepdims=True)
    loss = [m.log_loss([y], [row], labels=range(classes)) for y, row in zip(truth, p)]
    predicted = p.argmax(axis=1)
    wrong = [int(i) for i in np.argsort(-np.array(loss)) if predicted[i] != truth[i]]
    cases.append({
        "logits": logits.tolist(), "truth": truth.tolist(), "wrong": wrong,
        "predicted": predicted[wrong].tolist(), "loss": [loss[i] for i in wrong],
    })
with open(os.path.join(here, "mistakes.json"), "w") as f:
    f.write("[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]\n")
