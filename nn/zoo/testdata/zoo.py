"""Writes shapes.json and outputs.json: what torchvision 0.14 has under the names of this package.

    python3 nn/zoo/testdata/zoo.py

shapes.json maps the names of each network's state_dict to shapes. outputs.json has
outputs for weights that are not stored: both sides compute them from the name of
the parameter and the index of the element (see fill), the input alike. torchvision
computes in float64.
"""

import json
import os

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torchvision
from torchvision.models import mobilenet_v2, resnet18, resnet34, resnet50, vgg11_bn

here = os.path.dirname(os.path.abspath(__file__))


def uniform(name, n):
    """n numbers in [0, 1) of 24 bits: MurmurHash3's finalizer of a hash of the name (FNV-1a) plus the index."""
    h = 2166136261
    for b in name.encode():
        h = (h ^ b) * 16777619 % 2**32
    x = np.arange(n, dtype=np.uint32) + np.uint32(h)
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x85EBCA6B)
    x ^= x >> np.uint32(13)
    x *= np.uint32(0xC2B2AE35)
    x ^= x >> np.uint32(16)
    return (x >> np.uint32(8)) / 2.0**24


def fill(name, shape):
    """The value of a parameter, as float32 holds it."""
    n = int(np.prod(shape))
    u = uniform(name, n)
    if len(shape) > 1:
        v = (2 * u - 1) * np.sqrt(6 * shape[0] / n)  # the variance of the signal stays, with ReLU
    elif name.endswith((".weight", ".running_var")):
        v = 0.5 + u
    else:
        v = 0.4 * u - 0.2
    return torch.tensor(v.astype(np.float32).reshape(shape).astype(np.float64))


def picture(*shape):
    u = uniform("input", int(np.prod(shape)))
    return torch.tensor((2 * u - 1).astype(np.float32).reshape(shape).astype(np.float64))


def state(net):
    return {k: v for k, v in net.state_dict().items() if not k.endswith("num_batches_tracked")}


def filled(net):
    net.double()
    with torch.no_grad():
        for name, v in state(net).items():
            v.copy_(fill(name, tuple(v.shape)))
    return net


class LeNet5(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5, padding=2), nn.Conv2d(6, 16, 5)
        self.fc1, self.fc2, self.fc3 = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, classes)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))


def mlp(*sizes):
    layers = []
    for a, b in zip(sizes, sizes[1:]):
        layers += [nn.Linear(a, b), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def small_resnet(net):
    net.conv1 = nn.Conv2d(3, 64, 3, 1, 1, bias=False)
    net.maxpool = nn.Identity()
    return net


def small_mobilenet(net):
    net.features[0][0].stride = (1, 1)
    net.features[2].conv[1][0].stride = (1, 1)
    return net


def small_vgg(net, classes):
    net.avgpool = nn.AdaptiveAvgPool2d(1)
    net.classifier = nn.Sequential(nn.Linear(512, classes))
    return net


# The networks, by the names that the Go tests know, and the shape of a sample.
networks = {
    "mlp": (lambda: mlp(12, 20, 16, 10), (12,)),
    "lenet5": (lambda: LeNet5(10), (1, 28, 28)),
    "resnet18": (lambda: resnet18(num_classes=10), (3, 64, 64)),
    "resnet18_small": (lambda: small_resnet(resnet18(num_classes=10)), (3, 16, 16)),
    "resnet34": (lambda: resnet34(num_classes=10), (3, 64, 64)),
    "resnet50": (lambda: resnet50(num_classes=10), (3, 64, 64)),
    "mobilenet_v2": (lambda: mobilenet_v2(num_classes=10), (3, 64, 64)),
    "mobilenet_v2_0.35": (lambda: mobilenet_v2(num_classes=10, width_mult=0.35), (3, 64, 64)),
    "mobilenet_v2_1.4_small": (lambda: small_mobilenet(mobilenet_v2(num_classes=10, width_mult=1.4)), (3, 16, 16)),
    "vgg11_bn": (lambda: vgg11_bn(num_classes=10), (3, 40, 32)),
    "vgg11_bn_small": (lambda: small_vgg(vgg11_bn(), 10), (3, 32, 32)),
}


def losses(net):
    """The losses of two steps of SGD, the second of which shows what the first has changed."""
    net.train()
    optimizer = torch.optim.SGD(net.parameters(), 0.01)
    x, labels = picture(4, 3, 16, 16), torch.tensor([0, 3, 6, 9])
    found = []
    for _ in range(2):
        loss = F.cross_entropy(net(x), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        found.append(loss.item())
    return found


def main():
    shapes, outputs = {}, {}
    for name, (make, sample) in networks.items():
        net = filled(make()).eval()
        shapes[name] = {k: list(v.shape) for k, v in state(net).items()}
        with torch.no_grad():
            y = net(picture(2, *sample))
        outputs[name] = {"sample": list(sample), "output": [float("%.9g" % v) for v in y.flatten()]}
        print(name, y.abs().max().item(), (y[0] - y[1]).abs().max().item())
    outputs["resnet18_small"]["losses"] = losses(filled(small_resnet(resnet18(num_classes=10))))
    counts = {}
    for make in resnet18, resnet34, resnet50, mobilenet_v2, vgg11_bn:
        counts[make.__name__] = sum(p.numel() for p in make().parameters())
    made = {"made_with": "torch %s, torchvision %s" % (torch.__version__, torchvision.__version__)}
    write("shapes.json", {**made, "parameters": counts, "shapes": shapes})
    write("outputs.json", {**made, "networks": outputs})


def write(name, doc):
    with open(os.path.join(here, name), "w") as f:
        json.dump(doc, f, separators=(",", ":"))
        f.write("\n")


main()
