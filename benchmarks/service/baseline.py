"""A minimal HTTP server around PyTorch: float32 in, float32 out.

    baseline.py MODEL WEIGHTS PORT
"""
import json
import socketserver
import struct
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import torch
from torch import nn


def weights(path):
    """Reads a safetensors file of float32 tensors."""
    data = open(path, "rb").read()
    (n,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + n])
    header.pop("__metadata__", None)
    out = {}
    for name, t in header.items():
        begin, end = t["data_offsets"]
        values = np.frombuffer(data[8 + n + begin : 8 + n + end], np.float32).reshape(t["shape"])
        out[name] = torch.from_numpy(values.copy())
    return out


class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(400, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x):
        x = torch.max_pool2d(torch.relu(self.conv1(x)), 2)
        x = torch.max_pool2d(torch.relu(self.conv2(x)), 2)
        x = torch.relu(self.fc1(x.flatten(1)))
        return self.fc3(torch.relu(self.fc2(x)))


def build(name):
    if name == "tiny":
        return nn.Linear(4, 3), (4,)
    if name == "mlp":
        return nn.Sequential(
            nn.Linear(3072, 2048), nn.ReLU(), nn.Linear(2048, 2048), nn.ReLU(), nn.Linear(2048, 10),
        ), (3072,)
    if name == "lenet":
        return LeNet5(), (1, 28, 28)
    return nn.Sequential(
        nn.Conv2d(3, 32, 3, padding=1), nn.ReLU(),
        nn.Conv2d(32, 64, 5, padding=2), nn.ReLU(),
        nn.MaxPool2d(2), nn.Flatten(), nn.Linear(64 * 16 * 16, 2),
    ), (3, 32, 32)


torch.set_num_threads(1)
net, shape = build(sys.argv[1])
net.load_state_dict(weights(sys.argv[2]))
net.eval()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(b"")

    def do_POST(self):
        data = self.rfile.read(int(self.headers["Content-Length"]))
        with torch.no_grad():
            x = torch.frombuffer(bytearray(data), dtype=torch.float32).reshape(-1, *shape)
            self.answer(net(x).numpy().tobytes())

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 1024
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # a client that did not wait


Server(("127.0.0.1", int(sys.argv[3])), Handler).serve_forever()
