"""Writes containers.json: blocks of layers, by PyTorch 1.13 in float64.

    python3 nn/testdata/containers.py
"""

import os
import sys

import torch

here = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(here, "../../internal/nntest"))
from golden import Golden  # noqa: E402

g = Golden()


class Block(torch.nn.Module):
    """The branches, and what is made of their input and results."""

    def __init__(self, f, *branches):
        super().__init__()
        self.f = f
        for i, b in enumerate(branches):
            self.add_module(str(i), b)

    def forward(self, x):
        return self.f(x, *(m(x) for m in self.children()))


def add(name, m, shape, **attrs):
    g.add(name, m, [shape], attrs, params=m)


def line(i, o):
    return torch.nn.Linear(i, o)


add("Seq", torch.nn.Sequential(line(3, 4), torch.nn.Tanh(), line(4, 2)), (5, 3))
add("Concat/0", Block(lambda x, *ys: torch.cat(ys, 0), line(3, 4), line(3, 4)), (2, 3), axis=0)
add("Concat/1", Block(lambda x, *ys: torch.cat(ys, 1), line(3, 4), line(3, 2)), (2, 3), axis=1)
add("Concat/-1", Block(lambda x, *ys: torch.cat(ys, -1), line(3, 1), line(3, 5)), (2, 2, 3), axis=-1)
add("Parallel", Block(lambda x, *ys: sum(ys), line(3, 4), line(3, 4)), (2, 3))
add("Residual/identity", Block(lambda x, y: x + y, line(3, 3)), (2, 3))
add("Residual/shortcut", Block(lambda x, y, s: y + s, line(3, 4), line(3, 4)), (2, 3))
for shape in ([4, 3], [2, -1], [12]):
    g.add("Reshape/" + "x".join(map(str, shape)), lambda x: torch.exp(x.reshape([2] + shape)), [(2, 3, 4)], {"shape": shape})
g.add("Identity", torch.nn.Identity(), [(2, 3)])
g.add("ReLU", torch.nn.ReLU(), [(3, 4)])
g.add("Func", lambda x: x * torch.sigmoid(1.702 * x), [(3, 4)])
add("ReLUInPlace", torch.nn.Sequential(line(3, 4), torch.nn.ReLU()), (5, 3))

g.write(os.path.join(here, "containers.json"))
