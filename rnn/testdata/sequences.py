"""Writes sequences.json: sequences of different lengths, pooling over time, and a state
that is carried on without its gradient. By PyTorch 1.13 in float64.

    python3 rnn/testdata/sequences.py
"""

import os
import sys

import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

sys.dont_write_bytecode = True
here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "../../internal/nntest"))
from golden import Golden  # noqa: E402

g = Golden()
lengths = [2, 4, 1]


def pooled(f):
    return lambda x, *more: torch.stack([f(x[i, :l], *more) for i, l in enumerate(lengths)])


def ends(x):
    half = x.shape[1] // 2
    return torch.cat([x[-1, :half], x[0, half:]])


pools = {"last": lambda x: x[-1], "mean": lambda x: x.mean(0), "max": lambda x: x.max(0).values, "ends": ends}
for name, f in pools.items():
    g.add("Pool/%s_ragged" % name, pooled(f), [(3, 4, 6)], attrs={"pool": name, "lengths": lengths})
g.add("Pool/ends", lambda x: torch.stack([ends(s) for s in x]), [(3, 4, 6)], attrs={"pool": "ends"})


def attend(x, weight):
    return torch.softmax(x @ weight, 0) @ x


params = {"weight": (5,)}
g.add("AttentionPool/ragged", lambda x, weight: pooled(attend)(x, weight), [(3, 4, 5)], attrs={"lengths": lengths}, params=params)
g.add("AttentionPool/even", lambda x, weight: torch.stack([attend(s, weight) for s in x]), [(2, 3, 5)], params=params)

# Two chunks of a sequence; the second begins with the state of the first, detached.
m = torch.nn.LSTM(2, 3, 2, batch_first=True)


def truncated(x):
    first, state = m(x[:, :3])
    second, _ = m(x[:, 3:], tuple(s.detach() for s in state))
    return torch.cat([first, second], 1)


g.add("Carry/lstm", truncated, [(2, 5, 2)], attrs={"hidden": 3, "layers": 2}, params=m)


def packed(x):
    return pack_padded_sequence(x, torch.tensor(lengths), batch_first=True, enforce_sorted=False)


attrs = {"hidden": 3, "lengths": lengths}
first, second = torch.nn.GRU(2, 3, batch_first=True), torch.nn.GRU(2, 3, batch_first=True)
g.add("Ragged/last_state", lambda x: first(packed(x))[1][0], [(3, 4, 2)], attrs=attrs, params=first)
padded = lambda x: torch.tanh(pad_packed_sequence(second(packed(x))[0], batch_first=True)[0])
g.add("Padded/tanh", padded, [(3, 4, 2)], attrs=attrs, params=second)
g.write(os.path.join(here, "sequences.json"))
