"""Writes golden.json: scores of scikit-learn for labels from a small generator.

Made with scikit-learn 1.2.1:  python3 golden.py > golden.json
"""
import json
import warnings

import sklearn.metrics as m

warnings.simplefilter("ignore")


def labels(seed, n, top):
    """n labels below top: the high bits of a linear congruential generator."""
    out = []
    for _ in range(n):
        seed = (seed * 6364136223846793005 + 1442695040888963407) % 2**64
        out.append((seed >> 33) % top)
    return out


def case(name, classes, truth, predicted):
    averages = ["macro", "micro", "weighted"] + (["binary"] if classes == 2 else [])
    every = list(range(classes))
    prf = m.precision_recall_fscore_support
    scores = {a: list(prf(truth, predicted, average=a)[:3]) for a in averages}
    return {
        "name": name,
        "classes": classes,
        "truth": truth,
        "predicted": predicted,
        "accuracy": m.accuracy_score(truth, predicted),
        "confusion": m.confusion_matrix(truth, predicted, labels=every).tolist(),
        "per_class": [list(map(float, r)) for r in zip(*prf(truth, predicted, labels=every)[:3])],
        "averages": scores,
    }


def noisy(seed, n, classes):
    """Truth and predictions that agree in about two of three cases."""
    truth, other, keep = labels(seed, n, classes), labels(seed + 1, n, classes), labels(seed + 2, n, 3)
    return truth, [t if k else o for t, o, k in zip(truth, other, keep)]


cases = [
    case("two classes", 2, *noisy(1, 40, 2)),
    case("ten classes", 10, *noisy(2, 120, 10)),
    case("class 1 never predicted", 2, [0, 1, 0, 1, 1], [0, 0, 0, 0, 0]),
    case("class 1 never true", 2, [0, 0, 0], [0, 1, 0]),
    case("only class 0", 2, [0, 0, 0], [0, 0, 0]),
    case("class 2 nowhere", 4, [0, 1, 3, 3, 1, 0], [0, 1, 1, 3, 1, 3]),
    case("all wrong", 3, [0, 1, 2], [1, 2, 0]),
]
print("[" + ",\n".join(json.dumps(c) for c in cases) + "]")
