"""Writes transpose.json: transposed and separable convolutions of pictures, by
PyTorch 1.13 in float64.

    python3 conv/testdata/transpose.py

Transposed convolutions take the inputs x, weight and, unless there is none, bias.
The attributes are those of conv.Settings and the output padding; pad is top,
bottom, left, right: what is unequal is cut off the result without padding. Same
cuts the result down to stride times the size of the input.
"""

import os
import sys

import torch
import torch.nn.functional as F

here = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(here, "../../internal/nntest"))
from golden import Golden  # noqa: E402

g = Golden()


def transposed(name, x, w, stride=(1, 1), pad=(0, 0, 0, 0), dilation=(1, 1), groups=1, output_pad=(0, 0), is_same=False, bias=True):
    def f(x, w, b=None):
        if is_same:
            y = F.conv_transpose2d(x, w, b, stride, dilation=dilation, groups=groups)
            for i in range(2):
                # The kernel may also be shorter than the stride.
                want = x.shape[2 + i] * stride[i]
                surplus = y.shape[2 + i] - want
                if surplus < 0:
                    full = list(y.shape)
                    full[2 + i] = -surplus
                    rest = torch.zeros(full, dtype=y.dtype)
                    if b is not None:
                        rest = rest + b.reshape(1, -1, 1, 1)
                    y = torch.cat([y, rest], 2 + i)
                y = y.narrow(2 + i, max(surplus, 0) // 2, want)
            return y
        if pad[0] == pad[1] and pad[2] == pad[3]:
            return F.conv_transpose2d(x, w, b, stride, (pad[0], pad[2]), output_pad, groups, dilation)
        y = F.conv_transpose2d(x, w, b, stride, 0, output_pad, groups, dilation)
        return y[:, :, pad[0] : y.shape[2] - pad[1], pad[2] : y.shape[3] - pad[3]]

    attrs = {"stride": stride, "pad": pad, "dilation": dilation, "groups": groups, "output_pad": output_pad}
    if is_same:
        attrs["same"] = 1
    g.add("ConvTranspose2D/" + name, f, [x, w] + ([(w[1] * groups,)] if bias else []), attrs=attrs)


transposed("1x1", (2, 3, 2, 3), (3, 4, 1, 1))
transposed("3x3", (2, 3, 3, 4), (3, 2, 3, 3))
transposed("3x3_nobias", (2, 2, 3, 4), (2, 3, 3, 3), bias=False)
transposed("3x3_pad", (2, 2, 3, 5), (2, 3, 3, 3), pad=(1, 1, 1, 1))
transposed("3x3_pad_all", (1, 2, 4, 5), (2, 2, 3, 3), pad=(2, 2, 2, 2))
transposed("3x3_pad_more_than_kernel", (1, 2, 6, 7), (2, 2, 3, 3), pad=(3, 3, 2, 2))
transposed("3x3_asymmetric", (1, 2, 4, 4), (2, 3, 3, 3), pad=(0, 2, 1, 0))
transposed("2x2_stride_2", (1, 3, 3, 4), (3, 2, 2, 2), stride=(2, 2))
transposed("3x3_stride_2_output_pad", (1, 3, 3, 4), (3, 2, 3, 3), stride=(2, 2), pad=(1, 1, 1, 1), output_pad=(1, 1))
transposed("4x4_stride_2_pad", (1, 2, 3, 3), (2, 3, 4, 4), stride=(2, 2), pad=(1, 1, 1, 1))
transposed("stride_3_2", (1, 2, 3, 2), (2, 2, 3, 4), stride=(3, 2), pad=(1, 1, 0, 0), output_pad=(2, 1))
transposed("stride_more_than_kernel", (1, 2, 2, 3), (2, 2, 2, 2), stride=(3, 4), output_pad=(1, 0))
transposed("asymmetric_stride", (1, 2, 3, 3), (2, 2, 3, 3), stride=(2, 2), pad=(1, 0, 0, 2))
transposed("dilation", (1, 2, 3, 4), (2, 2, 3, 2), dilation=(2, 3))
transposed("dilation_output_pad", (1, 2, 3, 4), (2, 2, 3, 2), dilation=(2, 3), output_pad=(1, 2))
transposed("dilation_stride_output_pad", (1, 2, 3, 3), (2, 2, 2, 3), dilation=(4, 1), stride=(2, 2), pad=(1, 1, 1, 1), output_pad=(3, 1))
transposed("dilation_one_axis_output_pad", (1, 2, 3, 3), (2, 2, 2, 2), dilation=(3, 1), stride=(1, 2), output_pad=(2, 0))
transposed("1x4", (1, 2, 3, 5), (2, 2, 1, 4), stride=(1, 2), pad=(0, 0, 1, 1))
transposed("groups", (1, 4, 3, 3), (4, 3, 3, 3), groups=2, stride=(2, 1), pad=(1, 1, 1, 1), output_pad=(1, 0))
transposed("depthwise", (1, 3, 3, 4), (3, 1, 2, 2), groups=3, stride=(2, 2))
transposed("depthwise_direct", (2, 3, 3, 4), (3, 2, 3, 3), groups=3, bias=False)
transposed("same", (1, 2, 4, 3), (2, 2, 3, 4), is_same=True)
transposed("same_stride", (1, 2, 3, 4), (2, 2, 5, 4), stride=(2, 3), is_same=True)
transposed("same_stride_more_than_kernel", (1, 2, 2, 3), (2, 2, 1, 2), stride=(2, 3), is_same=True)
transposed("same_dilation", (1, 2, 3, 4), (2, 2, 3, 3), dilation=(2, 2), stride=(1, 2), is_same=True)
transposed("one_pixel", (2, 3, 1, 1), (3, 2, 3, 3))
transposed("batch_0", (0, 2, 3, 3), (2, 3, 3, 3), stride=(2, 2))
transposed("width_17", (1, 2, 2, 17), (2, 2, 2, 3))


def separable(name, x, out, kernel, stride=1, pad=0, dilation=1, bias=True):
    channels = x[1]

    def f(x, depthwise, pointwise, b=None):
        return F.conv2d(F.conv2d(x, depthwise, None, stride, pad, dilation, channels), pointwise, b)

    inputs = [x, (channels, 1, kernel, kernel), (out, channels, 1, 1)] + ([(out,)] if bias else [])
    g.add("Separable2D/" + name, f, inputs, attrs={"stride": [stride], "pad": [pad], "dilation": [dilation]})


separable("3x3", (2, 3, 5, 6), 4, 3)
separable("stride_pad", (2, 2, 5, 6), 3, 3, stride=2, pad=1)
separable("dilation_nobias", (1, 3, 6, 5), 2, 2, dilation=3, bias=False)

g.write(os.path.join(here, "transpose.json"))
