#!/usr/bin/env python3
"""Makes steps.safetensors: 20 training steps of each network with each optimizer in PyTorch (1.13), in float32.

Float32 since that is what is compared: in float64 the loss of cnn.nesterov is another by 3e-4 from step 13 on, where
rounding decides which of two nearly equal pixels a pooling window passes on.

    go test ./examples/catdog/networks -run TestSteps -export DIR
    python3 examples/catdog/networks/testdata/steps.py DIR examples/catdog/networks/testdata/steps.safetensors

Metadata "losses": {"cnn.sgd": [20 losses], ...}. Tensors "cnn.sgd.0.weight" ...: change of the weight in 20 steps; of one with more than 4096 elements every seventh, F16.
"""
import json, os, struct, sys
import numpy as np, torch
import torch.nn.functional as F
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', '..', '..', 'benchmarks', 'peers'))
from catdog_train import NETS, read_safetensors

STEPS, BATCH = 20, 4
EVERY = 7                                                                # of the elements of a large weight
OPTIMIZERS = {
    'sgd': lambda p: torch.optim.SGD(p, 0.01),
    'momentum': lambda p: torch.optim.SGD(p, 0.005, momentum=0.9),
    'nesterov': lambda p: torch.optim.SGD(p, 0.005, momentum=0.9, nesterov=True, weight_decay=1e-4),
    'adam': lambda p: torch.optim.Adam(p, 0.0005),
    'adamw': lambda p: torch.optim.AdamW(p, 0.0005),
}
folder, out = sys.argv[1:]
d = read_safetensors(os.path.join(folder, 'batches.safetensors'))
x, y = d['x'], d['y']
losses, tensors = {}, {}
for name, make in NETS.items():
    start = read_safetensors(os.path.join(folder, name + '.safetensors'))
    for opt, optimizer in OPTIMIZERS.items():
        net = make()
        net.load_state_dict(start)
        o = optimizer(net.parameters())
        losses[f'{name}.{opt}'] = []
        for i in range(STEPS):
            s = slice(i * BATCH, (i + 1) * BATCH)
            o.zero_grad()
            loss = F.cross_entropy(net(x[s]), y[s])
            loss.backward()
            o.step()
            losses[f'{name}.{opt}'].append(loss.item())
        for k, v in net.state_dict().items():
            change = (v - start[k]).numpy()
            if v.numel() > 4096:
                change = change.reshape(-1)[::EVERY].astype('<f2')
            tensors[f'{name}.{opt}.{k}'] = change.astype(change.dtype.newbyteorder('<'))
head, body = {'__metadata__': {'losses': json.dumps(losses)}}, b''
for k in sorted(tensors, key=lambda k: (-tensors[k].itemsize, k)):
    raw = tensors[k].tobytes()
    head[k] = {'dtype': {2: 'F16', 4: 'F32'}[tensors[k].itemsize], 'shape': list(tensors[k].shape), 'data_offsets': [len(body), len(body) + len(raw)]}
    body += raw
h = json.dumps(head, separators=(',', ':')).encode()
h += b' ' * (-len(h) % 8)
open(out, 'wb').write(struct.pack('<Q', len(h)) + h + body)
