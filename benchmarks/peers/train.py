#!/usr/bin/env python3
"""Rate of PyTorch's training step of the founding CNN: train.py THREADS FORMAT BATCH -> pictures/s (median of samples of about 0.5 s).

FORMAT is nchw or channels_last. Run it with one pool of threads and a malloc that keeps its pages; see tuned.sh.
"""
import sys, time, torch
from torch import nn
import torch.nn.functional as F
threads, fmt, batch = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
torch.set_num_threads(threads)
torch.manual_seed(0)
net = nn.Sequential(nn.Conv2d(3, 32, 3, padding=1), nn.ReLU(), nn.Conv2d(32, 64, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(16384, 2))
x, y = torch.randn(batch, 3, 32, 32), torch.arange(batch) % 2
if fmt == 'channels_last':
    net, x = net.to(memory_format=torch.channels_last), x.contiguous(memory_format=torch.channels_last)
opt = torch.optim.SGD(net.parameters(), 0.01)


def step():
    opt.zero_grad(set_to_none=True)
    F.cross_entropy(net(x), y).backward()
    opt.step()


for _ in range(3): step()
rates = []
for _ in range(5):
    t, n = time.perf_counter(), 0
    while time.perf_counter() - t < 0.5:
        step(); n += 1
    rates.append(n * batch / (time.perf_counter() - t))
print(sorted(rates)[2])
