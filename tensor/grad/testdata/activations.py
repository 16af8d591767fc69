"""Writes activations.json: activations, dropout and embedding, by PyTorch 1.13 in float64.

    python3 tensor/grad/testdata/activations.py
"""

import os
import sys

import torch
import torch.nn.functional as F

sys.dont_write_bytecode = True
here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "../../../internal/nntest"))
from golden import Golden  # noqa: E402

g = Golden()

# All kinks, and far from 0 where exponentials overflow and vanish.
signed = [-30, -6, -4, -3, -1.5, -1, -0.5, -0.25, -0.001, 0, 0.001, 0.25, 0.5, 1, 1.5, 3, 5, 6, 20, 25]
far = [-10000, -200, -88, 88, 200, 10000]
for name, f, attrs in [
    ("ELU", F.elu, {}),
    ("ELU", lambda x: F.elu(x, 0.3), {"alpha": 0.3}),
    ("SELU", F.selu, {}),
    ("CELU", F.celu, {}),
    ("CELU", lambda x: F.celu(x, 2.5), {"alpha": 2.5}),
    ("LeakyReLU", F.leaky_relu, {}),
    ("LeakyReLU", lambda x: F.leaky_relu(x, 1.5), {"slope": 1.5}),
    ("LeakyReLU", lambda x: F.leaky_relu(x, -0.5), {"slope": -0.5}),
    ("RReLU", F.rrelu, {}),
    ("Threshold", lambda x: F.threshold(x, 0.5, -2), {"threshold": 0.5, "value": -2}),
    ("Hardtanh", F.hardtanh, {}),
    ("Hardtanh", lambda x: F.hardtanh(x, -0.5, 3), {"lo": -0.5, "hi": 3}),
    ("ReLU6", F.relu6, {}),
    ("Hardsigmoid", F.hardsigmoid, {}),
    ("Hardswish", F.hardswish, {}),
    ("Hardshrink", F.hardshrink, {}),
    ("Hardshrink", lambda x: F.hardshrink(x, 1.5), {"lambda": 1.5}),
    ("Softshrink", F.softshrink, {}),
    ("Softshrink", lambda x: F.softshrink(x, 1.5), {"lambda": 1.5}),
    ("Tanhshrink", F.tanhshrink, {}),
    ("SiLU", F.silu, {}),
    ("GELUTanh", lambda x: F.gelu(x, approximate="tanh"), {}),
    ("Mish", F.mish, {}),
    ("Softplus", F.softplus, {}),
    ("Softplus", lambda x: F.softplus(x, 2.0, 1.0), {"beta": 2.0, "threshold": 1.0}),
    ("LogSigmoid", F.logsigmoid, {}),
    ("Softsign", F.softsign, {}),
]:
    title = "/".join([name] + ["%s=%g" % kv for kv in attrs.items()])
    g.add(title, f, [signed], attrs)
    g.add(title + "/matrix", f, [g.values((3, 4), -3, 3)], attrs)
    g.add(title + "/far", f, [far], attrs)
g.add("RReLU/train", lambda x: F.rrelu(x, 0.25, 0.25, True), [signed], {"lower": 0.25, "upper": 0.25}, train=True)

for x, w in [((2, 3, 4), (3,)), ((2, 3), (3,)), ((2, 3, 2, 2), (3,)), ((5,), (1,)), ((2, 3, 4), (1,))]:
    g.add("PReLU/%dd/%d" % (len(x), w[0]), F.prelu, [x, w])

for axis in (0, 1, -1):
    g.add("GLU/%d" % axis, lambda x: F.glu(x, axis), [g.values((2, 4, 6), -3, 3)], {"axis": axis})
    g.add("Softmin/%d" % axis, lambda x: F.softmin(x, axis), [g.values((2, 3, 4), -3, 3)], {"axis": axis})
g.add("GLU/far", lambda x: F.glu(x, 1), [[[1, 2, 3, 1000, -1000, 0]]], {"axis": 1})
g.add("Softmin/far", lambda x: F.softmin(x, 1), [[[10000, 9999, -10000]]], {"axis": 1})

ids = [[0, 2, 2], [1, 4, 2]]
for name, padding in {"plain": None, "padding": 2}.items():
    g.add(
        "Embedding/" + name, lambda x, w: F.embedding(torch.tensor(ids), w, padding), [ids, (5, 3)],
        {"padding": -1 if padding is None else padding}, grads=[False, True],
    )

g.write(os.path.join(here, "activations.json"))
