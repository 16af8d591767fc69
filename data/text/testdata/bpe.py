"""Writes bpe.json: GPT-2's way of cutting text, by its regular expression, and byte-pair
encoding trained and applied in the plainest way, without any of the shortcuts of the Go code.

    python3 data/text/testdata/bpe.py      # needs the package regex
"""

import collections
import json
import os

import regex

pattern = regex.compile(r"""'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+""")

visible = list(range(ord("!"), ord("~") + 1)) + list(range(0xA1, 0xAC + 1)) + list(range(0xAE, 0xFF + 1))
order = visible + [b for b in range(256) if b not in visible]
number = {b: i for i, b in enumerate(order)}

train = [
    "the quick brown fox doesn't jump over the lazy dog, the dog sleeps", "  indented\tand\n\n\nspaced   out  ",
    "naïve café, 1234 5678 and 3.14!!", "the the the them then there theirs", "日本語のテキスト 日本 日本語", "aaaaaaaaaaaa aaaa",
]
split = train + [
    "", " ", "   ", "a  b", "\n\n a", "I'll we've don't 'tis 'S it's'd", "x² ½ Ⅳ ٣", "a\u00a0\u00a0b \u2003c", "(hi) -- ok...", "'", "''s", " 's",
    "\t\tx", "e\u0301te\u0301", "emoji 👩\u200d👧 end", "tab\tend\t", "\u0085 a", "a\u3000b", "$100 %", "a_b c-d", "\x1c\x1f x", "  \n  y",
]


def merge(ids, pair, new):
    out, i = [], 0
    while i < len(ids):
        if ids[i:i + 2] == list(pair):
            out.append(new)
            i += 2
        else:
            out.append(ids[i])
            i += 1
    return out


words = collections.Counter(w for t in train for w in pattern.findall(t))
words = [([number[b] for b in w.encode()], n) for w, n in words.items()]
tokens = [bytes([b]) for b in order]
merges = []
banned = set()
while len(tokens) < 256 + 60:
    pairs = collections.Counter()
    for ids, n in words:
        for p in zip(ids, ids[1:]):
            pairs[p] += n
    best = min((p for p in pairs if p not in banned), key=lambda p: (-pairs[p], p))
    if pairs[best] < 2:
        break
    token = tokens[best[0]] + tokens[best[1]]
    if token in tokens:
        banned.add(best)
        continue
    words = [(merge(ids, best, len(tokens)), n) for ids, n in words]
    merges.append(list(best))
    tokens.append(token)

rank = {tuple(m): i for i, m in enumerate(merges)}


def encode(text):
    out = []
    for w in pattern.findall(text):
        ids = [number[b] for b in w.encode()]
        while True:
            found = [p for p in zip(ids, ids[1:]) if p in rank]
            if not found:
                break
            best = min(found, key=rank.get)
            ids = merge(ids, best, 256 + rank[best])
        out += ids
    return out


path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bpe.json")
with open(path, "w") as f:
    cases = ",\n".join(json.dumps({"text": t, "words": pattern.findall(t), "ids": encode(t)}) for t in split)
    f.write('{"made_with": "regex %s", "train": %s, "merges": %s, "cases": [\n%s\n]}\n' % (
        regex.__version__, json.dumps(train), json.dumps(merges), cases))
