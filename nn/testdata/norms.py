"""Writes norms.json: the statistics of batch normalisation that update_bn of
torch.optim.swa_utils 1.13 finds, in float64.

    python3 nn/testdata/norms.py
"""

import json
import os

import numpy as np
import torch
from torch.optim.swa_utils import update_bn

random = np.random.RandomState(4)


def values(*shape):
    return np.round(random.uniform(-1, 1, shape), 3)


x, weight, bias = values(10, 3), values(4, 3), values(4)
net = torch.nn.Sequential(torch.nn.BatchNorm1d(3), torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.BatchNorm1d(4)).double()
net[1].weight.data, net[1].bias.data = torch.tensor(weight), torch.tensor(bias)
update_bn([torch.tensor(x[0:4]), torch.tensor(x[4:8]), torch.tensor(x[8:10])], net)

short = lambda v: [float("%.9g" % e) for e in np.ravel(v)]
doc = {"x": short(x), "weight": short(weight), "bias": short(bias)}
for i in (0, 3):
    doc["mean%d" % i], doc["var%d" % i] = short(net[i].running_mean), short(net[i].running_var)
here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "norms.json"), "w") as f:
    json.dump(doc, f, separators=(",", ":"))
    f.write("\n")
