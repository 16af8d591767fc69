"""Writes lines.json: convolutions and pooling of sequences, by PyTorch 1.13 in
float64.

    python3 conv/testdata/lines.py

Convolutions take the inputs x, weight and, unless there is none, bias. The
attributes are those of conv.Settings1D, and the kernel, the output padding or the
output size; pad is before, after.
"""

import os
import sys

import torch.nn.functional as F

here = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(here, "../../internal/nntest"))
from golden import Golden  # noqa: E402

g = Golden()


def same(size, kernel, stride, dilation):
    """The padding before and after: the output has ceil(size/stride)."""
    out = -(-size // stride)
    total = max((out - 1) * stride + dilation * (kernel - 1) + 1 - size, 0)
    return total // 2, total - total // 2


def conv(name, x, w, stride=1, pad=(0, 0), dilation=1, groups=1, is_same=False, bias=True):
    def f(x, w, b=None):
        p = same(x.shape[2], w.shape[2], stride, dilation) if is_same else pad
        return F.conv1d(F.pad(x, p), w, b, stride, dilation=dilation, groups=groups)

    attrs = {"stride": stride, "pad": pad, "dilation": dilation, "groups": groups}
    if is_same:
        attrs["same"] = 1
    g.add("Conv1D/" + name, f, [x, w] + ([(w[0],)] if bias else []), attrs=attrs)


conv("1", (2, 3, 5), (4, 3, 1))
conv("3", (2, 3, 7), (4, 3, 3))
conv("3_nobias", (2, 3, 7), (2, 3, 3), bias=False)
conv("4_pad_stride", (2, 2, 9), (3, 2, 4), pad=(2, 2), stride=3)
conv("5_same", (2, 2, 6), (3, 2, 5), is_same=True)
conv("4_same_stride", (1, 2, 9), (3, 2, 4), is_same=True, stride=2)
conv("3_dilation", (2, 2, 10), (3, 2, 3), dilation=3, pad=(3, 0))
conv("groups", (2, 4, 6), (6, 2, 3), groups=2, pad=(1, 1))
conv("depthwise", (1, 3, 8), (6, 1, 2), groups=3, stride=2)
conv("whole", (3, 2, 4), (5, 2, 4))
conv("batch_0", (0, 2, 4), (3, 2, 3))
conv("length_33", (1, 2, 33), (3, 2, 3), is_same=True)


def transposed(name, x, w, stride=1, pad=0, dilation=1, groups=1, output_pad=0, bias=True):
    def f(x, w, b=None):
        return F.conv_transpose1d(x, w, b, stride, pad, output_pad, groups, dilation)

    attrs = {"stride": stride, "pad": (pad, pad), "dilation": dilation, "groups": groups, "output_pad": output_pad}
    g.add("ConvTranspose1D/" + name, f, [x, w] + ([(w[1] * groups,)] if bias else []), attrs=attrs)


transposed("3", (2, 3, 5), (3, 2, 3))
transposed("3_pad_nobias", (2, 2, 5), (2, 3, 3), pad=1, bias=False)
transposed("4_stride_pad", (2, 2, 5), (2, 3, 4), stride=2, pad=1)
transposed("3_stride_output_pad", (1, 2, 4), (2, 2, 3), stride=3, pad=1, output_pad=2)
transposed("dilation_output_pad", (1, 2, 5), (2, 2, 3), dilation=3, output_pad=2)
transposed("groups", (2, 4, 4), (4, 3, 3), groups=2, stride=2)


def pool(op, name, x, kernel, stride=None, pad=0, dilation=1):
    stride = stride or kernel

    def f(x):
        if op == "MaxPool1D":
            return F.max_pool1d(x, kernel, stride, pad, dilation)
        return F.avg_pool1d(x, kernel, stride, pad)

    g.add(op + "/" + name, f, [x], attrs={"kernel": kernel, "stride": stride, "pad": (pad, pad), "dilation": dilation})


for op in "MaxPool1D", "AvgPool1D":
    pool(op, "2", (2, 3, 7), 2)
    pool(op, "3_overlap_pad", (2, 2, 8), 3, stride=2, pad=1)
    pool(op, "3_gaps", (1, 2, 11), 3, stride=5)
    pool(op, "ties", g.random.randint(0, 3, (2, 2, 9)), 3, stride=1)
    pool(op, "batch_0", (0, 2, 4), 2)
pool("MaxPool1D", "dilation", (1, 2, 9), 3, stride=1, dilation=2, pad=1)

for n in 1, 2, 3, 5, 7, 9:
    g.add("AdaptiveMaxPool1D/%d" % n, lambda x: F.adaptive_max_pool1d(x, n), [(2, 2, 7)], attrs={"out": n})
    g.add("AdaptiveAvgPool1D/%d" % n, lambda x: F.adaptive_avg_pool1d(x, n), [(2, 2, 7)], attrs={"out": n})

g.write(os.path.join(here, "lines.json"))
