"""Writes averages.json: averages of weights by AveragedModel of
torch.optim.swa_utils 1.13, in float64.

    python3 optim/testdata/averages.py
"""

import json
import os

import numpy as np
import torch
from torch.optim.swa_utils import AveragedModel

random = np.random.RandomState(3)
weights = [np.round(random.uniform(-1, 1, 4), 3).tolist() for _ in range(6)]


def averages(avg_fn):
    net = torch.nn.Linear(4, 1, bias=False).double()
    model = AveragedModel(net, avg_fn=avg_fn)
    out = []
    for w in weights:
        net.weight.data = torch.tensor([w], dtype=torch.float64)
        model.update_parameters(net)
        out.append([float("%.9g" % v) for v in model.module.weight.data[0]])
    return out


doc = {
    "weights": weights,
    "swa": averages(None),
    "ema": averages(lambda avg, w, n: 0.9 * avg + 0.1 * w),
}
here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "averages.json"), "w") as f:
    json.dump(doc, f, separators=(",", ":"))
    f.write("\n")
