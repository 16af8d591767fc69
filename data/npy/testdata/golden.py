"""Writes golden.npz, arrays of all types by numpy 1.24, and golden.json, their values.

    python3 data/npy/testdata/golden.py

The names of arrays say type, order of elements and version. A header of version
1.0 is what numpy.save writes.
"""

import io
import json
import os
import zipfile

import numpy as np

here = os.path.dirname(os.path.abspath(__file__))
random = np.random.RandomState(1)
arrays = {}  # name: (array, version)


def add(name, a, version=(1, 0)):
    arrays[name] = (a, version)


def matrix(kind, shape=(2, 3)):
    n = int(np.prod(shape))
    if kind == "b1":
        v = random.randint(0, 2, n)
    elif kind[0] == "f":
        v = np.array([0, -0.0, 1.5, np.inf, -np.inf, np.nan] + [-2.25, 6e-8, 1e4] * n)[:n]
    else:
        info = np.iinfo(kind)
        lo, hi = max(info.min, -2 ** 31), min(info.max, 2 ** 31 - 1)
        v = np.array([lo, hi, 0, 1, 2, 3] + list(range(4, n)), dtype=object)[:n]
    return v.astype(kind).reshape(shape)


for kind in ["b1", "u1", "i1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8"]:
    for order in "<>" if kind[1] != "1" else "|":
        add(kind + {"<": "-little", ">": "-big", "|": ""}[order], matrix(kind).astype(order + kind))
for kind in ["b1", "u1", "i4", "f4"]:
    add(kind + "-columns", np.asfortranarray(matrix(kind, (2, 3, 4))))
add("f4-v2", matrix("f4"), (2, 0))
add("f4-v3", matrix("f4"), (3, 0))
add("scalar", np.float32(2.5))
add("vector", np.array([1, 2], dtype="i8"))
add("empty", np.zeros((0, 3), dtype="f4"))
add("f4-axes", matrix("f4", (1, 2, 1, 3, 1)))
add("f8-large", np.array([1e300, -1e300, 1e-300, 1 + 2.0 ** -24, 1 + 3 * 2.0 ** -24], dtype="f8"))
add("unsupported-complex", np.array([1j]))
add("unsupported-text", np.array(["text"]))
add("unsupported-record", np.zeros(1, dtype=[("a", "f4"), ("b", "i4")]))
add("unsupported-object", np.array([{}], dtype=object))
add("unsupported-long-double", np.array([1], dtype="f16"))
add("too-large", np.array([2 ** 63], dtype="u8"))


def value(v):
    v = float(np.float32(v)) if v.dtype.kind == "f" else int(v)
    return str(v) if v != v or v in (np.inf, -np.inf) else v


expected = {}
with zipfile.ZipFile(os.path.join(here, "golden.npz"), "w", zipfile.ZIP_DEFLATED) as z:
    for name, (a, version) in arrays.items():
        a = np.asanyarray(a)
        b = io.BytesIO()
        np.lib.format.write_array(b, a, version=version)
        z.writestr(zipfile.ZipInfo(name + ".npy"), b.getvalue(), zipfile.ZIP_DEFLATED)
        if a.dtype.kind in "biuf" and a.dtype.itemsize <= 8 and name != "too-large":
            with np.errstate(over="ignore"):
                expected[name] = {"shape": list(a.shape), "kind": a.dtype.kind + str(a.dtype.itemsize),
                                  "values": [value(v) for v in a.reshape(-1)]}

with open(os.path.join(here, "golden.json"), "w") as f:
    lines = ",\n".join('"%s": %s' % (k, json.dumps(v)) for k, v in expected.items())
    f.write('{"made_with": "numpy %s", "arrays": {\n%s\n}}\n' % (np.__version__, lines))
