"""Writes layers.json: normalisation, embedding, weight norm and activations as layers, by PyTorch 1.13 in float64.

    python3 nn/testdata/layers.py
"""

import os
import sys

import torch
import torch.nn.functional as F
from torch.nn.utils import weight_norm

here = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(here, "../../internal/nntest"))
from golden import Golden  # noqa: E402

g = Golden()


def named(name, attrs):
    return "/".join([name] + ["%s=%s" % kv for kv in attrs.items()])


def rms_norm(x, weight=None, axes=(-1,), eps=2.0**-23):
    """PyTorch 1.13 has no RMSNorm; this is the formula of the paper."""
    y = x / torch.sqrt(torch.mean(x * x, axes, keepdim=True) + eps)
    return y if weight is None else y * weight


for x, n in [((3, 5), (5,)), ((2, 3, 4), (4,)), ((2, 3, 4), (3, 4)), ((2, 2, 20), (20,))]:
    for attrs in ({}, {"eps": 0.01}) if len(x) == 2 else ({},):
        title = "%s-%s" % ("x".join(map(str, x)), "x".join(map(str, n)))
        g.add(named("LayerNorm/" + title, attrs), lambda x, weight, bias: F.layer_norm(x, n, weight, bias, **attrs),
              [x], attrs, params={"weight": n, "bias": n})
        g.add(named("RMSNorm/" + title, attrs), lambda x, weight: rms_norm(x, weight, tuple(range(-len(n), 0)), **attrs),
              [x], attrs, params={"weight": n})
g.add("LayerNorm/plain", lambda x: F.layer_norm(x, (3, 4)), [(2, 3, 4)], {"shape": [3, 4]})
g.add("RMSNorm/plain", lambda x: rms_norm(x, None), [(2, 3, 4)], {"shape": [4]})
g.add("LayerNorm/offset", lambda x: F.layer_norm(x, (4,)), [(g.values((2, 4)) + 10).tolist()], {"shape": [4]})

for x, groups in [((2, 4, 3, 2), 2), ((2, 4, 3, 2), 1), ((2, 4, 3, 2), 4), ((3, 6), 2), ((2, 4, 5), 2)]:
    c = (x[1],)
    for attrs in ({}, {"eps": 0.01}) if len(x) == 2 else ({},):
        attrs = {"groups": groups, **attrs}
        eps = attrs.get("eps", 1e-5)
        g.add(named("GroupNorm/%dd" % len(x), attrs), lambda x, weight, bias: F.group_norm(x, groups, weight, bias, eps),
              [x], attrs, params={"weight": c, "bias": c})
g.add("GroupNorm/plain", lambda x: F.group_norm(x, 2), [(2, 4, 3)], {"groups": 2, "channels": 4})


def instance_norm(train, momentum=0.1, eps=1e-5):
    """Returns a function to y and the running statistics after the step."""

    def f(x, running_mean, running_var, weight=None, bias=None):
        mean, var = running_mean.detach().clone(), running_var.detach().clone()
        y = F.instance_norm(x, mean, var, weight, bias, train, momentum, eps)
        return y, mean, var

    return f


for x in [(2, 3, 4), (2, 2, 3, 2)]:
    c = (x[1],)
    title = "InstanceNorm/%dd" % len(x)
    g.add(title, lambda x: F.instance_norm(x), [x], {"features": x[1]}, train=True)
    g.add(title + "/affine", lambda x, weight, bias: F.instance_norm(x, None, None, weight, bias, True, 0.1, 0.01),
          [x], {"features": x[1], "eps": 0.01}, params={"weight": c, "bias": c})
    for train in (True, False):
        for attrs in ({}, {"eps": 0.01, "momentum": 0.3}):
            params = {"running_mean": c, "running_var": g.values(c, 0.5, 2), "weight": c, "bias": c}
            g.add(named(title + ("/train" if train else "/eval"), attrs), instance_norm(train, **attrs), [x],
                  {"features": x[1], "track": True, **attrs}, train=train, params=params)
    params = {"running_mean": c, "running_var": g.values(c, 0.5, 2)}
    g.add(title + "/no affine", instance_norm(True), [x], {"features": x[1], "track": True}, train=True, params=params)

ids = [[0, 2, 2], [1, 4, 2]]
for name, padding in {"plain": None, "padding": 2}.items():
    g.add("Embedding/" + name, lambda x, weight: F.embedding(torch.tensor(ids), weight, padding), [ids],
          {} if padding is None else {"padding": padding}, params={"weight": (5, 3)}, grads=[False])

for bias in (True, False):
    suffix = "" if bias else "/no bias"
    m = weight_norm(torch.nn.Linear(4, 3, bias=bias))
    g.add("WeightNorm/Linear" + suffix, m, [(2, 4)], params=m)
    m = weight_norm(torch.nn.Conv2d(4, 6, 3, padding=1, stride=2, groups=2, bias=bias))
    g.add("WeightNorm/Conv2D" + suffix, m, [(2, 4, 5, 4)], {"stride": 2, "pad": 1, "groups": 2}, params=m)

m = torch.nn.PReLU(3)
g.add("PReLU", m, [(2, 3, 4)], params=m)
m = torch.nn.PReLU()
g.add("PReLU/one", m, [(2, 3, 4)], params=m)

# The defaults of the modules.
x = [-30, -6, -4, -3, -1.5, -1, -0.5, -0.25, -0.001, 0, 0.001, 0.25, 0.5, 1, 1.5, 3, 5, 6, 20, 25]
for name in ["ELU", "SELU", "CELU", "LeakyReLU", "RReLU", "Hardtanh", "ReLU6", "Hardsigmoid", "Hardswish", "Hardshrink",
             "Softshrink", "Tanhshrink", "SiLU", "Mish", "Softplus", "LogSigmoid", "Softsign"]:
    m = getattr(torch.nn, name)().eval()
    g.add("Default/" + name, m, [x], {"layer": name})
g.add("Default/GELUTanh", torch.nn.GELU("tanh"), [x], {"layer": "GELUTanh"})
g.add("Default/Threshold", torch.nn.Threshold(0.1, 20), [x], {"layer": "Threshold"})
for name, m in {
    "Softmax": torch.nn.Softmax(1), "LogSoftmax": torch.nn.LogSoftmax(1), "Softmin": torch.nn.Softmin(1), "GLU": torch.nn.GLU(1),
}.items():
    g.add("Along/" + name, m, [(2, 4, 3)], {"function": name, "axis": 1})
for name, m in {"LogSoftmax": torch.nn.LogSoftmax(-1), "Softmin": torch.nn.Softmin(-1), "GLU": torch.nn.GLU()}.items():
    g.add("Default/" + name, m, [(2, 3, 4)], {"layer": name})

g.write(os.path.join(here, "layers.json"))
