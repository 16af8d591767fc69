"""The networks of the cases, as package workloads has them, under the same names."""
import torch, torchvision
from torch import nn


class Last(nn.Module):                                                   # the last step of [N, T, features]
    def forward(s, x): return x[0][:, -1]


def resnet18_cifar(classes):
    net = torchvision.models.resnet18(num_classes=classes)
    net.conv1, net.maxpool = nn.Conv2d(3, 64, 3, 1, 1, bias=False), nn.Identity()
    return net


def catdog(classes, pads=(0, 0), side=13):
    return nn.Sequential(nn.Conv2d(3, 32, 3, padding=pads[0]), nn.ReLU(), nn.Conv2d(32, 64, 5, padding=pads[1]), nn.ReLU(),
                         nn.MaxPool2d(2), nn.Flatten(), nn.Linear(64 * side * side, classes))


NETS = {                                                                 # of so many classes
    'catdog': catdog,
    'catdog_same': lambda n: catdog(n, (1, 2), 16),
    'rowrnn': lambda n: nn.Sequential(nn.RNN(96, 128, nonlinearity='relu', batch_first=True), Last(), nn.Linear(128, n)),
    'mlp': lambda n: nn.Sequential(nn.Linear(784, 1024), nn.ReLU(), nn.Linear(1024, 1024), nn.ReLU(), nn.Linear(1024, n)),
    'resnet18_cifar': resnet18_cifar,
    'resnet18': lambda n: torchvision.models.resnet18(num_classes=n),
    'resnet50': lambda n: torchvision.models.resnet50(num_classes=n),
    'mobilenet_v2': lambda n: torchvision.models.mobilenet_v2(num_classes=n),
}


def cell(kind, hidden):
    """A recurrent layer of as many features in as out."""
    return getattr(nn, kind)(hidden, hidden, **({'nonlinearity': 'relu'} if kind == 'RNN' else {}))
