"""Writes resize.json: what torchvision makes of small pictures of bytes. Run with
torchvision 0.14 (torch 1.13)."""

import os
import sys

import numpy as np
import torch
from torchvision.transforms import functional as F

sys.dont_write_bytecode = True
here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "../../../internal/nntest"))
from golden import Golden  # noqa: E402

g = Golden()
for h, w, rows, cols in ((9, 8, 4, 3), (3, 4, 7, 9), (10, 3, 3, 7), (5, 6, 1, 1), (1, 1, 2, 3), (16, 16, 8, 8), (4, 4, 8, 8)):
    x = torch.tensor(g.random.randint(0, 256, (3, h, w)).astype(np.uint8))
    g.add("Resize/%dx%d to %dx%d" % (h, w, rows, cols), lambda _: F.resize(x, [rows, cols], antialias=True).double(), [x.double()],
          attrs={"height": rows, "width": cols}, grads=False)
g.write(os.path.join(here, "resize.json"))
