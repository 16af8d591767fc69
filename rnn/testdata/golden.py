"""Writes golden.json: recurrent layers and pooling, by PyTorch 1.13 in float64.

    python3 rnn/testdata/golden.py

RNN is torch.nn.RNN. PyTorch has no convolutional recurrent layer; ConvRNN is
written out with conv1d. Recurrent layers take the inputs x and, if the attribute
state says so, the initial state; their results are the states of the last layer
at all steps and the states of all layers after the last step.
"""

import os
import sys

import torch
import torch.nn.functional as F

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "../../internal/nntest"))
from golden import Golden  # noqa: E402

g = Golden()


def rnn(name, x, hidden, layers=1, activation="tanh", bias=True, state=False):
    m = torch.nn.RNN(x[2], hidden, layers, nonlinearity=activation, bias=bias, batch_first=True)
    inputs = [x] + ([(layers, x[0], hidden)] if state else [])
    attrs = {"hidden": hidden, "layers": layers, "activation": activation, "nobias": int(not bias)}
    g.add("RNN/" + name, lambda *xs: m(*xs), inputs, attrs=attrs, params=m)


for a in "tanh", "relu":
    for layers in 1, 2, 3:
        rnn("%s_%d" % (a, layers), (2, 4, 3), 5, layers, a)
        rnn("%s_%d_state" % (a, layers), (3, 3, 4), 3, layers, a, state=True)
        rnn("%s_%d_nobias" % (a, layers), (2, 3, 2), 4, layers, a, bias=False, state=layers == 2)
rnn("one_step", (3, 1, 4), 5)
rnn("one_step_state", (3, 1, 4), 5, state=True)
rnn("one_unit", (2, 6, 1), 1, state=True)
rnn("batch_1", (1, 7, 3), 4, activation="relu", state=True)
rnn("long", (1, 33, 2), 3, state=True)
# More sequences than a block has, and units past a tile.
rnn("batch_17", (17, 2, 3), 2, activation="relu", state=True)
rnn("hidden_17", (2, 3, 3), 17, layers=2)


def conv_rnn(name, x, hidden, kernel, layers=1, activation="relu", bias=True):
    params = {}
    for i in range(layers):
        c = x[2] if i == 0 else hidden
        params["weight_ih_l%d" % i] = g.values((hidden, c, kernel), -0.5, 0.5)
        params["weight_hh_l%d" % i] = g.values((hidden, hidden, kernel), -0.5, 0.5)
        if bias:
            params["bias_ih_l%d" % i] = g.values((hidden,), -0.5, 0.5)
            params["bias_hh_l%d" % i] = g.values((hidden,), -0.5, 0.5)
    sigma = {"tanh": torch.tanh, "relu": torch.relu}[activation]

    def f(x, **p):
        for i in range(layers):
            get = lambda name: p.get("%s_l%d" % (name, i))
            h = torch.zeros(x.shape[0], hidden, x.shape[3], dtype=torch.float64)
            steps = []
            for t in range(x.shape[1]):
                h = sigma(
                    F.conv1d(x[:, t], get("weight_ih"), get("bias_ih"), padding=kernel // 2)
                    + F.conv1d(h, get("weight_hh"), get("bias_hh"), padding=kernel // 2)
                )
                steps.append(h)
            x = torch.stack(steps, 1)
        return x

    attrs = {"hidden": hidden, "kernel": kernel, "layers": layers, "activation": activation, "nobias": int(not bias)}
    g.add("ConvRNN/" + name, f, [x], attrs=attrs, params=params)


conv_rnn("relu", (2, 4, 3, 5), 4, 3)
conv_rnn("tanh", (2, 4, 3, 5), 4, 3, activation="tanh")
conv_rnn("kernel_1", (2, 3, 2, 4), 3, 1, activation="tanh")
conv_rnn("kernel_5", (2, 3, 2, 7), 3, 5)
conv_rnn("kernel_wider_than_row", (2, 3, 2, 2), 3, 7, activation="tanh")
conv_rnn("nobias", (2, 3, 2, 6), 3, 3, bias=False, activation="tanh")
conv_rnn("layers_2", (2, 3, 3, 5), 2, 3, layers=2)
conv_rnn("layers_3_tanh", (1, 3, 2, 4), 3, 3, layers=3, activation="tanh")
conv_rnn("one_step", (3, 1, 2, 4), 3, 3)
conv_rnn("width_1", (2, 3, 2, 1), 3, 3)
conv_rnn("width_17", (1, 2, 2, 17), 2, 3)
conv_rnn("width_33", (1, 2, 1, 33), 2, 3, activation="tanh")
conv_rnn("batch_17", (17, 2, 1, 3), 2, 3)

pools = {"last": lambda x: x[:, -1], "mean": lambda x: x.mean(1), "max": lambda x: x.max(1).values}
for name, f in pools.items():
    for shape in (3, 4, 5), (2, 1, 3), (2, 3, 4, 5), (4, 6):
        g.add("Pool/%s_%s" % (name, "x".join(map(str, shape))), f, [shape], attrs={"pool": name})
g.add("Rows", lambda x: x.permute(0, 2, 1, 3), [(2, 3, 4, 5)])

g.write(os.path.join(here, "golden.json"))
