"""Writes losses.json and losses_class.json: the losses of the package, by PyTorch 1.13 and torchvision 0.14 in float64.

    python3 nn/testdata/losses.py
"""

import os
import sys
import warnings

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.metrics import hinge_loss
from torchvision.ops import sigmoid_focal_loss

here = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(here, "../../internal/nntest"))
from golden import Golden  # noqa: E402

warnings.simplefilter("ignore")  # kl_div warns of the reduction that we do not use
g = Golden(seed=2)
REDUCTIONS = {"mean": "mean", "sum": "sum", "none": "none"}


def each(name, loss, inputs, attrs=None, ints=None, grads=None, reductions=REDUCTIONS):
    """A case for each reduction. Only the first input gets a gradient by default."""
    for attr, reduction in reductions.items():
        g.add(
            name + "/" + attr, lambda *x: loss(*x, reduction), inputs, dict(attrs or {}, reduction=attr), ints,
            grads=grads or [True] + [False] * (len(inputs) - 1),
        )


def zero_one(*shape):
    return (g.values(shape) > 0).double()


# Classes: [N, C], a sequence [N, C, d] and pictures [N, C, d, d]. The weights are the last input.
for shape in [(4, 3), (2, 3, 2), (2, 3, 2, 2)]:
    places = shape[:1] + shape[2:]
    labels = g.random.randint(0, 3, places)
    some = labels.copy()
    some.reshape(-1)[[1, 2]] = -100
    weights = g.values((3,), 0.2, 2)
    soft = F.softmax(g.values(shape, -2, 2), 1)
    rank = "%dd" % len(shape)

    for smoothing in (0, 0.1):
        s = "/smoothing" if smoothing else ""
        attrs = {"label_smoothing": smoothing}

        def ce(x, w, reduction, y=labels):
            return F.cross_entropy(x, torch.tensor(y), w, reduction=reduction, label_smoothing=smoothing)

        each("CrossEntropy/" + rank + s, lambda x, r: ce(x, None, r), [shape], attrs, {"target": labels})
        each("CrossEntropy/" + rank + s + "/weights", ce, [shape, weights], dict(attrs, weights=1), {"target": labels})
        each("CrossEntropy/" + rank + s + "/ignore", lambda x, w, r: ce(x, w, r, some), [shape, weights],
             dict(attrs, weights=1, ignore=-100), {"target": some})
        each("CrossEntropy/" + rank + s + "/ignore/no weights", lambda x, r: ce(x, None, r, some), [shape],
             dict(attrs, ignore=-100), {"target": some})

        def soft_ce(x, q, w, reduction):
            return F.cross_entropy(x, q, w, reduction=reduction, label_smoothing=smoothing)

        each("CrossEntropy/soft/" + rank + s, lambda x, q, r: soft_ce(x, q, None, r), [shape, soft], attrs)
        each("CrossEntropy/soft/" + rank + s + "/weights", soft_ce, [shape, soft, weights], dict(attrs, weights=1))

    nll = lambda x, w, r, y=labels: F.nll_loss(x, torch.tensor(y), w, reduction=r)  # noqa: E731
    each("NLL/" + rank, lambda x, r: nll(x, None, r), [shape], ints={"target": labels})
    each("NLL/" + rank + "/ignore", lambda x, w, r: nll(x, w, r, some), [shape, weights], {"weights": 1, "ignore": -100}, {"target": some})

labels = g.random.randint(0, 4, (5,))
each("CrossEntropy/1e4", lambda x, r: F.cross_entropy(x, torch.tensor(labels), reduction=r), [g.values((5, 4), -1e4, 1e4)], ints={"target": labels})
mm = lambda x, w, r, p=1, m=1.0: F.multi_margin_loss(x, torch.tensor(labels), p, m, w, reduction=r)  # noqa: E731
each("Hinge", lambda x, r: mm(x, None, r), [(5, 4)], ints={"target": labels})
weights = g.values((4,), 0.2, 2)
each("Hinge/settings", lambda x, w, r: mm(x, w, r, 2, 0.5), [(5, 4), weights], {"weights": 1, "squared": 1, "margin": 0.5}, {"target": labels})

g.write(os.path.join(here, "losses_class.json"))

# Numbers.
g = Golden(seed=3)
x, t = g.values((4, 3), -2, 2), g.values((4, 3), -2, 2)
each("SmoothL1/0", lambda x, t, r: F.smooth_l1_loss(x, t, reduction=r, beta=0), [x, t], {"beta": 0})
x[0, 0] = t[0, 0]  # where the gradient of L1 is 0, and PyTorch's of SmoothL1/0 is 1 or -1
each("MSE", lambda x, t, r: F.mse_loss(x, t, reduction=r), [x, t])
each("L1", lambda x, t, r: F.l1_loss(x, t, reduction=r), [x, t])
for beta in (1, 0.5):
    each("SmoothL1/%g" % beta, lambda x, t, r: F.smooth_l1_loss(x, t, reduction=r, beta=beta), [x, t], {"beta": beta})
for delta in (1, 0.5):
    each("Huber/%g" % delta, lambda x, t, r: F.huber_loss(x, t, reduction=r, delta=delta), [x, t], {"delta": delta})
counts = torch.tensor(g.random.randint(0, 5, (3, 4)))
each("PoissonNLL", lambda x, t, r: F.poisson_nll_loss(x, t, reduction=r), [g.values((3, 4), -2, 2), counts])
g.add("GaussianNLL", lambda x, v, t: F.gaussian_nll_loss(x, t, v), [(3, 4), g.values((3, 4), 0.2, 2), (3, 4)], grads=[True, True, False])
v = g.values((3, 4), 0.2, 2)
v[0, 0], v[1, 2] = 0, 1e-7
g.add("GaussianNLL/small", lambda x, v, t: F.gaussian_nll_loss(x, t, v), [(3, 4), v, (3, 4)], grads=[True, True, False])

# Yes or no.
wide = torch.tensor([-100, -20, -3, -0.5, 0, 0.25, 1, 5, 30, 90, 1, -1])
each("BCEWithLogits", lambda x, t, r: F.binary_cross_entropy_with_logits(x, t, reduction=r), [wide, zero_one(12)])
each("BCEWithLogits/soft", lambda x, t, r: F.binary_cross_entropy_with_logits(x, t, reduction=r), [(3, 4), g.values((3, 4), 0, 1)])
bce = lambda x, t, w, r: F.binary_cross_entropy_with_logits(x, t, pos_weight=w, reduction=r)  # noqa: E731
each("BCEWithLogits/one weight", bce, [(3, 4), zero_one(3, 4), g.values((1,), 1, 3)], {"weights": 1})
each("BCEWithLogits/weights", bce, [(3, 4), g.values((3, 4), 0, 1), g.values((4,), 0.2, 3)], {"weights": 1})
each("BCEWithLogits/weights/pictures", lambda x, t, w, r: bce(x, t, w.view(3, 1, 1), r),
     [(2, 3, 2, 2), zero_one(2, 3, 2, 2), g.values((3,), 0.2, 3)], {"weights": 1})
p = g.values((3, 4), 0.01, 0.99)
each("BCE", lambda x, t, r: F.binary_cross_entropy(x, t, reduction=r), [p, g.values((3, 4), 0, 1)])
p[0, 0], p[0, 1] = 0, 1
each("BCE/certain", lambda x, t, r: F.binary_cross_entropy(x, t, reduction=r), [p, zero_one(3, 4)])
for gamma, alpha in [(2, 0.25), (0, 0.5), (0.5, 0.7), (3, 0.25)]:
    focal = lambda x, t, r: sigmoid_focal_loss(x, t, alpha, gamma, r)  # noqa: E731
    attrs = {"gamma": gamma, "alpha": alpha}
    each("Focal/%g" % gamma, focal, [g.values((3, 4), -4, 4), zero_one(3, 4)], attrs)
    each("Focal/%g/soft" % gamma, focal, [g.values((3, 4), -4, 4), g.values((3, 4), 0, 1)], attrs)


def binary_hinge(x, t, r, margin=1.0, power=1):
    l = F.relu(margin - t * x) ** power
    return {"mean": l.mean(), "sum": l.sum(), "none": l}[r]


x, t = g.values((3, 4), -2, 2), 2 * zero_one(3, 4) - 1
assert np.isclose(binary_hinge(x, t, "mean").item(), hinge_loss(t.reshape(-1).numpy(), x.reshape(-1).numpy()))
each("BinaryHinge", binary_hinge, [x, t])
each("BinaryHinge/settings", lambda x, t, r: binary_hinge(x, t, r, 0.5, 2), [x, t], {"margin": 0.5, "squared": 1})

# Distributions.
q = F.softmax(g.values((3, 4), -2, 2), 1)
q[1, 2] = 0
kl = dict(REDUCTIONS, mean="batchmean")
each("KLDiv", lambda x, t, r: F.kl_div(x, t, reduction=r), [F.log_softmax(g.values((3, 4)), 1), q], reductions=kl)
each("KLDiv/3d", lambda x, t, r: F.kl_div(x, t, reduction=r), [(2, 3, 2), g.values((2, 3, 2), 0, 1)], reductions=kl)

# Pairs of vectors.
for shape in [(4, 5), (2, 3, 4)]:
    rank = "/%dd" % len(shape)
    g.add("CosineSimilarity" + rank, lambda a, b: F.cosine_similarity(a, b, -1), [shape, shape])
    g.add("PairwiseDistance" + rank, F.pairwise_distance, [shape, shape])
same = g.values((4, 5))
g.add("PairwiseDistance/equal", F.pairwise_distance, [same, same])
for margin in (1, 0.2):
    g.add("TripletMargin/%g" % margin, lambda a, p, n: F.triplet_margin_loss(a, p, n, margin), [(4, 5)] * 3, {"margin": margin})
y = torch.tensor([1.0, -1, -1, 1])
for margin in (0, 0.3):
    g.add("CosineEmbedding/%g" % margin, lambda a, b, t: F.cosine_embedding_loss(a, b, t, margin), [(4, 5), (4, 5), y],
          {"margin": margin}, grads=[True, True, False])

g.write(os.path.join(here, "losses.json"))
