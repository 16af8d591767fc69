"""Writes golden.json: convolutions and pooling, by PyTorch 1.13 in float64.

    python3 conv/testdata/golden.py

Convolutions take the inputs x, weight and, unless there is none, bias. The
attributes are those of conv.Settings, and the kernel for pooling; pad is top,
bottom, left, right. Same padding is PyTorch's own for stride 1 and TensorFlow's
rule, written out below, for other strides.
"""

import os
import sys

import torch.nn.functional as F

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "../../internal/nntest"))
from golden import Golden  # noqa: E402

g = Golden()


def same(size, kernel, stride, dilation):
    """The padding before and after an axis: the output has ceil(size/stride)."""
    out = -(-size // stride)
    total = max((out - 1) * stride + dilation * (kernel - 1) + 1 - size, 0)
    return total // 2, total - total // 2


def same2(x, kernel, stride, dilation):
    (t, b), (l, r) = (same(x.shape[2 + i], kernel[i], stride[i], dilation[i]) for i in range(2))
    return l, r, t, b


def conv(name, x, w, stride=(1, 1), pad=(0, 0, 0, 0), dilation=(1, 1), groups=1, is_same=False, bias=True):
    def f(x, w, b=None):
        if is_same and stride == (1, 1):
            return F.conv2d(x, w, b, padding="same", dilation=dilation, groups=groups)
        t, bottom, l, r = pad
        margins = same2(x, w.shape[2:], stride, dilation) if is_same else (l, r, t, bottom)
        return F.conv2d(F.pad(x, margins), w, b, stride=stride, dilation=dilation, groups=groups)

    attrs = {"stride": stride, "pad": pad, "dilation": dilation, "groups": groups}
    if is_same:
        attrs["same"] = 1
    g.add("Conv2D/" + name, f, [x, w] + ([(w[0],)] if bias else []), attrs=attrs)


conv("1x1", (2, 3, 4, 5), (4, 3, 1, 1))
conv("1x1_stride", (2, 3, 5, 6), (4, 3, 1, 1), stride=(2, 3))
conv("1x1_pad", (1, 2, 3, 3), (2, 2, 1, 1), pad=(1, 2, 0, 1))
conv("3x3", (2, 3, 6, 7), (5, 3, 3, 3))
conv("3x3_nobias", (2, 3, 6, 7), (5, 3, 3, 3), bias=False)
conv("3x3_same", (3, 3, 5, 6), (4, 3, 3, 3), is_same=True)
conv("3x3_same_stride", (2, 2, 7, 8), (3, 2, 3, 3), is_same=True, stride=(2, 2))
conv("3x3_same_dilation", (1, 2, 6, 7), (3, 2, 3, 3), is_same=True, dilation=(2, 3))
conv("3x3_pad_stride", (2, 3, 8, 8), (4, 3, 3, 3), pad=(1, 1, 1, 1), stride=(2, 2))
conv("3x3_pad_more_than_kernel", (1, 2, 3, 4), (3, 2, 3, 3), pad=(3, 4, 2, 5))
conv("3x3_asymmetric", (2, 2, 5, 5), (3, 2, 3, 3), pad=(0, 2, 1, 0))
conv("3x3_asymmetric_stride", (2, 2, 6, 5), (3, 2, 3, 3), pad=(2, 0, 0, 1), stride=(2, 1))
conv("3x3_stride_3", (1, 2, 9, 11), (3, 2, 3, 3), stride=(3, 3))
conv("3x3_stride_skips", (1, 2, 9, 9), (2, 2, 2, 2), stride=(4, 3))
conv("3x3_dilation", (2, 2, 8, 9), (3, 2, 3, 3), dilation=(2, 2))
conv("3x3_dilation_stride_pad", (2, 2, 8, 9), (3, 2, 3, 3), dilation=(2, 1), stride=(1, 2), pad=(2, 1, 1, 1))
conv("5x5", (1, 2, 7, 9), (3, 2, 5, 5))
conv("5x5_same", (2, 3, 6, 6), (4, 3, 5, 5), is_same=True)
conv("5x5_same_stride", (1, 2, 7, 6), (2, 2, 5, 5), is_same=True, stride=(3, 2))
conv("2x2_same", (2, 2, 5, 6), (3, 2, 2, 2), is_same=True)
conv("4x2_same", (1, 2, 5, 6), (3, 2, 4, 2), is_same=True)
conv("4x4_same_stride", (1, 2, 7, 9), (2, 2, 4, 4), is_same=True, stride=(2, 2))
conv("1x5", (2, 2, 3, 9), (3, 2, 1, 5), pad=(0, 0, 2, 2))
conv("5x1_stride", (2, 2, 9, 3), (3, 2, 5, 1), stride=(2, 1), pad=(2, 2, 0, 0))
conv("3x2", (1, 3, 5, 5), (2, 3, 3, 2))
conv("groups_2", (2, 4, 5, 5), (6, 2, 3, 3), groups=2, pad=(1, 1, 1, 1))
conv("groups_3_stride", (2, 6, 6, 5), (3, 2, 3, 3), groups=3, stride=(2, 2), pad=(1, 1, 1, 1))
conv("depthwise", (2, 4, 5, 6), (4, 1, 3, 3), groups=4, is_same=True)
conv("depthwise_multiplier", (1, 3, 5, 6), (6, 1, 3, 3), groups=3, bias=False)
conv("whole_picture", (3, 2, 4, 5), (6, 2, 4, 5))
conv("one_pixel", (2, 3, 1, 1), (4, 3, 3, 3), is_same=True)
conv("batch_0", (0, 2, 4, 4), (3, 2, 3, 3), pad=(1, 1, 1, 1))
conv("batch_0_stride", (0, 2, 5, 5), (3, 2, 3, 3), stride=(2, 2))
# Widths round the tiles of the kernels, and more channels than a tile has rows.
for w in (1, 7, 8, 9, 15, 16, 17, 31, 32, 33):
    conv("width_%d" % w, (1, 2, 2, w), (3, 2, 1, 3), pad=(0, 0, 1, 1))
conv("channels_17", (1, 3, 4, 5), (17, 3, 3, 3), is_same=True)
conv("channels_in_20", (1, 20, 3, 4), (2, 20, 3, 3), is_same=True)


def pool(op, name, x, kernel, stride=None, pad=(0, 0), dilation=(1, 1), is_same=False):
    stride = stride or kernel

    def f(x):
        p = pad
        if is_same:
            value = float("-inf") if op == "MaxPool2D" else 0.0
            x, p = F.pad(x, same2(x, kernel, stride, dilation), value=value), (0, 0)
        if op == "MaxPool2D":
            return F.max_pool2d(x, kernel, stride, p, dilation)
        return F.avg_pool2d(x, kernel, stride, p)

    attrs = {"kernel": kernel, "stride": stride, "pad": (pad[0], pad[0], pad[1], pad[1]), "dilation": dilation}
    if is_same:
        attrs["same"] = 1
    g.add(op + "/" + name, f, [x], attrs=attrs)


ties = g.random.randint(0, 3, (2, 2, 5, 6))
for op in "MaxPool2D", "AvgPool2D":
    pool(op, "2x2", (2, 3, 4, 6), (2, 2))
    pool(op, "2x2_odd", (2, 2, 5, 7), (2, 2))
    pool(op, "2x2_stride_1", (2, 2, 4, 5), (2, 2), stride=(1, 1))
    pool(op, "3x3_overlap", (2, 2, 7, 8), (3, 3), stride=(2, 2))
    pool(op, "3x3_pad", (2, 2, 6, 7), (3, 3), stride=(2, 2), pad=(1, 1))
    pool(op, "3x2_gaps", (1, 2, 9, 9), (3, 2), stride=(4, 3), pad=(1, 1))
    pool(op, "1x4", (1, 2, 2, 9), (1, 4), stride=(1, 2), pad=(0, 2))
    pool(op, "3x3_same", (2, 2, 5, 6), (3, 3), stride=(1, 1), is_same=True)
    pool(op, "3x3_same_stride", (1, 2, 6, 7), (3, 3), stride=(2, 2), is_same=True)
    pool(op, "2x2_ties", ties, (2, 2))
    pool(op, "3x3_ties", ties, (3, 3), stride=(1, 2), pad=(1, 0))
    pool(op, "whole", (3, 2, 4, 5), (4, 5))
    pool(op, "batch_0", (0, 2, 4, 4), (2, 2))
pool("MaxPool2D", "dilation", (2, 2, 7, 8), (3, 2), stride=(1, 1), dilation=(2, 3))
pool("MaxPool2D", "dilation_pad", (1, 2, 7, 8), (3, 3), stride=(2, 1), dilation=(2, 3), pad=(1, 1))

g.write(os.path.join(here, "golden.json"))
