#!/usr/bin/env python3
"""Trains the founding example's networks in PyTorch: same initial weights, same batches, same settings as Gannet.

  catdog_train.py MODEL --data DIR --init W.safetensors --order O.i32 --out LOG.jsonl [--epochs 20] [--seed 1]

MODEL is cnn, rnn, convrnn, lstm or gru; DIR holds the official CIFAR-10 binary batches. W and O are written by
`go run ./benchmarks/catdog -export`: initial weights, and for every epoch the order of the 10,000 training pictures
(int32, little-endian). LOG gets a JSON line an epoch. A run that was stopped goes on after its last whole epoch.
"""
import argparse, json, os, struct, time
import numpy as np, torch
from torch import nn
import torch.nn.functional as F

MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)


def read_safetensors(path):
    raw = open(path, 'rb').read()
    n = struct.unpack('<Q', raw[:8])[0]
    head = json.loads(raw[8:8 + n])
    kinds = {'F32': '<f4', 'I64': '<i8'}
    return {k: torch.from_numpy(np.frombuffer(raw[8 + n + v['data_offsets'][0]:8 + n + v['data_offsets'][1]], kinds[v['dtype']]).copy()).view(v['shape'])
            for k, v in head.items() if k != '__metadata__'}


def load(folder, files):
    raw = np.concatenate([np.fromfile(os.path.join(folder, f), np.uint8).reshape(-1, 3073) for f in files])
    raw = raw[(raw[:, 0] == 3) | (raw[:, 0] == 5)]                       # cat, dog
    x = torch.from_numpy(raw[:, 1:].copy()).view(-1, 3, 32, 32).float() / 255
    x = (x - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(STD).view(3, 1, 1)
    return x.contiguous(), torch.from_numpy((raw[:, 0] == 5).astype(np.int64))


class Rows(nn.Module):                                                   # [N, C, H, W] -> [N, H, C, W]
    def forward(s, x): return x.permute(0, 2, 1, 3)


class RNN(nn.RNN):                                                       # features flattened; last step only
    def forward(s, x): return super().forward(x.flatten(2))[0]


class LSTM(nn.LSTM):
    def forward(s, x): return super().forward(x.flatten(2))[0]


class GRU(nn.GRU):
    def forward(s, x): return super().forward(x.flatten(2))[0]


class Last(nn.Module):
    def forward(s, x): return x[:, -1]


class ConvRNN(nn.Module):                                                # h = relu(W*x_t + b_ih + U*h + b_hh), 1-d convolutions along the row
    def __init__(s, cin, ch, k):
        super().__init__()
        s.weight_ih_l0, s.weight_hh_l0 = nn.Parameter(torch.zeros(ch, cin, k)), nn.Parameter(torch.zeros(ch, ch, k))
        s.bias_ih_l0, s.bias_hh_l0 = nn.Parameter(torch.zeros(ch)), nn.Parameter(torch.zeros(ch))

    def forward(s, x):
        N, T, C, W = x.shape
        p = s.weight_ih_l0.shape[2] // 2
        xs = F.conv1d(x.reshape(N * T, C, W), s.weight_ih_l0, s.bias_ih_l0 + s.bias_hh_l0, padding=p).view(N, T, -1, W)
        h = torch.relu(xs[:, 0])
        for t in range(1, T):
            h = torch.relu(xs[:, t] + F.conv1d(h, s.weight_hh_l0, padding=p))
        return h[:, None]


NETS = {
    'cnn': lambda: nn.Sequential(nn.Conv2d(3, 32, 3, padding=1), nn.ReLU(), nn.Conv2d(32, 64, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(16384, 2)),
    'rnn': lambda: nn.Sequential(Rows(), RNN(96, 128, nonlinearity='relu', batch_first=True), Last(), nn.Linear(128, 2)),
    'convrnn': lambda: nn.Sequential(Rows(), ConvRNN(3, 32, 3), Last(), nn.Flatten(), nn.Linear(1024, 2)),
    'lstm': lambda: nn.Sequential(Rows(), LSTM(96, 128, batch_first=True), Last(), nn.Linear(128, 2)),
    'gru': lambda: nn.Sequential(Rows(), GRU(96, 128, batch_first=True), Last(), nn.Linear(128, 2)),
}


def main():
    p = argparse.ArgumentParser()
    p.add_argument('model', choices=NETS)
    for a in ('data', 'init', 'order', 'out'): p.add_argument('--' + a, required=True)
    p.add_argument('--epochs', type=int, default=20)
    p.add_argument('--batch', type=int, default=64)
    p.add_argument('--lr', type=float, default=0.01)
    p.add_argument('--seed', type=int, default=1)
    p.add_argument('--threads', type=int, default=2)
    a = p.parse_args()
    torch.set_num_threads(a.threads)
    x, y = load(a.data, ['data_batch_%d.bin' % i for i in range(1, 6)])
    tx, ty = load(a.data, ['test_batch.bin'])
    order = np.fromfile(a.order, '<i4').reshape(-1, len(x))
    net = NETS[a.model]()
    net.load_state_dict(read_safetensors(a.init))
    opt = torch.optim.SGD(net.parameters(), a.lr)
    first, state = 0, a.out + '.pt'
    if os.path.exists(state):
        s = torch.load(state)
        net.load_state_dict(s['net']); first = s['epoch']
    if a.model == 'cnn':
        net = net.to(memory_format=torch.channels_last)
    for e in range(first, a.epochs):
        t, total = time.time(), 0.0
        net.train()
        for i in range(0, len(x), a.batch):
            j = torch.from_numpy(order[e, i:i + a.batch].astype(np.int64))
            xb = x[j].contiguous(memory_format=torch.channels_last) if a.model == 'cnn' else x[j]
            opt.zero_grad(set_to_none=True)
            loss = F.cross_entropy(net(xb), y[j])
            loss.backward()
            opt.step()
            total += loss.item() * len(j)
        t = time.time() - t
        net.eval()
        with torch.no_grad():
            right = sum((net(tx[i:i + 250]).argmax(1) == ty[i:i + 250]).sum().item() for i in range(0, len(tx), 250))
        torch.save({'net': net.state_dict(), 'epoch': e + 1}, state + '.tmp'); os.replace(state + '.tmp', state)
        with open(a.out, 'a') as f:
            print(json.dumps(dict(peer='torch', model=a.model, seed=a.seed, epoch=e + 1, train_loss=total / len(x), test_accuracy=right / len(tx), images_per_second=len(x) / t)), file=f)


if __name__ == '__main__':
    main()
