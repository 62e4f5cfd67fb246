#!/usr/bin/env python3
"""Mean of the weights of runs that started from one another: soup_save.py OUT.pt A.pt B.pt …"""

import sys, torch

C = [torch.load(p) for p in sys.argv[2:]]
mean = lambda f: {k: sum(f(c)[k] for c in C) / len(C) for k in f(C[0])}
torch.save(
    {
        **C[0],
        "net": mean(lambda c: c["net"]),
        "head": mean(lambda c: c["head"]),
        "log_s": sum(c["log_s"] for c in C) / len(C),
    },
    sys.argv[1],
)
