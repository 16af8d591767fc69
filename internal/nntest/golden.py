"""The shared part of the scripts that write golden files with PyTorch.

A script in a testdata folder makes a Golden, adds cases and writes them:

    sys.dont_write_bytecode = True
    sys.path.insert(0, ".../internal/nntest")
    from golden import Golden

    g = Golden()
    g.add("Linear/bias", lambda x, w, b: F.linear(x, w, b), inputs=[(3, 5), (4, 5), (4,)])
    g.write("golden.json")

Everything is computed in float64, from inputs that float32 holds exactly enough:
they have three decimals. The file is JSON; golden.go has its format.
"""

import json

import numpy as np
import torch


class Golden:
    def __init__(self, seed=1):
        self.random = np.random.RandomState(seed)
        self.cases = []

    def values(self, shape, lo=-1.0, hi=1.0):
        """Random numbers of three decimals, as float32 holds them."""
        v = np.round(self.random.uniform(lo, hi, shape), 3)
        return torch.tensor(np.asarray(v, np.float32).astype(np.float64))

    def tensor(self, x):
        """A shape becomes random values; an array or a tensor stays."""
        if isinstance(x, tuple):
            return self.values(x)
        if not isinstance(x, torch.Tensor):
            x = torch.tensor(np.asarray(x, np.float32).astype(np.float64))
        return x.detach().clone()

    def add(self, name, f, inputs, attrs=None, ints=None, params=None, train=False, grads=True, op=None):
        """Adds the case f(*inputs) -> result or tuple of results.

        The part of the name before the first slash names the operation, unless
        op does. attrs (numbers, strings, lists) and ints (arrays of integers) are
        for the Go side. params maps names to parameters that f reads from its
        keyword arguments, or is a torch module, whose own are taken. grads is
        false if no gradients are wanted, or lists for each input whether one is.
        """
        xs = [self.tensor(x) for x in inputs]
        if not isinstance(grads, (list, tuple)):
            grads = [grads] * len(xs)
        for x, g in zip(xs, grads):
            x.requires_grad_(bool(g))
        if isinstance(params, torch.nn.Module):
            params.double()
            named = dict(params.named_parameters())
            with torch.no_grad():
                for p in named.values():
                    p.copy_(self.values(tuple(p.shape), -0.5, 0.5))
            kwargs = {}
        else:
            named = {k: self.tensor(v).requires_grad_() for k, v in (params or {}).items()}
            kwargs = named
        ys = f(*xs, **kwargs)
        if isinstance(ys, torch.Tensor):
            ys = (ys,)
        weights = [self.values(tuple(y.shape)) for y in ys]
        case = {"name": name, "op": op or name.split("/")[0]}
        if attrs:
            case["attrs"] = attrs
        if train:
            case["train"] = True
        if ints:
            case["ints"] = {k: self.integers(v) for k, v in ints.items()}
        case["inputs"] = [self.encode(x) for x in xs]
        if named:
            case["params"] = {k: self.encode(p) for k, p in named.items()}
        case["outputs"] = [self.encode(y) for y in ys]
        if any(grads) or named and grads:
            case["weights"] = [self.encode(w) for w in weights]
            sum((y * w).sum() for y, w in zip(ys, weights)).backward()
            case["input_grads"] = [self.encode(x.grad) if x.requires_grad else None for x in xs]
            case["param_grads"] = {k: self.encode(p.grad) for k, p in named.items() if p.grad is not None}
        self.cases.append(case)

    @staticmethod
    def integers(x):
        a = np.asarray(x, np.int64)
        return {"shape": list(a.shape), "data": a.reshape(-1).tolist()}

    @staticmethod
    def encode(x):
        a = x.detach().numpy()
        return {"shape": list(a.shape), "data": [float("%.9g" % v) for v in a.reshape(-1)]}

    def write(self, path):
        doc = {"made_with": "torch " + torch.__version__.split("+")[0], "cases": self.cases}
        with open(path, "w") as f:
            f.write("{\n\"made_with\": %s,\n\"cases\": [\n" % json.dumps(doc["made_with"]))
            f.write(",\n".join(json.dumps(c, separators=(",", ":")) for c in self.cases))
            f.write("\n]\n}\n")
