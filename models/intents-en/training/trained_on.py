"""
Hashes (FNV-1a, 32 bits, little endian) of the sentences that an encoder was trained on, in spoken form and sorted: thresholds
are not judged by these. The stratified tenth of BANKING77 (seed 13) is not among them.

  trained_on.py --train train.csv --labels categories.json --out trained-on.bin
"""

import argparse
import json

import numpy as np

from common import load_csv, split, spoken

ap = argparse.ArgumentParser()
for name in ("train", "labels", "out"):
    ap.add_argument("--" + name, required=True)
a = ap.parse_args()


def fnv1a(text):
    h = 0x811C9DC5
    for octet in text.encode():
        h = ((h ^ octet) * 0x01000193) & 0xFFFFFFFF
    return h


texts, y = load_csv(a.train, json.load(open(a.labels)))
kept, _ = split(y, 0.1, 13)
known = {spoken(texts[i]) for i in kept}
np.array(sorted({fnv1a(text) for text in known}), "<u4").tofile(a.out)
print(len(known), "sentences")
