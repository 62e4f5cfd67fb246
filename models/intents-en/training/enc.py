"""A plain BERT encoder (post-LN) with mean pooling, for MiniLM and multilingual-e5-small."""

import json, math, numpy as np, torch, torch.nn as nn, torch.nn.functional as F


class Layer(nn.Module):
    def __init__(s, H, FF, heads, eps, p):
        super().__init__()
        s.h = heads
        s.p = p
        s.qkv = nn.Linear(H, 3 * H)
        s.o = nn.Linear(H, H)
        s.ln1 = nn.LayerNorm(H, eps)
        s.fi = nn.Linear(H, FF)
        s.fo = nn.Linear(FF, H)
        s.ln2 = nn.LayerNorm(H, eps)

    def forward(s, x, mask):
        B, T, H = x.shape
        q, k, v = s.qkv(x).view(B, T, 3, s.h, H // s.h).permute(2, 0, 3, 1, 4)
        a = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, dropout_p=0.0)
        a = s.o(a.transpose(1, 2).reshape(B, T, H))
        x = s.ln1(x + F.dropout(a, s.p, s.training))
        f = s.fo(F.gelu(s.fi(x)))
        return s.ln2(x + F.dropout(f, s.p, s.training))


class Encoder(nn.Module):
    def __init__(s, V, H=384, L=6, FF=1536, heads=12, P=512, eps=1e-12, p=0.1):
        super().__init__()
        s.p = p
        s.cfg = dict(V=V, H=H, L=L, FF=FF, heads=heads, P=P, eps=eps)
        s.word = nn.Embedding(V, H)
        s.pos = nn.Embedding(P, H)
        s.typ = nn.Parameter(torch.zeros(H))
        s.ln = nn.LayerNorm(H, eps)
        s.layers = nn.ModuleList(Layer(H, FF, heads, eps, p) for _ in range(L))

    def forward(s, ids, mask, noise=None):
        e = s.word(ids)
        if noise is not None:
            e = e + noise
        x = s.ln(e + s.pos.weight[: ids.shape[1]] + s.typ)
        x = F.dropout(x, s.p, s.training)
        m = mask[:, None, None, :].bool().expand(-1, 1, ids.shape[1], -1)
        for l in s.layers:
            x = l(x, m)
        w = mask[..., None].to(x.dtype)
        return (x * w).sum(1) / w.sum(1)


def from_bert(sd, L=6, heads=12, eps=1e-12, p=0.1):
    V, H = sd["embeddings.word_embeddings.weight"].shape
    FF = sd["encoder.layer.0.intermediate.dense.weight"].shape[0]
    m = Encoder(V, H, L, FF, heads, sd["embeddings.position_embeddings.weight"].shape[0], eps, p)
    o = {
        "word.weight": sd["embeddings.word_embeddings.weight"],
        "pos.weight": sd["embeddings.position_embeddings.weight"],
        "typ": sd["embeddings.token_type_embeddings.weight"][0],
        "ln.weight": sd["embeddings.LayerNorm.weight"],
        "ln.bias": sd["embeddings.LayerNorm.bias"],
    }
    for i in range(L):
        b = f"encoder.layer.{i}."
        t = f"layers.{i}."
        for w in ("weight", "bias"):
            o[t + "qkv." + w] = torch.cat([sd[b + f"attention.self.{n}." + w] for n in ("query", "key", "value")])
            o[t + "o." + w] = sd[b + "attention.output.dense." + w]
            o[t + "ln1." + w] = sd[b + "attention.output.LayerNorm." + w]
            o[t + "fi." + w] = sd[b + "intermediate.dense." + w]
            o[t + "fo." + w] = sd[b + "output.dense." + w]
            o[t + "ln2." + w] = sd[b + "output.LayerNorm." + w]
    m.load_state_dict({k: v.float() for k, v in o.items()})
    return m


def load_minilm(path, p=0.1):
    from safetensors.torch import load_file

    return from_bert(load_file(path), 6, 12, 1e-12, p)


def load_e5(npz, p=0.1, keep=None, layers=12):
    z = np.load(npz)
    g = lambda k: torch.from_numpy(z[k].astype(np.float32))
    H = 384
    word = g("emb.word")
    if keep is not None:
        word = word[keep]
    m = Encoder(word.shape[0], H, layers, 1536, 12, 512, 1e-12, p)
    o = {
        "word.weight": word,
        "pos.weight": g("emb.pos").view(512, H),
        "typ": g("emb.type").view(2, H)[0],
        "ln.weight": g("emb.ln.w"),
        "ln.bias": g("emb.ln.b"),
    }
    for i in range(layers):
        b = f"l{i}."
        t = f"layers.{i}."
        for w, s in (("weight", "w"), ("bias", "b")):
            o[t + "qkv." + w] = torch.cat([g(b + n + "." + s) for n in "qkv"])
            for x, y in (("o", "ao"), ("ln1", "aln"), ("fi", "fi"), ("fo", "fo"), ("ln2", "oln")):
                o[t + x + "." + w] = g(b + y + "." + s)
    m.load_state_dict(o)
    return m


def batches(lens, bs, rng=None):
    """Length-bucketed batches."""
    n = len(lens)
    if rng is None:
        order = np.argsort(lens, kind="stable")
    else:
        order = rng.permutation(n)
        out = []
        for i in range(0, n, bs * 32):
            c = order[i : i + bs * 32]
            out.append(c[np.argsort(np.array(lens)[c], kind="stable")])
        order = np.concatenate(out)
    b = [order[i : i + bs] for i in range(0, n, bs)]
    if rng is not None:
        rng.shuffle(b)
    return b


def pad(seqs, padid=0):
    T = max(map(len, seqs))
    ids = np.full((len(seqs), T), padid, np.int64)
    m = np.zeros((len(seqs), T), np.int64)
    for i, s in enumerate(seqs):
        ids[i, : len(s)] = s
        m[i, : len(s)] = 1
    return torch.from_numpy(ids), torch.from_numpy(m)
