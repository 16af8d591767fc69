"""Writes attention.json: layers of attention and of the Transformer, and
transformer.json: 20 steps of training a classifier of sequences. By PyTorch 1.13 in
float64.

    python3 nn/testdata/attention.py

The attributes queries and keys list lengths, mask says which mask there is. Results for
padding of queries are 0, which PyTorch leaves open.
"""

import json
import os
import sys

import torch
from torch.nn import MultiheadAttention, TransformerEncoder, TransformerEncoderLayer

here = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(here, "../../internal/nntest"))
from golden import Golden  # noqa: E402

g = Golden()
masks = {
    "": lambda tq, tk: None,
    "causal": lambda tq, tk: torch.ones(tq, tk).triu(1).bool(),
    "bool": lambda tq, tk: torch.tensor([[(i + 2 * j) % 3 == 1 and i != j for j in range(tk)] for i in range(tq)]),
    "float": lambda tq, tk: torch.tensor([[(i - 2 * j) / 4 for j in range(tk)] for i in range(tq)], dtype=torch.float64),
}


def padding(lengths, steps):
    return torch.arange(steps) >= torch.tensor(lengths).reshape(-1, 1) if lengths else None


def clear(y, lengths, axis=1):
    """Sets what padding of queries gets to 0."""
    if not lengths:
        return y
    p = padding(lengths, y.shape[axis])
    return y.masked_fill(p.reshape([p.shape[0]] + [p.shape[1] if i == axis else 1 for i in range(1, y.dim())]), 0)


def set_attrs(**attrs):
    return {k: v for k, v in attrs.items() if v}


def multihead(name, inputs, heads=2, mask="", queries=None, keys=None, **settings):
    """inputs are shapes of one, two or three sequences."""
    q, k, v = [inputs[0]] * 3 if len(inputs) == 1 else inputs if len(inputs) == 3 else [inputs[0], inputs[1], inputs[1]]
    m = MultiheadAttention(q[2], heads, batch_first=True, kdim=k[2], vdim=v[2], **settings)
    keys = keys or (queries if len(inputs) == 1 else None)

    def f(*x):
        q, k, v = [x[0]] * 3 if len(x) == 1 else x if len(x) == 3 else [x[0], x[1], x[1]]
        y, w = m(q, k, v, key_padding_mask=padding(keys, k.shape[1]), attn_mask=masks[mask](q.shape[1], k.shape[1]), average_attn_weights=False)
        return clear(y, queries), clear(w, queries, 2)

    attrs = set_attrs(heads=heads, dim=q[2], key_dim=k[2], value_dim=v[2], mask=mask, queries=queries, keys=keys, bias=settings.get("bias", True))
    g.add("MultiheadAttention/" + name, f, inputs, attrs, params=m)


for bias in (True, False):
    end = "" if bias else ", no bias"
    multihead("self" + end, [(2, 3, 4)], bias=bias)
    multihead("cross" + end, [(2, 3, 4), (2, 5, 4), (2, 5, 4)], bias=bias)
    multihead("causal" + end, [(2, 4, 4)], mask="causal", bias=bias)
    multihead("lengths" + end, [(2, 4, 4)], queries=[3, 4], bias=bias)
multihead("four heads", [(2, 3, 4)], heads=4)
multihead("memory", [(2, 3, 4), (2, 5, 4)])
multihead("memory with lengths", [(2, 3, 4), (2, 5, 4)], queries=[1, 3], keys=[5, 2])
multihead("other sizes", [(2, 3, 4), (2, 5, 3), (2, 5, 6)])
multihead("other sizes, no bias", [(2, 3, 4), (2, 5, 3), (2, 5, 6)], keys=[4, 1], bias=False)
multihead("boolean mask", [(2, 4, 4)], mask="bool")
multihead("additive mask", [(2, 4, 4)], mask="float", queries=[4, 2])


def encoder_layer(dim, feedforward, activation, norm_first):
    return TransformerEncoderLayer(dim, 2, feedforward, dropout=0, activation=activation, batch_first=True, norm_first=norm_first)


def encoder(name, make, x, activation, norm_first, mask="", queries=None):
    m = make(encoder_layer(x[2], 5, activation, norm_first))
    one = isinstance(m, TransformerEncoderLayer)

    def f(x):
        masked = {"src_mask" if one else "mask": masks[mask](x.shape[1], x.shape[1])}
        return clear(m(x, src_key_padding_mask=padding(queries, x.shape[1]), **masked), queries)

    attrs = set_attrs(dim=x[2], heads=2, feedforward=5, activation=activation, norm_first=norm_first, mask=mask, queries=queries, norm=not one and m.norm is not None)
    g.add(name, f, [x], attrs, params=m)


for activation in ("relu", "gelu"):
    for norm_first in (False, True):
        name = "TransformerEncoderLayer/%s, %s" % (activation, "norm first" if norm_first else "norm last")
        encoder(name, lambda l: l, (2, 3, 4), activation, norm_first, queries=[3, 2] if activation == "gelu" else None)
encoder("TransformerEncoderLayer/causal", lambda l: l, (2, 4, 4), "gelu", True, mask="causal", queries=[2, 4])
encoder("TransformerEncoder/norm last", lambda l: TransformerEncoder(l, 2), (2, 3, 4), "relu", False, queries=[3, 2])
encoder("TransformerEncoder/norm first", lambda l: TransformerEncoder(l, 2, torch.nn.LayerNorm(4)), (2, 3, 4), "gelu", True)


def dot(q, k, v, heads):
    q, k, v = (x.reshape(x.shape[0], x.shape[1], heads, -1).transpose(1, 2) for x in (q, k, v))
    p = torch.softmax(q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5, -1)
    return (p @ v).transpose(1, 2).flatten(2), p


def additive(q, k, v, query_weight, key_weight, vector):
    s = torch.tanh((q @ query_weight.T).unsqueeze(2) + (k @ key_weight.T).unsqueeze(1)) @ vector
    p = torch.softmax(s, -1)
    return p @ v, p.unsqueeze(1)


g.add("AdditiveAttention/other sizes", additive, [(2, 3, 4), (2, 5, 3), (2, 5, 2)], params={"query_weight": (6, 4), "key_weight": (6, 3), "vector": (6,)})
g.add("DotProductAttention/two heads", lambda q, k, v: dot(q, k, v, 2), [(2, 3, 4), (2, 5, 4), (2, 5, 6)], {"heads": 2})


def sinusoids(x):
    """The formula of the paper."""
    _, steps, size = x.shape
    i = torch.arange(size)
    angle = torch.arange(steps).double().unsqueeze(1) / 10000 ** ((i - i % 2) / size)
    return x + torch.where(i % 2 == 0, torch.sin(angle), torch.cos(angle))


for x in [(2, 3, 6), (1, 20, 4), (2, 2, 5)]:
    g.add("SinusoidalPositions/%d features" % x[2], sinusoids, [x])
g.add("LearnedPositions/part", lambda x, weight: x + weight[:3], [(2, 3, 4)], {"steps": 5}, params={"weight": (5, 4)})
g.write(os.path.join(here, "attention.json"))


class Classifier(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = torch.nn.Embedding(7, 8)
        layer = TransformerEncoderLayer(8, 2, 12, dropout=0, activation="gelu", batch_first=True, norm_first=True)
        self.encoder = TransformerEncoder(layer, 2, torch.nn.LayerNorm(8))
        self.head = torch.nn.Linear(8, 3)

    def forward(self, tokens, lengths):
        p = padding(lengths, tokens.shape[1])
        y = clear(self.encoder(sinusoids(self.embed(tokens)), src_key_padding_mask=p), lengths)
        return self.head(y.sum(1) / torch.tensor(lengths).double().unsqueeze(1))


def training():
    """Trains a classifier, whose parameters start as float32 holds them."""
    m = Classifier().double()
    with torch.no_grad():
        for name, p in m.named_parameters():
            p.copy_(g.values(tuple(p.shape), -0.4, 0.4) + ("norm" in name and "weight" in name))
    start = {k: g.encode(p) for k, p in m.named_parameters()}
    tokens = torch.tensor(g.random.randint(0, 7, (6, 5)))
    lengths, classes = [5, 2, 4, 1, 3, 5], [0, 1, 2, 0, 1, 2]
    opt, losses = torch.optim.Adam(m.parameters(), lr=0.01), []
    for _ in range(20):
        opt.zero_grad()
        loss = torch.nn.functional.cross_entropy(m(tokens, lengths), torch.tensor(classes))
        loss.backward()
        opt.step()
        losses.append(float("%.9g" % loss.item()))
    return {"params": start, "tokens": g.integers(tokens), "lengths": lengths, "classes": classes, "losses": losses}


with open(os.path.join(here, "transformer.json"), "w") as f:
    json.dump({"made_with": "torch " + torch.__version__.split("+")[0], **training()}, f, separators=(",", ":"))
    f.write("\n")
