"""Shared pieces: data loading, ASR simulation, splits, metrics."""

import csv, json, random, re
import numpy as np

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
).split()
_TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()


def num_words(n):
    if n < 20:
        return _ONES[n]
    if n < 100:
        return _TENS[n // 10] + ("" if n % 10 == 0 else " " + _ONES[n % 10])
    if n < 1000:
        return _ONES[n // 100] + " hundred" + ("" if n % 100 == 0 else " and " + num_words(n % 100))
    if n < 1000000:
        return num_words(n // 1000) + " thousand" + ("" if n % 1000 == 0 else " " + num_words(n % 1000))
    return " ".join(_ONES[int(c)] for c in str(n))


_CUR = {"£": "pounds", "$": "dollars", "€": "euros"}


def spoken(text):
    """Written text -> the way a recogniser writes it: lower case, no punctuation, numbers as words."""
    t = text.lower().replace("\u2019", "'").replace("`", "'")
    t = re.sub(
        r"([£$€])\s?(\d[\d,]*)(\.\d\d)?",
        lambda m: " " + m.group(2) + (m.group(3) or "") + " " + _CUR[m.group(1)] + " ",
        t,
    )
    t = re.sub(r"(\d),(\d{3})", r"\1\2", t)
    t = re.sub(r"(\d+)(st|nd|rd|th)\b", r"\1 \2", t)
    t = (
        t.replace("%", " percent ")
        .replace("&", " and ")
        .replace("£", " pounds ")
        .replace("$", " dollars ")
        .replace("€", " euros ")
    )
    t = re.sub(r"(\d+)\.(\d+)", r"\1 point \2", t)
    t = re.sub(r"\d+", lambda m: " " + num_words(int(m.group(0))) + " ", t)
    t = re.sub(r"[^a-z' ]+", " ", t)
    t = re.sub(r"(^|\s)'+|'+(\s|$)", " ", t)
    return re.sub(r"\s+", " ", t).strip()


def _sound(w):
    """Crude sound key (Soundex-like, keeps the first sound and vowel positions)."""
    w = (
        w.replace("ph", "f")
        .replace("ck", "k")
        .replace("gh", "g")
        .replace("kn", "n")
        .replace("wr", "r")
        .replace("'", "")
    )
    m = {
        **dict.fromkeys("bp", "p"),
        **dict.fromkeys("fv", "f"),
        **dict.fromkeys("ckgqx", "k"),
        **dict.fromkeys("szj", "s"),
        **dict.fromkeys("dt", "t"),
        "l": "l",
        **dict.fromkeys("mn", "n"),
        "r": "r",
        **dict.fromkeys("aeiouyhw", ""),
    }
    out = ""
    for c in w:
        k = m.get(c, "")
        if k and (not out or out[-1] != k):
            out += k
    return out


def _ed(a, b):
    d = list(range(len(b) + 1))
    for i, ca in enumerate(a, 1):
        p, d[0] = d[0], i
        for j, cb in enumerate(b, 1):
            p, d[j] = d[j], min(d[j] + 1, d[j - 1] + 1, p + (ca != cb))
    return d[-1]


class Asr:
    """Word-error simulator. Substitutions are mostly similar-sounding words of a vocabulary (built from given texts),
    else a random frequent word; deletions prefer short words; some insertions of fillers."""

    FILL = "uh um the a to er i so well like yeah".split()
    SHORT = set("a an the to of in on is it my i for at do be was and".split())

    def __init__(self, texts, seed=0):
        from collections import Counter

        c = Counter(w for t in texts for w in spoken(t).split())
        self.vocab = [w for w, n in c.most_common(6000) if len(w) > 1]
        self.common = [w for w, _ in c.most_common(400)]
        self.key = {}
        for w in self.vocab:
            self.key.setdefault(_sound(w), []).append(w)
        self.near = {}
        keys = list(self.key)
        self.keys_by_len = {}
        for k in keys:
            self.keys_by_len.setdefault(len(k), []).append(k)

    def neighbours(self, w):
        if w in self.near:
            return self.near[w]
        k = _sound(w)
        cand = [x for x in self.key.get(k, []) if x != w]
        for L in (len(k) - 1, len(k), len(k) + 1):
            for kk in self.keys_by_len.get(L, []):
                if kk != k and _ed(k, kk) <= 1:
                    cand += self.key[kk]
        cand = sorted(((_ed(w, x), x) for x in set(cand)))[:8]
        self.near[w] = [x for d, x in cand if d <= max(2, len(w) // 2 + 1)]
        return self.near[w]

    def noise(self, text, wer, rng, mix=(0.65, 0.27, 0.08), random_share=0.2):
        out = []
        for w in spoken(text).split():
            p = wer * (1.3 if w in self.SHORT else 0.85)
            if rng.random() >= p:
                out.append(w)
                continue
            r = rng.random()
            if r < mix[0]:
                nb = self.neighbours(w)
                out.append(rng.choice(self.common) if (not nb or rng.random() < random_share) else rng.choice(nb))
            elif r < mix[0] + mix[1]:
                pass
            else:
                out += [w, rng.choice(self.FILL)]
        return " ".join(out) if out else spoken(text)


def wer(ref, hyp):
    a, b = ref.split(), hyp.split()
    return _ed(a, b), len(a)


def load_csv(path, labels):
    idx = {l: i for i, l in enumerate(labels)}
    with open(path, newline="", encoding="utf-8") as f:
        rows = list(csv.DictReader(f))
    return [r["text"].strip() for r in rows], np.array([idx[r["category"]] for r in rows])


def split(y, dev_share, seed):
    """Stratified hold-out: returns (train indices, dev indices)."""
    rng = np.random.RandomState(seed)
    tr, dv = [], []
    for c in np.unique(y):
        i = np.where(y == c)[0]
        rng.shuffle(i)
        k = min(len(i) - 1, max(1, round(len(i) * dev_share)))
        dv += list(i[:k])
        tr += list(i[k:])
    return np.array(sorted(tr)), np.array(sorted(dv))


def folds(y, k, seed):
    rng = np.random.RandomState(seed)
    f = np.zeros(len(y), int)
    for c in np.unique(y):
        i = np.where(y == c)[0]
        rng.shuffle(i)
        f[i] = np.arange(len(i)) % k
    return f


def softmax(z):
    z = z - z.max(1, keepdims=True)
    e = np.exp(z)
    return e / e.sum(1, keepdims=True)


def fit_temperature(logits, y):
    best = (1e9, 1.0)
    for t in np.exp(np.linspace(np.log(0.2), np.log(5), 120)):
        p = softmax(logits / t)
        nll = -np.log(p[np.arange(len(y)), y] + 1e-12).mean()
        best = min(best, (nll, t))
    return best[1], best[0]


def ece(p, y, n=15):
    c = p.max(1)
    ok = p.argmax(1) == y
    e = 0
    for a in np.linspace(0, 1, n + 1)[:-1]:
        m = (c > a) & (c <= a + 1 / n)
        if m.any():
            e += m.mean() * abs(c[m].mean() - ok[m].mean())
    return e


def threshold_for(score, ok, target):
    """Lowest threshold (largest coverage) whose accepted part is right at least `target` of the time."""
    o = np.argsort(-score)
    acc = np.cumsum(ok[o]) / np.arange(1, len(o) + 1)
    good = np.where(acc >= target)[0]
    if not len(good):
        return 1.01, 0.0, 1.0
    k = good[-1]
    return float(score[o][k]), (k + 1) / len(o), float(acc[k])
