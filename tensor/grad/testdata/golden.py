"""Writes golden.json: every operation of the package, by PyTorch 1.13 in float64.

    python3 tensor/grad/testdata/golden.py
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


def positive(*shape):
    return g.values(shape, 0.5, 2)


# Broadcasting, and equal elements for the ties of Maximum and Minimum.
ties = [[1, -2, 0.5], [0, 0.25, -1]]
for name, f in {
    "Add": torch.add,
    "Sub": torch.sub,
    "Mul": torch.mul,
    "Div": torch.div,
    "Maximum": torch.maximum,
    "Minimum": torch.minimum,
}.items():
    g.add(name, f, [(2, 3), positive(2, 3)])
    g.add(name + "/broadcast", f, [(2, 1, 4), positive(3, 1)])
    g.add(name + "/scalar", f, [(2, 3), positive()])
    g.add(name + "/columns", f, [(1, 3), positive(4, 1)])
    g.add(name + "/ties", f, [ties, [[1, 2, 0.5], [0.5, 0.25, -1]]])

for s in (0.0, 2.5, -1.0):
    g.add("AddScalar/%g" % s, lambda x: x + s, [(3, 4)], {"s": s})
    g.add("MulScalar/%g" % s, lambda x: x * s, [(3, 4)], {"s": s})
for p in (-1.0, 0.0, 0.5, 1.0, 2.0, 3.0, 2.7):
    g.add("Pow/%g" % p, lambda x: x ** p, [positive(3, 4)], {"exponent": p})
for p in (2.0, 3.0):
    g.add("Pow/%g/signed" % p, lambda x: x ** p, [(3, 4)], {"exponent": p})

signed = [-30, -4, -1.5, -1, -0.25, -0.001, 0, 0.001, 0.3, 1, 2, 5, 20]
for name, f in {
    "Neg": torch.neg,
    "Square": torch.square,
    "Abs": torch.abs,
    "ReLU": torch.relu,
    "Tanh": torch.tanh,
    "Sigmoid": torch.sigmoid,
    "GELU": F.gelu,
}.items():
    g.add(name, f, [signed])
    g.add(name + "/matrix", f, [g.values((3, 4), -3, 3)])
g.add("Exp", torch.exp, [(3, 4)])
g.add("Exp/wide", torch.exp, [[-20, -1, 0, 1, 10]])
for name, f in {"Sqrt": torch.sqrt, "Recip": torch.reciprocal, "Log": torch.log}.items():
    g.add(name, f, [positive(3, 4)])
    g.add(name + "/wide", f, [[0.01, 0.5, 1, 7, 100]])
g.add("Clamp", lambda x: torch.clamp(x, -1, 2), [signed], {"lo": -1, "hi": 2})
g.add("Clamp/point", lambda x: torch.clamp(x, 1, 1), [signed], {"lo": 1, "hi": 1})

mask = [[1, 0, 0], [0, 1, 1]]
chosen = torch.tensor(mask).bool()
g.add("Where", lambda a, b: torch.where(chosen, a, b), [(2, 3), (2, 3)], ints={"mask": mask})
g.add("Where/broadcast", lambda a, b: torch.where(chosen, a, b), [(4, 1, 1), (3,)], ints={"mask": mask})

for a, b in [
    [(3, 4), (4, 2)],
    [(4,), (4,)],
    [(4,), (4, 2)],
    [(3, 4), (4,)],
    [(2, 3, 4), (4, 2)],
    [(2, 3, 4), (2, 4, 5)],
    [(2, 3, 4), (1, 4, 5)],
    [(3, 4), (2, 4, 5)],
    [(4,), (2, 4, 5)],
    [(2, 3, 4), (4,)],
    [(2, 1, 3, 4), (5, 4, 2)],
    [(1, 1), (1, 1)],
    [(2, 3, 1), (2, 1, 3)],
]:
    g.add("MatMul/%s-%s" % ("x".join(map(str, a)), "x".join(map(str, b))), torch.matmul, [a, b])
g.add("MatMul/transposed", lambda a, b: a.mT @ b.mT, [(2, 4, 3), (2, 5, 4)], {"transposed": True})
g.add("MatMul/sliced", lambda a, b: a[:, 1:3] @ b[:, :, 1:], [(2, 4, 3), (2, 3, 4)], {"sliced": True})

for x in [(3, 5), (5,), (2, 3, 5), (2, 2, 3, 5)]:
    n = "x".join(map(str, x))
    g.add("Linear/%s" % n, F.linear, [x, (4, 5), (4,)])
    g.add("Linear/%s/no-bias" % n, F.linear, [x, (4, 5)])
g.add("Linear/one-step", lambda x, w, b: F.linear(x[:, 1], w, b), [(2, 3, 5), (4, 5), (4,)], {"step": 1})
g.add("Linear/steps", lambda x, w, b: F.linear(x[:, 1:], w, b), [(2, 3, 5), (4, 5), (4,)], {"steps": 1})

axes = {"all": [], "0": [0], "1": [1], "-1": [-1], "0,2": [0, 2], "1,2": [1, 2], "2,0,1": [2, 0, 1]}
every = [0, 1, 2]
for name, f in {
    "Sum": lambda x, a: x.sum(a),
    "Mean": lambda x, a: x.mean(a),
    "Max": lambda x, a: x.amax(a),
    "Min": lambda x, a: x.amin(a),
    "LogSumExp": lambda x, a: x.logsumexp(a),
}.items():
    for title, a in axes.items():
        g.add("%s/%s" % (name, title), lambda x: f(x, a or every), [(2, 3, 4)], {"axes": a})
equal = [[2, 2, 1], [1, 0, 1]]
g.add("Max/ties", lambda x: x.amax(1), [equal], {"axes": [1]})
g.add("Max/ties/all", lambda x: x.amax(), [equal], {"axes": []})
g.add("Min/ties", lambda x: x.amin(0), [equal], {"axes": [0]})
g.add("LogSumExp/large", lambda x: x.logsumexp(1), [[[1000, 1001], [-1000, -1003]]], {"axes": [1]})

for name, f in {"Softmax": F.softmax, "LogSoftmax": F.log_softmax}.items():
    for axis in (0, 1, 2, -1):
        g.add("%s/%d" % (name, axis), lambda x: f(x, axis), [g.values((2, 3, 4), -3, 3)], {"axis": axis})
    g.add(name + "/large", lambda x: f(x, 1), [[[1000, 1001, 900], [-1000, -1003, -999]]], {"axis": 1})

g.add("Reshape", lambda x: x.reshape(4, -1), [(2, 3, 4)], {"shape": [4, -1]})
g.add("Reshape/strided", lambda x: x.transpose(0, 1).reshape(2, 12), [(2, 3, 4)], {"shape": [2, 12], "strided": True})
g.add("Flatten", lambda x: x.flatten(1), [(2, 3, 4)], {"from": 1})
g.add("Permute", lambda x: x.permute(2, 0, 1).exp(), [(2, 3, 4)], {"axes": [2, 0, 1]})
g.add("Transpose", lambda x: x.transpose(0, -1).exp(), [(2, 3, 4)], {"axes": [0, -1]})
g.add("Slice", lambda x: x[:, 1:3].exp(), [(2, 4, 3)], {"axis": 1, "lo": 1, "hi": 3})
g.add("Index", lambda x: x[:, 2].exp(), [(2, 4, 3)], {"axis": 1, "at": 2})
g.add("Squeeze", lambda x: x.squeeze(1).exp(), [(2, 1, 3)], {"axes": [1]})
g.add("Unsqueeze", lambda x: x.unsqueeze(-1).exp(), [(2, 3)], {"axis": -1})
g.add("Expand", lambda x: x.expand(2, 3, 4), [(3, 1)], {"shape": [2, 3, 4]})

for axis in (0, 1, -1):
    shapes = [[2, 3, 2], [2, 3, 2], [2, 3, 2]]
    shapes[1][axis] = 4
    g.add("Concat/%d" % axis, lambda *x: torch.cat(x, axis), [tuple(s) for s in shapes], {"axis": axis})
    g.add("Stack/%d" % axis, lambda *x: torch.stack(x, axis), [(2, 3)] * 3, {"axis": axis})
g.add("Split", lambda x: x.split([1, 3], 1), [(2, 4)], {"axis": 1, "sizes": [1, 3]})

rows = [[2, 0, 2], [1, 2, 2]]
index = torch.tensor(rows)
g.add("Take/0", lambda x: x[index], [(3, 4)], {"axis": 0}, ints={"index": rows})
g.add("Take/1", lambda x: x[:, index], [(2, 3, 2)], {"axis": 1}, ints={"index": rows})
g.add("Take/-1", lambda x: x.index_select(-1, index[0]), [(2, 3)], {"axis": -1}, ints={"index": rows[0]})
g.add("Gather/0", lambda x: x.gather(0, index), [(3, 4)], {"axis": 0}, ints={"index": rows})
g.add("Gather/1", lambda x: x.gather(1, index), [(4, 3)], {"axis": 1}, ints={"index": rows})
g.add("Pad", lambda x: F.pad(x, (2, 1, 0, 3), value=1.5), [(2, 3)], {"value": 1.5, "margins": [0, 3, 2, 1]})
g.add("Pad/zero", lambda x: F.pad(x, (0, 1)), [(2, 3)], {"value": 0, "margins": [0, 0, 0, 1]})

# Operations in place of what another one, which adds a quarter, has computed.
g.add("ReLUInPlace", lambda x: torch.relu(x + 0.25), [signed])
g.add("ReLUInPlace/matrix", lambda x: torch.relu(x + 0.25), [g.values((3, 4), -3, 3)])
g.add("AddInPlace", lambda a, b: a + 0.25 + b, [(2, 3), (2, 3)])
g.add("AddInPlace/broadcast", lambda a, b: a + 0.25 + b, [(2, 3, 4), (3, 1)])

g.write(os.path.join(here, "golden.json"))
