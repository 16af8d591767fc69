"""Writes labels.json, multilabel.json, probabilities.json and regression.json:
scores of scikit-learn for many small random tables.

Made with scikit-learn 1.2.1:  python3 nn/metric/testdata/scikit.py
"""

import json
import os
import warnings

import numpy as np
import sklearn.metrics as m
from sklearn.calibration import calibration_curve

warnings.simplefilter("ignore")
here = os.path.dirname(os.path.abspath(__file__))
random = np.random.RandomState(7)
AVERAGES = ["macro", "micro", "weighted"]


def plain(x):
    """Arrays become lists, NaN becomes null."""
    if isinstance(x, dict):
        return {k: plain(v) for k, v in x.items()}
    if isinstance(x, (list, tuple, np.ndarray)):
        return [plain(v) for v in x]
    if isinstance(x, (float, np.floating)):
        return None if np.isnan(x) else float(x)
    return int(x) if isinstance(x, np.integer) else x


def write(name, cases):
    with open(os.path.join(here, name), "w") as f:
        text = ",\n".join(json.dumps(plain(c), separators=(",", ":")) for c in cases)
        f.write("[\n" + text + "\n]\n")


def class_scores(truth, predicted, every):
    """The scores that each class has, by class and averaged."""
    functions = {
        "precision": m.precision_score,
        "recall": m.recall_score,
        "f1": m.f1_score,
        "f0.5": lambda *a, **k: m.fbeta_score(*a, beta=0.5, **k),
        "f2": lambda *a, **k: m.fbeta_score(*a, beta=2, **k),
        "jaccard": m.jaccard_score,
    }
    out = {}
    for name, f in functions.items():
        scores = {a: f(truth, predicted, average=a) for a in AVERAGES}
        scores["per_class"] = f(truth, predicted, average=None, labels=every)
        out[name] = scores
    return out


def label_case(classes, truth, predicted):
    every = list(range(classes))
    whole = {
        "balanced_accuracy": m.balanced_accuracy_score(truth, predicted),
        "matthews": m.matthews_corrcoef(truth, predicted),
        "kappa": m.cohen_kappa_score(truth, predicted, labels=every),
        "kappa_linear": m.cohen_kappa_score(truth, predicted, labels=every, weights="linear"),
        "kappa_quadratic": m.cohen_kappa_score(truth, predicted, labels=every, weights="quadratic"),
    }
    return {
        "classes": classes, "truth": truth, "predicted": predicted,
        "whole": whole, "scores": class_scores(truth, predicted, every),
    }


def label_cases():
    for classes in (2, 3, 5):
        for n in (1, 2, 3, 5, 12, 40):
            truth = random.randint(0, classes, n)
            other = random.randint(0, classes, n)
            yield label_case(classes, truth, np.where(random.rand(n) < 0.5, truth, other))
    yield label_case(2, [1, 1, 1], [1, 1, 1])
    yield label_case(3, [1, 1, 1], [0, 2, 0])
    yield label_case(4, [0, 3, 3, 0, 1], [0, 0, 3, 3, 3])


def multilabel_case(truth, logits):
    predicted = (np.asarray(logits) > 0).astype(int)
    return {
        "truth": truth, "logits": logits,
        "scores": class_scores(np.asarray(truth), predicted, None),
        "roc": ranking(m.roc_auc_score, truth, logits),
        "ap": ranking(m.average_precision_score, truth, logits),
    }


def multilabel_cases():
    for labels in (2, 3, 4):
        for n in (1, 2, 5, 12):
            truth = (random.rand(n, labels) < 0.4).astype(int)
            logits = np.round(random.randn(n, labels) + truth, 1)
            yield multilabel_case(truth, logits)
    yield multilabel_case([[0, 0], [0, 0]], [[1.0, -1.0], [0.5, -2.0]])
    yield multilabel_case([[1, 0], [1, 0]], [[-1.0, -1.0], [-0.5, -2.0]])


def ranking(f, hot, scores):
    """A score of every column and its averages, NaN where scikit-learn refuses."""
    hot, scores = np.asarray(hot), np.asarray(scores)

    def value(*a, **k):
        try:
            return f(*a, **k)
        except ValueError:
            return float("nan")

    out = {a: value(hot, scores, average=a) for a in AVERAGES}
    out["per_class"] = [value(hot[:, j], scores[:, j]) for j in range(hot.shape[1])]
    return out


def softmax(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def calibration(y, p, bins):
    """ECE, MCE and the bins with samples: confidence, accuracy, samples."""
    accuracy, confidence = calibration_curve(y, p, n_bins=bins, strategy="uniform")
    number = np.searchsorted(np.linspace(0, 1, bins + 1)[1:-1], p)
    counts = np.bincount(number, minlength=bins)
    counts = counts[counts > 0]
    gap = np.abs(accuracy - confidence)
    return {
        "bins": bins, "ece": (gap * counts).sum() / len(p), "mce": gap.max(),
        "curve": list(zip(confidence, accuracy, counts)),
    }


def probability_case(kind, outputs, truth):
    """kind is logits or probabilities; outputs [N, C] or [N] are float32 numbers."""
    x = np.asarray(outputs, np.float64)
    if kind == "logits":
        p = softmax(x if x.ndim == 2 else np.stack([0 * x, x], 1))
    else:
        p = x if x.ndim == 2 else np.stack([1 - x, x], 1)
    n, classes = p.shape
    every = list(range(classes))
    hot = np.eye(classes, dtype=int)[truth]
    eps = 2.0**-23 if kind == "probabilities" else "auto"
    log_loss = m.log_loss(truth, p, labels=every, eps=eps)
    # What the order of a sum tells apart is equal.
    scores = np.vectorize(lambda v: float("%.13g" % v))(p)
    if classes == 2:
        brier = m.brier_score_loss(truth, p[:, 1])
        event, chance = np.asarray(truth), p[:, 1]
    else:
        brier = ((p - hot) ** 2).sum(axis=1).mean()
        event, chance = (p.argmax(axis=1) == truth).astype(int), p.max(axis=1)
    case = {
        "kind": kind, "outputs": outputs, "truth": truth,
        "roc": ranking(m.roc_auc_score, hot, scores), "ap": ranking(m.average_precision_score, hot, scores),
        "log_loss": log_loss, "brier": brier,
        "calibration": [calibration(event, chance, b) for b in (1, 4, 10)],
    }
    if n <= 12:
        case["roc_curve"] = m.roc_curve(hot[:, 1], scores[:, 1])
        case["pr_curve"] = m.precision_recall_curve(hot[:, 1], scores[:, 1])
    if classes > 2:
        # Of equal scores scikit-learn puts the last first, so the classes are mirrored.
        case["top"] = [
            m.top_k_accuracy_score(classes - 1 - np.asarray(truth), x[:, ::-1], k=k, labels=every)
            for k in range(1, classes + 1)
        ]
    return case


def probability_cases():
    for n in (1, 2, 3, 5, 12, 40):
        for classes in (1, 2, 3, 5):
            truth = random.randint(0, max(classes, 2), n)
            shape = (n,) if classes == 1 else (n, classes)
            # A coarse grid has ties.
            logits = np.round(2 * random.randn(*shape), 3 if classes == 5 else 0)
            if classes > 1:
                logits[np.arange(n), truth] += 1
            logits = logits.astype(np.float32).astype(np.float64)
            yield probability_case("logits", logits, truth)
            sixteenths = random.multinomial(16, softmax(np.atleast_2d(logits))[0], n) / 16.0
            if classes == 1:
                sixteenths = random.randint(0, 17, n) / 16.0
            yield probability_case("probabilities", sixteenths, truth)


def regression_case(output, target):
    x, y = np.asarray(output, np.float64), np.asarray(target, np.float64)
    columns = lambda a: a.reshape(len(a), -1)
    pearson = [np.corrcoef(a, b)[0, 1] for a, b in zip(columns(x).T, columns(y).T)]
    r2 = m.r2_score(columns(y), columns(x), multioutput="raw_values")
    return {
        "output": columns(x), "target": columns(y),
        "mse": m.mean_squared_error(y.ravel(), x.ravel()),
        "rmse": m.mean_squared_error(y.ravel(), x.ravel(), squared=False),
        "mae": m.mean_absolute_error(y.ravel(), x.ravel()),
        "mape": m.mean_absolute_percentage_error(y.ravel(), x.ravel()),
        "max_error": m.max_error(y.ravel(), x.ravel()),
        "r2": np.atleast_1d(r2) * np.ones(columns(y).shape[1]),
        "explained_variance": m.explained_variance_score(columns(y), columns(x), multioutput="raw_values"),
        "pearson": pearson,
        "mean_r2": m.r2_score(columns(y), columns(x)),
    }


def regression_cases():
    for n in (1, 2, 3, 10, 30):
        for width in (1, 3):
            y = np.round(5 * random.randn(n, width) + 100, 3)
            x = np.round(y + random.randn(n, width), 3)
            single = lambda a: a.astype(np.float32)
            yield regression_case(single(x), single(y))
    yield regression_case([1, 2, 4], [2, 2, 2])  # constant target
    yield regression_case([2, 2, 2], [2, 2, 2])
    yield regression_case([2, 2, 2], [1, 3, 2])  # constant output
    yield regression_case([1.5, 2.5, 8.5], [1, 2, 8])  # constant residual
    yield regression_case([1, 0, 3], [0, 0, 3])  # target 0
    yield regression_case([[1, 2], [1, 3]], [[1, 5], [1, 5]])


write("labels.json", label_cases())
write("multilabel.json", multilabel_cases())
write("probabilities.json", probability_cases())
write("regression.json", regression_cases())
