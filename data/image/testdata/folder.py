"""Writes folder.json: which files torchvision 0.14 finds in a folder, in which order and with which labels.

    python3 data/image/testdata/folder.py
"""

import json
import os
import tempfile

import torchvision

files = [
    "b/2.png", "b/10.png", "b/a.PNG", "b/notes.txt", "b/3.jpeg",
    "b/sub/1.jpg", "b/sub/deep/0.JPEG", "b/sub x/9.png", "b/!early/9.png", "b/-/x.jpg",
    "a/z.jpg", "a/0/1.png", "a/0-/1.png", "a/B.png", "a/b.png",
    "B/1.Jpg", "outside.png",
]

with tempfile.TemporaryDirectory() as dir:
    for name in files:
        path = os.path.join(dir, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        open(path, "w").close()
    found = torchvision.datasets.ImageFolder(dir)
    samples = [[os.path.relpath(path, dir), label] for path, label in found.samples]

path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "folder.json")
with open(path, "w") as f:
    json.dump({"made_with": "torchvision " + torchvision.__version__, "files": files,
               "classes": found.classes, "samples": samples}, f, indent=0)
    f.write("\n")
