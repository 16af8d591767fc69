"""Writes golden.json: the layers and losses of the package, by PyTorch 1.13 in float64.

    python3 nn/testdata/golden.py
"""

import os
import sys

import torch
import torch.nn.functional as F

here = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(here, "../../internal/nntest"))
from golden import Golden  # noqa: E402

g = Golden()

for shape in [(4, 5), (2, 3, 5)]:
    m = torch.nn.Linear(5, 3)
    g.add("Linear/%dd" % len(shape), m, [shape], params=m)
m = torch.nn.Linear(5, 3, bias=False)
g.add("Linear/no bias", m, [(4, 5)], params=m)

wide = [-20, -4, -1.5, -1, -0.25, -0.001, 0, 0.001, 0.3, 1, 2, 5, 20]
for name, f in {"Tanh": torch.tanh, "Sigmoid": torch.sigmoid, "GELU": F.gelu}.items():
    g.add(name, f, [wide])
    g.add(name + "/matrix", f, [g.values((3, 4), -3, 3)])
g.add("Softmax", lambda x: F.softmax(x, -1), [(2, 3, 4)])
g.add("Flatten", lambda x: x.flatten(1), [(2, 3, 4)])

labels = [1, 0, 2, 2]
cross_entropy = lambda x: F.cross_entropy(x, torch.tensor(labels))  # noqa: E731
g.add("CrossEntropy", cross_entropy, [(4, 3)], ints={"target": labels})
g.add("CrossEntropy/wide", cross_entropy, [g.values((4, 3), -90, 90)], ints={"target": labels})
target = g.values((3, 4))
g.add("MSE", lambda x, t: F.mse_loss(x, t), [(3, 4), target], grads=[True, False])
target = g.values((2, 3, 2))
g.add("MSE/3d", lambda x, t: F.mse_loss(x, t), [(2, 3, 2), target], grads=[True, False])


def batch_norm(train, momentum=0.1, eps=1e-5):
    """Returns a function to y and the running statistics after the step."""

    def f(x, weight, bias, running_mean, running_var):
        mean, var = running_mean.detach().clone(), running_var.detach().clone()
        y = F.batch_norm(x, mean, var, weight, bias, train, momentum, eps)
        return y, mean, var

    return f


for shape in [(6, 3), (3, 4, 5, 2), (4, 2, 7)]:
    for train in (True, False):
        for attrs in ({}, {"eps": 0.01, "momentum": 0.3}):
            c = (shape[1],)
            g.add(
                "BatchNorm/%dd/%s%s" % (len(shape), "train" if train else "eval", "/settings" if attrs else ""),
                batch_norm(train, **attrs), [shape], attrs, train=train,
                params={"weight": c, "bias": c, "running_mean": c, "running_var": g.values(c, 0.5, 2)},
            )

g.write(os.path.join(here, "golden.json"))
