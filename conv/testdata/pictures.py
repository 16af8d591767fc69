"""Writes pictures.json: adaptive, global and power pooling, resizing and pixel
shuffling, by PyTorch 1.13 in float64.

    python3 conv/testdata/pictures.py
"""

import os
import sys

import torch.nn.functional as F

here = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(here, "../../internal/nntest"))
from golden import Golden  # noqa: E402

g = Golden()

for size in (4, 6), (5, 7), (3, 2):
    for out in (1, 1), (2, 2), (3, 4), (5, 3), (1, 7):
        name = "%dx%d_to_%dx%d" % (size + out)
        g.add("AdaptiveMaxPool2D/" + name, lambda x: F.adaptive_max_pool2d(x, out), [(1, 1) + size], attrs={"out": out})
        g.add("AdaptiveAvgPool2D/" + name, lambda x: F.adaptive_avg_pool2d(x, out), [(1, 1) + size], attrs={"out": out})
ties = g.random.randint(0, 3, (2, 2, 5, 6))
g.add("AdaptiveMaxPool2D/ties", lambda x: F.adaptive_max_pool2d(x, (2, 4)), [ties], attrs={"out": (2, 4)})
g.add("AdaptiveMaxPool2D/batch_0", lambda x: F.adaptive_max_pool2d(x, (2, 2)), [(0, 2, 3, 3)], attrs={"out": (2, 2)})

for x in (2, 3, 5), (2, 3, 4, 5), (1, 2, 2, 3, 2), (0, 2, 3, 3):
    name = "x".join(map(str, x))
    g.add("GlobalAvgPool/" + name, lambda x: x.flatten(2).mean(2), [x])
    if 0 not in x:  # the maximum of nothing
        g.add("GlobalMaxPool/" + name, lambda x: F.adaptive_max_pool1d(x.flatten(2), 1).squeeze(2), [x])
g.add("GlobalMaxPool/ties", lambda x: F.adaptive_max_pool1d(x.flatten(2), 1).squeeze(2), [ties])


def power(name, x, p, kernel, stride=None):
    stride = stride or kernel
    g.add("LPPool2D/" + name, lambda x: F.lp_pool2d(x, p, kernel, stride), [x], attrs={"p": p, "kernel": kernel, "stride": stride})


power("1", (2, 2, 4, 5), 1, (2, 2))
power("2", (2, 2, 5, 6), 2, (2, 2))
power("2_overlap", (1, 2, 5, 7), 2, (3, 2), stride=(2, 1))
power("3", g.values((1, 2, 5, 5), 0.1, 1), 3, (2, 3))
power("4", (1, 2, 4, 5), 4, (2, 2), stride=(1, 2))
power("1.5", g.values((1, 2, 4, 5), 0.1, 1), 1.5, (3, 3), stride=(1, 2))
power("0.5", g.values((1, 2, 4, 4), 0.1, 1), 0.5, (2, 2))
power("batch_0", (0, 2, 4, 4), 2, (2, 2))


def resize(name, x, scale=None, size=None, bilinear=False, corners=False):
    def f(x):
        if bilinear:
            return F.interpolate(x, size, scale, "bilinear", corners)
        return F.interpolate(x, size, scale, "nearest")

    attrs = {"bilinear": bilinear, "corners": corners}
    if size:
        attrs["size"] = size
    else:
        attrs["scale_rows"], attrs["scale_columns"] = scale
    g.add("Resize/" + name, f, [x], attrs=attrs)


for kind, how in ("nearest", {}), ("bilinear", {"bilinear": True}), ("corners", {"bilinear": True, "corners": True}):
    resize(kind + "/by_2", (2, 2, 3, 4), scale=(2, 2), **how)
    resize(kind + "/by_3_2", (1, 2, 2, 3), scale=(3, 2), **how)
    resize(kind + "/by_1.5", (1, 2, 5, 3), scale=(1.5, 1.5), **how)
    # Not 2.3 columns: where a size doubles after rounding, PyTorch's gradient of
    # nearest pixels is that of a scale of 2, unlike its result.
    resize(kind + "/by_1.7_2.7", (1, 2, 4, 3), scale=(1.7, 2.7), **how)
    resize(kind + "/by_half", (1, 2, 6, 5), scale=(0.5, 0.5), **how)
    resize(kind + "/by_0.7", (1, 2, 5, 7), scale=(0.7, 0.7), **how)
    resize(kind + "/to_7x5", (1, 2, 3, 4), size=(7, 5), **how)
    resize(kind + "/to_3x2", (1, 2, 7, 5), size=(3, 2), **how)
    resize(kind + "/to_same", (1, 1, 3, 4), size=(3, 4), **how)
    resize(kind + "/to_1x6", (1, 2, 4, 4), size=(1, 6), **how)
    resize(kind + "/one_pixel", (1, 2, 1, 1), size=(3, 2), **how)
    resize(kind + "/batch_0", (0, 2, 3, 3), scale=(2, 2), **how)

for r, x in (1, (1, 2, 2, 3)), (2, (2, 8, 2, 3)), (3, (1, 9, 2, 1)):
    g.add("PixelShuffle/%d" % r, lambda x: F.pixel_shuffle(x, r), [x], attrs={"factor": r})
for r, x in (1, (1, 2, 2, 3)), (2, (2, 2, 4, 6)), (3, (1, 1, 3, 6)):
    g.add("PixelUnshuffle/%d" % r, lambda x: F.pixel_unshuffle(x, r), [x], attrs={"factor": r})

g.write(os.path.join(here, "pictures.json"))
