"""Writes attention.json: attention by the formulas of the papers, with PyTorch 1.13 in
float64.

    python3 tensor/grad/testdata/attention.py

Inputs are queries, keys and values, then the vector of additive attention, then the
mask. The attributes queries and keys list lengths; exclude, among the integers, is 1
where a query is kept from a key. Results for padding of queries are 0.
"""

import os
import sys

import torch

sys.dont_write_bytecode = True
here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "../../../internal/nntest"))
from golden import Golden  # noqa: E402

g = Golden()


def heads_of(x, heads):
    """[N, T, heads·D] as [N, heads, T, D]."""
    n, t, _ = x.shape
    return x.reshape(n, t, heads, -1).transpose(1, 2)


def dot_scores(q, k, scale):
    return q @ k.transpose(-1, -2) * (scale or q.shape[-1] ** -0.5)


def additive_scores(q, k, vector):
    return (torch.tanh(q.unsqueeze(3) + k.unsqueeze(2)) * vector.reshape(1, vector.shape[0], 1, 1, -1)).sum(-1)


def attend(scores, v, mask, causal, exclude, queries, keys):
    if mask is not None:
        scores = scores + mask
    tq, tk = scores.shape[-2:]
    out = torch.zeros(scores.shape, dtype=torch.bool)
    if causal:
        out = out | torch.ones(tq, tk).triu(1).bool()
    if exclude is not None:
        out = out | torch.tensor(exclude).bool()
    if keys:
        out = out | (torch.arange(tk) >= torch.tensor(keys).reshape(-1, 1, 1, 1))
    p = torch.softmax(scores.masked_fill(out, -torch.inf), -1)
    if queries:
        p = p * (torch.arange(tq) < torch.tensor(queries).reshape(-1, 1)).reshape(len(queries), 1, tq, 1)
    y = (p @ v).transpose(1, 2)
    return y.reshape(y.shape[0], y.shape[1], -1), p


def case(name, q=(2, 3, 4), k=(2, 5, 4), v=(2, 5, 6), heads=1, scale=0, mask=None, causal=False, exclude=None, queries=None, keys=None, weights=False):
    additive = name.startswith("AdditiveAttention")

    def f(*x):
        q, k, v = (heads_of(x, heads) for x in x[:3])
        scores = additive_scores(q, k, x[3].reshape(heads, -1)) if additive else dot_scores(q, k, scale)
        y, p = attend(scores, v, x[-1] if mask else None, causal, exclude, queries, keys)
        return (y, p) if weights else y

    attrs = {"heads": heads, "scale": scale, "causal": causal, "queries": queries, "keys": keys, "weights": weights, "mask": bool(mask)}
    inputs = [q, k, v] + ([(q[2],)] if additive else []) + ([mask] if mask else [])
    g.add(name, f, inputs, {k: v for k, v in attrs.items() if v}, ints={"exclude": exclude} if exclude else None)


for op in ["ScaledDotProduct", "AdditiveAttention"]:
    case(op + "/one head", k=(2, 4, 4), v=(2, 4, 2))
    case(op + "/weights", heads=2, weights=True)
    case(op + "/causal", heads=2, causal=True)
    case(op + "/causal, more queries", q=(1, 4, 2), k=(1, 2, 2), v=(1, 2, 2), causal=True, weights=True)
    case(op + "/lengths of keys", heads=2, keys=[2, 5])
    case(op + "/lengths", heads=2, queries=[3, 1], keys=[1, 4], weights=True)
    case(op + "/lengths, causal", k=(2, 3, 4), v=(2, 3, 2), queries=[2, 3], keys=[2, 3], causal=True)
    case(op + "/mask", mask=(3, 5), heads=2)
    case(op + "/mask of heads", mask=(2, 3, 5), heads=2, keys=[4, 3], weights=True)
    case(op + "/mask of sequences", mask=(2, 1, 1, 5), heads=2)
    case(op + "/excluded", exclude=[[0, 1, 0, 0, 1], [1, 1, 1, 1, 0], [0, 0, 0, 0, 0]], heads=2)
case("ScaledDotProduct/scale", scale=0.3, heads=2)
case("ScaledDotProduct/33 keys", q=(1, 2, 4), k=(1, 33, 4), v=(1, 33, 2), heads=2)


def clear_padding(lengths):
    def f(x):
        own = torch.arange(x.shape[1]) < torch.tensor(lengths).reshape(-1, 1)
        return x * own.reshape(own.shape + (1,) * (x.dim() - 2))

    return f


for x, lengths in [((3, 4, 2), [4, 1, 3]), ((2, 3), [1, 2]), ((2, 2, 3, 2), [2, 1])]:
    g.add("ClearPadding/%dd" % len(x), clear_padding(lengths), [x], {"lengths": lengths})

g.write(os.path.join(here, "attention.json"))
