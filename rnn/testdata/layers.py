"""Writes rnn.json, lstm.json, projected.json and gru.json: recurrent layers of every
kind, stacked or not, in one direction or both, with and without lengths and
projection, and training.json: 20 steps of training a classifier. By PyTorch 1.13 in
float64.

    python3 rnn/testdata/layers.py

Results are the states of the last layer at all steps and the final h and, of an
LSTM, c. Inputs are the sequences and, if the attribute state says so, the initial
h and c. The attribute lengths lists the lengths of the sequences.
"""

import itertools
import json
import os
import sys

import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

sys.dont_write_bytecode = True
here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "../../internal/nntest"))
from golden import Golden  # noqa: E402

kinds = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}


def case(g, kind, name, x, hidden, layers=1, bi=False, lengths=None, proj=0, state=False, bias=True, first=True, activation=None):
    """first says whether axis 0 of x is the batch."""
    extra = {"proj_size": proj} if proj else {}
    if activation:
        extra["nonlinearity"] = activation
    m = kinds[kind](x[2], hidden, layers, bias=bias, batch_first=first, bidirectional=bi, **extra)
    n, steps = (x[0], x[1]) if first else (x[1], x[0])
    rows = layers * (2 if bi else 1)
    inputs = [x]
    if state:
        inputs.append((rows, n, proj or hidden))
        if kind == "lstm":
            inputs.append((rows, n, hidden))

    def f(x, *state):
        s = None
        if state:
            s = state if kind == "lstm" else state[0]
        if lengths:
            x = pack_padded_sequence(x, torch.tensor(lengths), batch_first=first, enforce_sorted=False)
        y, last = m(x, s)
        if lengths:
            y, _ = pad_packed_sequence(y, batch_first=first, total_length=steps)
        return (y,) + (last if kind == "lstm" else (last,))

    attrs = {"hidden": hidden, "layers": layers, "proj": proj, "bidirectional": bi, "nobias": not bias, "timefirst": not first}
    if lengths:
        attrs["lengths"] = lengths
    attrs["activation"] = activation or "tanh"
    g.add(kind.upper() + "/" + name, f, inputs, attrs=attrs, params=m)


def combinations(g, kind, proj=0):
    for layers, bi, ragged in itertools.product((1, 2), (False, True), (False, True)):
        name = "_".join(["layers_%d" % layers] + ["bidirectional"] * bi + ["ragged"] * ragged + ["projected"] * (proj > 0))
        lengths = [2, 4, 1] if ragged else None
        case(g, kind, name, (3, 4, 2), 3, layers, bi, lengths, proj, state=True)
        if layers == 1 and not bi:
            case(g, kind, name + "_from_zero", (3, 4, 2), 3, layers, bi, lengths, proj)


for kind in kinds:
    g = Golden()
    combinations(g, kind)
    case(g, kind, "nobias", (2, 3, 2), 3, 2, bias=False, bi=True)
    case(g, kind, "time_first", (4, 3, 2), 3, first=False, bi=True, state=True)
    case(g, kind, "time_first_ragged", (4, 3, 2), 3, first=False, bi=True, lengths=[1, 3, 4])
    case(g, kind, "one_step", (3, 1, 4), 5, state=True)
    case(g, kind, "one_unit", (2, 6, 1), 1, state=True)
    case(g, kind, "long", (1, 20, 2), 3, state=True)
    # More sequences than a block has.
    case(g, kind, "batch_17", (17, 3, 2), 2, lengths=[1 + i * 7 % 3 for i in range(17)], bi=True)
    if kind == "rnn":
        case(g, kind, "hidden_17", (2, 3, 3), 17, lengths=[2, 3])
        case(g, kind, "relu", (3, 4, 2), 3, 2, bi=True, lengths=[2, 4, 1], state=True, activation="relu")
    g.write(os.path.join(here, kind + ".json"))

g = Golden(2)
combinations(g, "lstm", proj=2)
g.write(os.path.join(here, "projected.json"))


def training(kind):
    """20 steps of gradient descent for a classifier of ragged sequences."""
    g = Golden(7)
    m = kinds[kind](3, 5, batch_first=True).double()
    head = torch.nn.Linear(5, 3).double()
    named = dict(m.named_parameters()) | {"weight": head.weight, "bias": head.bias}
    with torch.no_grad():
        for p in named.values():
            p.copy_(g.values(tuple(p.shape), -0.5, 0.5))
    case = {"params": {k: g.encode(p) for k, p in named.items()}, "losses": []}
    x = g.values((6, 5, 3))
    lengths, classes = [5, 2, 3, 1, 4, 5], [0, 1, 2, 0, 1, 2]
    case["x"], case["lengths"], case["classes"] = g.encode(x), lengths, classes
    opt = torch.optim.SGD(named.values(), lr=0.5, momentum=0.9)
    for _ in range(20):
        _, last = m(pack_padded_sequence(x, torch.tensor(lengths), batch_first=True, enforce_sorted=False))
        h = last[0] if kind == "lstm" else last
        loss = torch.nn.functional.cross_entropy(head(h[0]), torch.tensor(classes))
        opt.zero_grad()
        loss.backward()
        opt.step()
        case["losses"].append(loss.item())
    return case


with open(os.path.join(here, "training.json"), "w") as f:
    json.dump({"made_with": "torch " + torch.__version__.split("+")[0], "lstm": training("lstm"), "gru": training("gru")}, f)
    f.write("\n")
