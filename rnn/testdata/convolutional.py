"""Writes convolutional.json and convolutional2d.json: convolutional recurrent layers, by
PyTorch 1.13 in float64.

    python3 rnn/testdata/convolutional.py

PyTorch has no convolutional recurrent layers; they are written out with conv1d and
conv2d, a sequence at a time. Results are as in layers.py.
"""

import itertools
import os
import sys

import torch
import torch.nn.functional as F

sys.dont_write_bytecode = True
here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "../../internal/nntest"))
from golden import Golden  # noqa: E402

g, g2 = Golden(), Golden(2)


def cell(kind, xi, hh, h, c):
    """xi and hh are the products with input and state, channels on axis 0."""
    if kind.startswith("ConvRNN"):
        return torch.tanh(xi + hh), c
    if kind.startswith("ConvLSTM"):
        i, f, o_g, o = (xi + hh).chunk(4)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(o_g)
        return torch.sigmoid(o) * torch.tanh(c), c
    (xr, xz, xn), (hr, hz, hn) = xi.chunk(3), hh.chunk(3)
    n = torch.tanh(xn + torch.sigmoid(xr + hr) * hn)
    z = torch.sigmoid(xz + hz)
    return (1 - z) * n + z * h, c


def conv(kind, name, x, hidden, kernel, layers=1, bi=False, lengths=None, state=False):
    two = kind.endswith("2D")
    file = g2 if two else g
    gates = {"ConvR": 1, "ConvL": 4, "ConvG": 3}[kind[:5]]
    slide = F.conv2d if two else F.conv1d
    directions = 2 if bi else 1
    params = {}
    for l in range(layers):
        for d in range(directions):
            end = "_l%d" % l + "_reverse" * d
            c = x[2] if l == 0 else directions * hidden
            k = (kernel,) * (2 if two else 1)
            params["weight_ih" + end] = g.values((gates * hidden, c) + k, -0.5, 0.5)
            params["weight_hh" + end] = g.values((gates * hidden, hidden) + k, -0.5, 0.5)
            params["bias_ih" + end] = g.values((gates * hidden,), -0.5, 0.5)
            params["bias_hh" + end] = g.values((gates * hidden,), -0.5, 0.5)
    shape = (layers * directions, x[0], hidden) + x[3:]
    inputs = [x] + [shape] * (state * (2 if gates == 4 else 1))

    def f(x, *state, **p):
        n, steps = x.shape[:2]
        last_h, last_c = torch.zeros(shape, dtype=torch.float64), torch.zeros(shape, dtype=torch.float64)
        for l in range(layers):
            y = torch.zeros((n, steps, directions * hidden) + tuple(x.shape[3:]), dtype=torch.float64)
            for d in range(directions):
                end = "_l%d" % l + "_reverse" * d
                conv = lambda v, w: slide(v[None], p["weight_" + w + end], p["bias_" + w + end], padding=kernel // 2)[0]
                for i in range(n):
                    row = l * directions + d
                    h = state[0][row, i] if state else torch.zeros(shape[2:], dtype=torch.float64)
                    c = state[1][row, i] if len(state) > 1 else torch.zeros(shape[2:], dtype=torch.float64)
                    times = range(lengths[i] if lengths else steps)
                    for t in reversed(times) if d else times:
                        h, c = cell(kind, conv(x[i, t], "ih"), conv(h, "hh"), h, c)
                        y[i, t, d * hidden : (d + 1) * hidden] = h
                    last_h[row, i], last_c[row, i] = h, c
            x = y
        return (x, last_h, last_c) if gates == 4 else (x, last_h)

    attrs = {"hidden": hidden, "kernel": kernel, "layers": layers, "bidirectional": bi}
    if lengths:
        attrs["lengths"] = lengths
    file.add(kind + "/" + name, f, inputs, attrs=attrs, params=params)


for kind in "ConvRNN", "ConvLSTM", "ConvGRU":
    conv(kind, "stacked_bidirectional_ragged_state", (3, 3, 2, 4), 2, 3, 2, True, [2, 3, 1], True)
    conv(kind, "kernel_5", (2, 3, 2, 3), 2, 5)
    conv(kind + "2D", "bidirectional_ragged_state", (3, 2, 2, 3, 2), 2, 3, 1, True, [2, 1, 2], True)
    conv(kind + "2D", "stacked", (2, 3, 1, 2, 3), 2, 3, 2)
for kind in "ConvRNN", "ConvLSTM", "ConvGRU":
    for layers, bi, ragged in itertools.product((1, 2), (False, True), (False, True)):
        name = "_".join(["layers_%d" % layers] + ["bidirectional"] * bi + ["ragged"] * ragged)
        lengths = [1, 2] if ragged else None
        conv(kind, name, (2, 2, 2, 3), 2, 3, layers, bi, lengths)
        conv(kind + "2D", name, (2, 2, 1, 2, 2), 2, 3, layers, bi, lengths)

g.write(os.path.join(here, "convolutional.json"))
g2.write(os.path.join(here, "convolutional2d.json"))
