#!/usr/bin/env python3
"""Fine-tune a small BERT encoder (all-MiniLM-L6-v2) as an intent classifier on BANKING77.

  train.py --train train.csv --labels categories.json --weights model.safetensors --tokenizer tokenizer.json --out run/

Recipe: frozen word embeddings; cosine head that starts from the class means of the untouched encoder; cross-entropy with
label smoothing (+ supervised contrastive term in the batch, --supcon); every epoch each query is seen either as clean
"spoken" text or with simulated recogniser errors; AdamW, layer-wise learning rates, cosine schedule, EMA of the weights.
--dev-share 0.1 holds out a stratified part to choose on; --dev-share 0 trains on everything. --init continues a run.
"""

import argparse, json, os, random, time
import numpy as np

ap = argparse.ArgumentParser()
ap.add_argument("--train", required=True)
ap.add_argument("--labels", required=True)
ap.add_argument("--weights", required=True)
ap.add_argument("--tokenizer", required=True)
ap.add_argument("--out", required=True)
ap.add_argument("--init")
ap.add_argument("--dev-share", type=float, default=0.1)
ap.add_argument("--split-seed", type=int, default=13)
ap.add_argument("--seed", type=int, default=1)
ap.add_argument("--epochs", type=float, default=5)
ap.add_argument("--minutes", type=float, default=0, help="stop (and finish the schedule) after this long")
ap.add_argument("--batch", type=int, default=32)
ap.add_argument("--lr", type=float, default=1.5e-4)
ap.add_argument("--head-lr", type=float, default=1e-3)
ap.add_argument("--layer-decay", type=float, default=0.9)
ap.add_argument("--smooth", type=float, default=0.1)
ap.add_argument("--supcon", type=float, default=0.2)
ap.add_argument("--clean", type=float, default=0.5, help="share of queries shown without errors")
ap.add_argument("--wer", type=float, nargs=2, default=(0.04, 0.18))
ap.add_argument("--dropout", type=float, default=0.1)
ap.add_argument("--ema", type=float, default=0.99)
ap.add_argument("--threads", type=int, default=2)
ap.add_argument("--device", default="cpu", help="cuda is written for but was not tried here")
ap.add_argument("--arch", choices=("minilm", "e5"), default="minilm")
ap.add_argument("--layers", type=int, default=12, help="e5: layers kept")
ap.add_argument(
    "--oe",
    type=float,
    default=0.0,
    help="outlier exposure: share of extra out-of-scope texts in each batch, pushed to the uniform distribution",
)
ap.add_argument("--oe-texts", help="file of out-of-scope lines used besides query frames with foreign content words")
ap.add_argument("--words", help="WordPiece vocabulary, for the foreign words")
ap.add_argument("--oe-weight", type=float, default=0.3)
ap.add_argument("--scale", type=float, default=16.0)
ap.add_argument("--max-len", type=int, default=48)
a = ap.parse_args()
os.environ["OMP_NUM_THREADS"] = str(a.threads)
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
import torch, torch.nn.functional as F
from tokenizers import Tokenizer
from common import *
from enc import *

DEV = torch.device(a.device)
torch.set_num_threads(a.threads)
torch.manual_seed(a.seed)
np.random.seed(a.seed)
os.makedirs(a.out, exist_ok=True)
log = open(os.path.join(a.out, "log.txt"), "a")


def say(*x):
    s = " ".join(str(i) for i in x)
    print(s, flush=True)
    log.write(s + "\n")
    log.flush()


say(vars(a))
T0 = time.time()
FRAME = set(
    """a about after again all also am an and any are as at back be because been before being but by can can't cannot could did didn't do does doesn't doing don't
for from get getting give go going got had has have haven't having he hello help here hi how i i'd i'm i've if in into is isn't it it's its just know let like long look make many may me
more much my need new no not now of off on one only or other our out over please possible see she should show since so some soon still take tell than that that's the their them then there
these they this to too try trying two up us use using want wanted was way we were what what's when where which while who why will with without won't work working would yet you your""".split()
)
labels = json.load(open(a.labels))
X, y = load_csv(a.train, labels)
N = len(labels)
tr, dv = split(y, a.dev_share, a.split_seed) if a.dev_share else (np.arange(len(y)), np.arange(0))
tok = Tokenizer.from_file(a.tokenizer)
tok.no_padding()
tok.enable_truncation(a.max_len)
enc = lambda ts: [e.ids for e in tok.encode_batch(ts)]
PAD = 0 if a.arch == "minilm" else 1
net = load_minilm(a.weights, a.dropout) if a.arch == "minilm" else load_e5(a.weights, a.dropout, layers=a.layers)
net = net.to(DEV)
head = torch.nn.Linear(384, N, bias=True).to(DEV)
log_s = torch.nn.Parameter(torch.tensor(float(np.log(a.scale)), device=DEV))
net.word.weight.requires_grad_(False)


@torch.no_grad()
def embed(model, texts, bs=64):
    model.eval()
    ids = enc(texts)
    out = np.zeros((len(ids), 384), np.float32)
    for b in batches([len(i) for i in ids], bs):
        i, m = pad([ids[j] for j in b], PAD)
        with torch.autocast(DEV.type, torch.bfloat16):
            h = model(i.to(DEV), m.to(DEV))
        out[b] = h.float().cpu().numpy()
    return out


def logits_of(h):
    return torch.exp(log_s) * F.linear(F.normalize(h, dim=-1), F.normalize(head.weight, dim=-1)) + head.bias


spoke = [spoken(t) for t in X]
asr = Asr([X[i] for i in tr])
rng = np.random.RandomState(a.seed)
pr = random.Random(a.seed)
if a.init:
    c = torch.load(a.init, map_location=DEV)
    net.load_state_dict(c["net"], strict=False)
    head.load_state_dict(c["head"])
    log_s.data = c["log_s"]
else:  # head from class means of the untouched encoder
    pick = np.concatenate([rng.permutation(tr[y[tr] == c])[:12] for c in range(N)])
    E = embed(net, [spoke[i] for i in pick])
    E /= np.linalg.norm(E, axis=1, keepdims=True)
    W = np.stack([E[y[pick] == c].mean(0) for c in range(N)])
    head.weight.data.copy_(torch.from_numpy(W / np.linalg.norm(W, axis=1, keepdims=True)))
    head.bias.data.zero_()
say("head ready", round(time.time() - T0), "s")

groups = []
L = len(net.layers)
for i, l in enumerate(net.layers):
    groups.append(dict(params=list(l.parameters()), lr=a.lr * a.layer_decay ** (L - 1 - i), weight_decay=0.01))
groups.append(
    dict(params=[net.pos.weight, net.typ, *net.ln.parameters()], lr=a.lr * a.layer_decay**L, weight_decay=0.0)
)
groups.append(dict(params=[*head.parameters(), log_s], lr=a.head_lr, weight_decay=0.0))
for g in groups:
    g["base"] = g["lr"]
opt = torch.optim.AdamW(groups, betas=(0.9, 0.98), fused=True)
live = [p for g in groups for p in g["params"]]
ema = [p.detach().clone() for p in live]


def swap():
    for p, e in zip(live, ema):
        t = p.data.clone()
        p.data.copy_(e)
        e.copy_(t)


def save(name, dev_logits=None):
    torch.save(
        dict(
            net={k: v.cpu() for k, v in net.state_dict().items() if k != "word.weight"},
            head={k: v.cpu() for k, v in head.state_dict().items()},
            log_s=log_s.data.cpu(),
            labels=labels,
            cfg=net.cfg,
        ),
        os.path.join(a.out, name),
    )
    if dev_logits is not None:
        np.savez(os.path.join(a.out, "dev.npz"), logits=dev_logits, idx=dv, y=y[dv])


def evaluate(tag):
    if not len(dv):
        return None
    with torch.no_grad():
        z = logits_of(torch.from_numpy(embed(net, [spoke[i] for i in dv])).to(DEV)).cpu().numpy()
    say(tag, "dev top1 %.4f" % (z.argmax(1) == y[dv]).mean())
    return z


if a.oe:  # out-of-scope texts: frames of real queries whose content words are replaced by words never seen in them
    seen = {w for t in spoke for w in t.split()}
    foreign = [
        w for w in (l.strip() for l in open(a.words, encoding="utf8")) if re.fullmatch("[a-z]{3,}", w) and w not in seen
    ][:9000]
    lines = [spoken(l) for l in open(a.oe_texts)] if a.oe_texts else []
    lines = [l for l in lines if l]

    def outlier():
        if lines and pr.random() < 0.35:
            return pr.choice(lines)
        return " ".join(w if w in FRAME else pr.choice(foreign) for w in spoke[pr.choice(tr)].split())

    say("out-of-scope samples:", [outlier() for _ in range(4)])
steps_ep = int(np.ceil(len(tr) / a.batch))
total = int(a.epochs * steps_ep)
step = 0
T1 = time.time()
ep = 0
run = []
while step < total:
    net.train()
    texts = []
    for i in tr:
        texts.append(spoke[i] if pr.random() < a.clean else asr.noise(X[i], pr.uniform(*a.wer), pr))
    ids = enc(texts)
    stop = False
    for b in batches([len(i) for i in ids], a.batch, rng):
        f = step / total
        if a.minutes:
            f = max(f, (time.time() - T1) / 60 / a.minutes)
        if f >= 1:
            stop = True
            break
        w = min(1, (step + 1) / (0.06 * total)) * (0.02 + 0.98 * 0.5 * (1 + np.cos(np.pi * f)))
        for g in groups:
            g["lr"] = g["base"] * w
        extra = enc([outlier() for _ in range(round(len(b) * a.oe))]) if a.oe else []
        i, m = pad([ids[j] for j in b] + extra, PAD)
        t = torch.from_numpy(y[tr[b]]).to(DEV)
        i, m = i.to(DEV), m.to(DEV)
        with torch.autocast(DEV.type, torch.bfloat16):
            h = net(i, m)
        h = h.float()
        h, out = h[: len(b)], h[len(b) :]
        z = logits_of(F.dropout(h, a.dropout))
        loss = F.cross_entropy(z, t, label_smoothing=a.smooth)
        ce = loss.item()
        if a.supcon:  # supervised contrastive over the batch (pairs of one intent pulled together)
            n = F.normalize(h, dim=-1)
            s = n @ n.T / 0.1
            eye = torch.eye(len(b), dtype=torch.bool, device=DEV)
            lp = s.masked_fill(eye, -1e9).log_softmax(1)
            pos = (t[:, None] == t[None]) & ~eye
            k = pos.sum(1)
            if k.sum():
                loss = loss + a.supcon * (-(lp * pos).sum(1) / k.clamp(min=1))[k > 0].mean()
        if len(out):
            loss = loss - a.oe_weight * logits_of(out).log_softmax(1).mean()
        opt.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(live, 1.0)
        opt.step()
        step += 1
        d = min(a.ema, (1 + step) / (10 + step))
        torch._foreach_mul_(ema, d)
        torch._foreach_add_(ema, [p.data for p in live], alpha=1 - d)
        run.append((ce, (z.argmax(1) == t).float().mean().item()))
        if step % 40 == 0:
            say("step %d/%d ce %.3f acc %.3f %.0fs f=%.2f" % (step, total, *np.mean(run[-40:], 0), time.time() - T1, f))
    ep += 1
    swap()
    z = evaluate("epoch %d ema" % ep)
    save("model.pt", z)
    swap()
    if stop:
        break
say("done", round(time.time() - T0), "s")
