"""Writes transforms.json: what torchvision makes of small pictures, with given
parameters instead of random ones. Run with torchvision 0.14 (torch 1.13)."""

import os
import sys

import numpy as np
import torch
from torchvision.transforms import InterpolationMode, autoaugment
from torchvision.transforms import functional as F

sys.dont_write_bytecode = True
here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "../../internal/nntest"))
from golden import Golden  # noqa: E402

g = Golden()
modes = {m.value: m for m in InterpolationMode}


def picture(c, h, w):
    return g.values((c, h, w), 0, 1)


def bytes_(c, h, w, lo=0, hi=256):
    return torch.tensor(g.random.randint(lo, hi, (c, h, w)).astype(np.uint8))


def add(name, f, x, **attrs):
    g.add(name, f, [x], attrs=attrs, grads=False)


def resize(name, mode, c, h, w, rows, cols):
    antialias = mode != "nearest"
    add("Resize/%s/%s" % (mode, name), lambda x: F.resize(x, [rows, cols], modes[mode], antialias=antialias),
        picture(c, h, w), height=rows, width=cols, interpolation=mode)


for mode in ("bilinear", "bicubic", "nearest"):
    resize("smaller", mode, 2, 9, 8, 4, 3)
    resize("larger", mode, 1, 3, 4, 7, 9)
    resize("mixed", mode, 1, 10, 3, 3, 7)
    resize("one", mode, 1, 5, 6, 1, 1)
    resize("from one", mode, 1, 1, 1, 2, 3)
for h, w, size in ((7, 5, 3), (5, 7, 3), (4, 4, 6), (3, 10, 4)):
    add("ResizeShorter/%dx%d" % (h, w), lambda x, size=size: F.resize(x, [size], antialias=True), picture(1, h, w), size=size)
for top, left, h, w in ((1, 2, 5, 4), (0, 0, 8, 7), (7, 6, 1, 1)):
    add("RandomResizedCrop/%d" % top, lambda x: F.resized_crop(x, top, left, h, w, [4, 4], antialias=True),
        picture(2, 8, 7), top=top, left=left, h=h, w=w, size=4)

add("RandAugment/bilinear", lambda x: F.rotate(x, 20, modes["bilinear"]), picture(1, 5, 4),
    operation=5, magnitude=20, sign=1, interpolation="bilinear")
for mode in ("nearest", "bilinear"):
    for angle, fill in ((0, 0), (17, 0.5), (90, 0), (-33.5, 0.25), (200, 1)):
        add("RandomRotation/%s/%g" % (mode, angle), lambda x: F.rotate(x, angle, modes[mode], fill=[fill]),
            picture(2, 5, 5 if angle == 90 else 4), angle=angle, interpolation=mode, fill=fill)
    for k, (angle, move, scale, shear) in enumerate((
            (0, (2, -1), 1, (0, 0)), (10, (0, 0), 1.3, (0, 0)), (0, (0, 0), 0.7, (13, 0)), (0, (1, 0), 1, (0, 21)),
            (-25, (1, 2), 0.9, (11, -7)), (0, (40, 0), 1, (0, 0)))):
        add("RandomAffine/%s/%d" % (mode, k), lambda x: F.affine(x, angle, move, scale, shear, modes[mode], fill=[0.3]),
            picture(1, 6, 5), angle=angle, move_x=move[0], move_y=move[1], scale=scale, shear_x=shear[0], shear_y=shear[1],
            interpolation=mode, fill=0.3)

for c in (1, 3):
    for f in (0, 0.4, 1, 1.7):
        add("Brightness/%d/%g" % (c, f), lambda x: F.adjust_brightness(x, f), picture(c, 3, 4), factor=f)
        add("Contrast/%d/%g" % (c, f), lambda x: F.adjust_contrast(x, f), picture(c, 3, 4), factor=f)
        add("Saturation/%d/%g" % (c, f), lambda x: F.adjust_saturation(x, f), picture(c, 3, 4), factor=f)
        add("Sharpness/%d/%g" % (c, f), lambda x: F.adjust_sharpness(x, f), picture(c, 4, 5), factor=f)
    for f in (-0.5, -0.2, 0, 0.1, 0.5):
        add("Hue/%d/%g" % (c, f), lambda x: F.adjust_hue(x, f), picture(c, 4, 5), factor=f)
    for out in (1, 3):
        add("Grayscale/%d/%d" % (c, out), lambda x: F.rgb_to_grayscale(x, out).expand(out, -1, -1).clone(), picture(c, 3, 4), channels=out)
add("Sharpness/small", lambda x: F.adjust_sharpness(x, 0.5), picture(1, 2, 5), factor=0.5)
add("Hue/corners", lambda x: F.adjust_hue(x, 0.3),
    np.array([[r, gr, b] for r in (0, 0.5, 1) for gr in (0, 0.5, 1) for b in (0, 0.5, 1)]).T.reshape(3, 3, 9), factor=0.3)

for size, sigma in ((1, 0.5), (3, 0.1), (3, 1.3), (5, 2), (7, 0.9)):
    add("GaussianBlur/%d/%g" % (size, sigma), lambda x: F.gaussian_blur(x, [size, size], [sigma, sigma]),
        picture(2, 5, 6), size=size, sigma=sigma)
add("RandomErasing", lambda x: F.erase(x, 1, 2, 3, 2, torch.tensor([[[0.25]], [[2.0]]])), picture(2, 6, 5),
    top=1, left=2, h=3, w=2, a=0.25, b=2)

# The operations of RandAugment and TrivialAugmentWide, with the names, the order
# and the magnitudes that torchvision gives them.
policies = {
    "RandAugment": lambda h, w: autoaugment.RandAugment()._augmentation_space(31, (h, w)),
    "TrivialAugmentWide": lambda h, w: autoaugment.TrivialAugmentWide()._augmentation_space(31),
}
for policy, space in policies.items():
    h, w = 4, 4
    for k, (op, (magnitudes, signed)) in enumerate(space(h, w).items()):
        for m in (((12, 30) if policy == "RandAugment" else (5,)) if magnitudes.ndim else (0,)):
            for sign in ((1, -1) if signed and m == 12 else (1,)):
                amount = sign * float(magnitudes[m] if magnitudes.ndim else 0)
                x = bytes_(3 if op in ("Color", "Contrast", "AutoContrast") else 1, h, w)
                # torchvision has these for bytes alone. Solarize exists for
                # both; its limit is that of bytes.
                asbytes = op in ("Posterize", "Equalize", "Solarize")

                def apply(v):
                    if asbytes:
                        return autoaugment._apply_op(x, op, amount, InterpolationMode.NEAREST, None).double() / 255
                    return autoaugment._apply_op(v, op, amount, InterpolationMode.NEAREST, None)
                add("%s/%s/%d/%d" % (policy, op, m, sign), apply, x.double() / 255,
                    operation=k, magnitude=m, sign=sign)

# Contrast that is low, and a channel of one value.
flat = torch.cat((picture(2, 3, 4) * 0.3 + 0.2, torch.full((1, 3, 4), 0.5)))
add("AutoContrast", F.autocontrast, flat)
for name, x in (("dark", bytes_(1, 17, 32, 0, 40)), ("two", bytes_(1, 16, 17, 7, 9)), ("few", bytes_(3, 2, 4))):
    add("Equalize/" + name, lambda v: F.equalize(x).double() / 255, x.double() / 255)

g.write(os.path.join(here, "transforms.json"))
