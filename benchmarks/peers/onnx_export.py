#!/usr/bin/env python3
"""Writes the ONNX file of a case: onnx_export.py FILE SUITE OP NAME BATCH ARGUMENTS… (random weights)"""
import sys, warnings
import torch
from torch import nn
import nets

warnings.simplefilter('ignore')
path, suite, op, name, batch, *args = sys.argv[1:]
torch.manual_seed(0)
if suite == 'conv':
    c, h, w, o, r, stride, pad, groups = map(int, args)
    net, x = nn.Conv2d(c, o, r, stride, pad, groups=groups), torch.randn(int(batch), c, h, w)
elif suite == 'rnn':
    net, x = nets.cell(args[0], int(args[2])), torch.randn(int(args[1]), int(batch), int(args[2]))
else:
    classes, *shape = map(int, args)
    net, x = nets.NETS[name](classes), torch.randn(int(batch), *shape)
torch.onnx.export(net.eval(), x, path, opset_version=13)
