"""Writes ctc.json: the loss of connectionist temporal classification, by PyTorch 1.13 in float64.

    python3 nn/testdata/ctc.py
"""

import os
import sys

import numpy as np
import torch
import torch.nn.functional as F

here = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(here, "../../internal/nntest"))
from golden import Golden  # noqa: E402

g = Golden(seed=4)


def each(name, x, targets, lengths=None, blank=0, zero_infinity=False):
    """A case for each reduction; the targets are filled up with the blank."""
    targets = np.array(targets)
    counts = [int((row != blank).sum()) for row in targets]
    attrs = {"blank": blank, "zero_infinity": int(zero_infinity), "lengths": int(lengths is not None)}
    inputs, grads = [x], [True]
    if lengths is not None:
        inputs.append(np.array(lengths))
        grads.append(False)
    for reduction in ("mean", "sum", "none"):
        def f(x, *_):
            n = lengths or [x.shape[1]] * x.shape[0]
            p = F.log_softmax(x, 2).transpose(0, 1)
            return F.ctc_loss(p, torch.tensor(targets), n, counts, blank, reduction, zero_infinity)
        g.add("CTC/" + name + "/" + reduction, f, inputs, dict(attrs, reduction=reduction), {"target": targets}, grads=grads)


some = [[1, 2, 2], [3, 0, 0], [0, 0, 0], [2, 3, 0]]
each("plain", (4, 6, 4), some)
each("lengths", (4, 7, 4), some, [7, 5, 4, 6])
each("log-probabilities", F.log_softmax(g.values((4, 6, 4), -2, 2), 2), some)
each("blank", (3, 6, 4), [[0, 1, 1], [2, 3, 3], [2, 0, 3]], blank=3)
each("zero infinity", (4, 4, 4), [[1, 1, 1], [2, 1, 0], [3, 3, 0], [3, 0, 0]], [4, 2, 2, 1], zero_infinity=True)
each("wide", g.values((2, 12, 5), -20, 20), [[1, 2, 2, 4], [3, 1, 0, 0]], [12, 9])

g.write(os.path.join(here, "ctc.json"))
