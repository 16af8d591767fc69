"""Writes depthwise.json: depthwise convolutions, by PyTorch 1.13 in float64.

    python3 conv/testdata/depthwise.py

Inputs are x, weight and, unless there is none, bias; attributes are those of
conv.Settings, where pad is top, bottom, left, right.
"""

import os
import sys

import torch.nn.functional as F

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "../../internal/nntest"))
from golden import Golden  # noqa: E402

g = Golden()


def conv(name, x, kernel, stride=1, pad=(0, 0, 0, 0), multiplier=1, bias=True):
    def f(x, w, b=None):
        t, bottom, l, r = pad
        return F.conv2d(F.pad(x, (l, r, t, bottom)), w, b, stride=stride, groups=x.shape[1])

    o = x[1] * multiplier
    attrs = {"stride": (stride, stride), "pad": pad, "dilation": (1, 1), "groups": x[1]}
    g.add("Conv2D/depthwise_" + name, f, [x, (o, 1) + kernel] + ([(o,)] if bias else []), attrs=attrs)


one, two = (1, 1, 1, 1), (2, 2, 2, 2)
conv("3x3_7", (2, 3, 7, 7), (3, 3), pad=one)
conv("3x3_8x5", (1, 2, 8, 5), (3, 3), pad=one, bias=False)
conv("3x3_18", (1, 2, 9, 18), (3, 3), pad=one)
conv("3x3_stride_14", (1, 2, 14, 14), (3, 3), stride=2, pad=one)
conv("3x3_stride_19", (1, 2, 8, 19), (3, 3), stride=2, pad=(0, 1, 0, 1))
conv("3x3_multiplier", (2, 2, 7, 7), (3, 3), pad=one, multiplier=3)
conv("5x5_7", (2, 2, 7, 7), (5, 5), pad=two)
conv("5x5_18", (1, 2, 6, 18), (5, 5), pad=two)
conv("5x5_stride_15", (1, 2, 9, 15), (5, 5), stride=2, pad=two)
conv("7x7_12", (1, 2, 8, 12), (7, 7), pad=(3, 3, 3, 3))
conv("2x4_stride", (1, 2, 5, 9), (2, 4), stride=2, pad=(0, 1, 1, 2))

g.write(os.path.join(here, "depthwise.json"))
