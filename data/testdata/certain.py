"""Writes certain.json: transforms of torchvision with settings that leave nothing
to chance, such as a probability of 1. Run with torchvision 0.14 (torch 1.13)."""

import os
import sys

import torch
import torch.nn.functional
from torchvision import transforms as T

sys.dont_write_bytecode = True
here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "../../internal/nntest"))
from golden import Golden  # noqa: E402

g = Golden()


def add(name, f, shape, **attrs):
    g.add(name, f, [g.values(shape, 0, 1)], attrs=attrs, grads=False)


for h, w, size in ((6, 6, 3), (7, 5, 4), (5, 8, 5), (5, 5, 2)):
    add("CenterCrop/%dx%d" % (h, w), T.CenterCrop(size), (2, h, w), size=size)
add("Flatten", torch.flatten, (2, 3, 4))
add("Normalize/channels", T.Normalize([0.5, 0.25], [0.5, 2]), (2, 3, 4), mean=[0.5, 0.25], std=[0.5, 2])
add("Normalize/one", T.Normalize([0.75], [0.125]), (3, 2, 2), mean=[0.75], std=[0.125])
add("Pad", T.Pad((1, 2, 3, 0)), (2, 3, 4), margins=[1, 2, 3, 0])
for h, w, k in ((5, 7, 4), (4, 8, 4), (1, 2, 3)):
    add("PadToMultiple/%dx%d" % (h, w), lambda x: torch.nn.functional.pad(x, (0, -w % k, 0, -h % k)), (2, h, w), k=k)
add("RandomCrop/whole", T.RandomCrop(4), (2, 4, 4), size=4, padding=0)
add("RandomCrop/padding", T.RandomCrop(7, 2), (1, 3, 3), size=7, padding=2)
add("RandomGrayscale/1", T.RandomGrayscale(1), (3, 4, 5), p=1)
add("RandomGrayscale/0", T.RandomGrayscale(0), (3, 4, 5), p=0)
for name, f in (("RandomHorizontalFlip", T.RandomHorizontalFlip), ("RandomVerticalFlip", T.RandomVerticalFlip)):
    for p in (0, 1):
        add("%s/%d" % (name, p), f(p), (2, 3, 4), p=p)
for p in (0, 1):
    add("RandomApply/%d" % p, T.RandomApply([T.RandomHorizontalFlip(1), T.Normalize([0.5], [0.5])], p), (2, 3, 4), p=p)
add("RandomChoice", T.RandomChoice([T.RandomVerticalFlip(1), T.RandomVerticalFlip(1)]), (2, 3, 4))

g.write(os.path.join(here, "certain.json"))
