"""Writes inputs.json: a network of two inputs, a picture and a row of a table, by PyTorch 1.13 in float64.

    python3 nn/testdata/inputs.py
"""

import os
import sys

import torch

here = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(here, "../../internal/nntest"))
from golden import Golden  # noqa: E402

nn = torch.nn


class Inputs(nn.ModuleList):
    """Module i is applied to input i; PyTorch has nothing of the kind."""

    def forward(self, xs):
        return [m(x) for m, x in zip(self, xs)]


class Join(nn.Module):
    def forward(self, xs):
        return torch.cat(xs, 1)


net = nn.Sequential(
    Inputs([
        nn.Sequential(nn.Conv2d(2, 3, 3), nn.Tanh(), nn.Flatten(), nn.Linear(18, 4)),
        nn.Sequential(nn.Linear(5, 3), nn.Sigmoid()),
    ]),
    Join(), nn.Tanh(), nn.Linear(7, 2),
)
g = Golden(seed=5)
g.add("Inputs", lambda *xs: net(xs), [(3, 2, 4, 5), (3, 5)], params=net)
g.add("Join", lambda a, b: torch.cat((a, b), 1), [(2, 3), (2, 1)])
g.write(os.path.join(here, "inputs.json"))
