"""Writes ctc.json: connectionist temporal classification, by PyTorch 1.13 in float64.

    python3 tensor/grad/testdata/ctc.py
"""

import os
import sys

import numpy as np
import torch
import torch.nn.functional as F

sys.dont_write_bytecode = True
here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "../../../internal/nntest"))
from golden import Golden  # noqa: E402

g = Golden(seed=5)


def ctc(logits, lengths, targets, blank):
    """The loss of logits [N, T, C]; targets are lists, which are filled up with the blank."""
    width = max(len(t) for t in targets)
    padded = np.full((len(targets), width), blank)
    for row, t in zip(padded, targets):
        row[:len(t)] = t

    def f(x, lengths=lengths):
        n = [int(l) for l in lengths] if lengths is not None else [x.shape[1]] * x.shape[0]
        p = F.log_softmax(x, 2).transpose(0, 1)
        return F.ctc_loss(p, torch.tensor(padded), n, [len(t) for t in targets], blank, "none")

    return f, padded


def add(name, logits, targets, lengths=None, blank=0):
    f, padded = ctc(logits, lengths, targets, blank)
    inputs, grads = [logits], [True]
    if lengths is not None:
        inputs.append(lengths)
        grads.append(False)
    g.add("CTC/" + name, f, inputs, {"blank": blank}, {"targets": padded}, grads=grads)


add("plain", (2, 6, 4), [[1, 2, 3], [3, 1, 2]])
add("lengths", (4, 8, 4), [[1, 2], [3], [], [2, 1, 3]], lengths=[8, 3, 5, 4])
add("repeated", (3, 7, 3), [[1, 1, 1], [2, 2, 1], [1, 1, 2]])
add("tight", (3, 5, 3), [[1, 1, 2, 1], [2, 1, 2, 1], [1, 1, 1]], lengths=[5, 4, 5])
add("empty", (2, 4, 3), [[], []], lengths=[4, 1])
add("one step", (2, 1, 3), [[1], []])
add("one label", (2, 5, 2), [[1], [1, 1]])
add("last blank", (2, 6, 4), [[0, 1, 1], [2]], lengths=[6, 4], blank=3)
add("middle blank", (2, 6, 4), [[0, 3, 0], [1, 1]], blank=2)
add("wide", g.values((2, 8, 5), -30, 30), [[1, 2, 2, 4], [3, 1]])
add("long", (2, 40, 6), [list(g.random.randint(1, 6, 12)), list(g.random.randint(1, 6, 7))], lengths=[40, 31])

g.write(os.path.join(here, "ctc.json"))
