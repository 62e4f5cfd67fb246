#!/usr/bin/env python3
"""Encoder (+ optional head) -> ONNX built node by node with onnxruntime's fused operators, then dynamic int8.

  export.py --weights model.safetensors [--model run/model.pt] --out out/intent [--vocab-keep ids.json]
Writes OUT.fp32.onnx (checking) and OUT.int8.onnx. Word embeddings: int8 with one scale per token.
"""

import argparse, json, os, numpy as np, onnx
from onnx import helper as h, numpy_helper as nh, TensorProto as T


def build(enc, path, head=None, sigmoid=False, q_emb=True, keep=None):
    """enc: Encoder; head: (W [N,H], b [N], scale) cosine head or None."""
    cfg = enc.cfg
    H, L, heads, eps = cfg["H"], cfg["L"], cfg["heads"], cfg["eps"]
    sd = {k: v.detach().float().numpy() for k, v in enc.state_dict().items()}
    init, nodes = [], []

    def c(name, arr):
        init.append(nh.from_array(np.ascontiguousarray(arr), name))
        return name

    def n(op, ins, out, dom="", **kw):
        nodes.append(
            h.make_node(
                op,
                ins,
                [out] if isinstance(out, str) else out,
                name=out if isinstance(out, str) else out[0],
                domain=dom,
                **kw,
            )
        )
        return out

    word = sd["word.weight"] if keep is None else sd["word.weight"][keep]
    if q_emb:
        s = np.abs(word).max(1, keepdims=True) / 127 + 1e-12
        c("word_q", np.round(word / s).astype(np.int8))
        c("word_s", s.astype(np.float32))
        n("Gather", ["word_q", "input_ids"], "wq")
        n("Cast", ["wq"], "wf", to=T.FLOAT)
        n("Gather", ["word_s", "input_ids"], "ws")
        n("Mul", ["wf", "ws"], "we")
    else:
        c("word", word.astype(np.float32))
        n("Gather", ["word", "input_ids"], "we")
    c("pos", (sd["pos.weight"] + sd["typ"]).astype(np.float32))
    c("i0", np.array([0], np.int64))
    c("ax0", np.array([0], np.int64))
    n("Shape", ["input_ids"], "len", start=1, end=2)
    n("Slice", ["pos", "i0", "len", "ax0"], "pe")
    n("Add", ["we", "pe"], "e0")
    c("eg", sd["ln.weight"])
    c("eb", sd["ln.bias"])
    n("LayerNormalization", ["e0", "eg", "eb"], "x0", axis=-1, epsilon=eps)
    n("Cast", ["attention_mask"], "mask32", to=T.INT32)
    x = "x0"
    M = "com.microsoft"
    for i in range(L):
        p, t = f"layers.{i}.", f"l{i}_"
        c(t + "qkvw", sd[p + "qkv.weight"].T)
        c(t + "qkvb", sd[p + "qkv.bias"])
        n("Attention", [x, t + "qkvw", t + "qkvb", "mask32"], t + "att", M, num_heads=heads)
        c(t + "ow", sd[p + "o.weight"].T)
        n("MatMul", [t + "att", t + "ow"], t + "ao")
        for k in ("ln1", "ln2"):
            c(t + k + "g", sd[p + k + ".weight"])
            c(t + k + "b", sd[p + k + ".bias"])
        c(t + "ob", sd[p + "o.bias"])
        n("SkipLayerNormalization", [t + "ao", x, t + "ln1g", t + "ln1b", t + "ob"], t + "h", M, epsilon=eps)
        c(t + "fiw", sd[p + "fi.weight"].T)
        n("MatMul", [t + "h", t + "fiw"], t + "f1")
        c(t + "fib", sd[p + "fi.bias"])
        n("BiasGelu", [t + "f1", t + "fib"], t + "f2", M)
        c(t + "fow", sd[p + "fo.weight"].T)
        n("MatMul", [t + "f2", t + "fow"], t + "f3")
        c(t + "fob", sd[p + "fo.bias"])
        n("SkipLayerNormalization", [t + "f3", t + "h", t + "ln2g", t + "ln2b", t + "fob"], t + "y", M, epsilon=eps)
        x = t + "y"
    n("Cast", ["attention_mask"], "maskf", to=T.FLOAT)
    c("ax2", np.array([2], np.int64))
    c("ax1", np.array([1], np.int64))
    n("Unsqueeze", ["maskf", "ax2"], "m3")
    n("Mul", [x, "m3"], "xm")
    n("ReduceSum", ["xm", "ax1"], "sx", keepdims=0)
    n("ReduceSum", ["maskf", "ax1"], "sm", keepdims=1)
    n("Div", ["sx", "sm"], "mean")
    n("LpNormalization", ["mean"], "embedding", axis=-1, p=2)
    outs = [h.make_tensor_value_info("embedding", T.FLOAT, ["B", H])]
    if head is not None:
        W, b, s = head
        if s is not None:
            W = W / np.linalg.norm(W, axis=1, keepdims=True) * s  # cosine head; s None: linear head on the plain mean
        c("headw", W.T.astype(np.float32))
        c("headb", b.astype(np.float32))
        n("MatMul", ["mean" if s is None else "embedding", "headw"], "hz")
        n("Add", ["hz", "headb"], "logits")
        outs.insert(0, h.make_tensor_value_info("logits", T.FLOAT, ["B", len(b)]))
    g = h.make_graph(
        nodes,
        "intent",
        [h.make_tensor_value_info(k, T.INT64, ["B", "S"]) for k in ("input_ids", "attention_mask")],
        outs,
        init,
    )
    m = h.make_model(g, opset_imports=[h.make_opsetid("", 17), h.make_opsetid("com.microsoft", 1)])
    m.ir_version = 8
    onnx.save(m, path)


def quantise(src, dst, skip=("hz",), reduce_range=False):
    from onnxruntime.quantization import quantize_dynamic, QuantType

    quantize_dynamic(
        src,
        dst,
        op_types_to_quantize=["MatMul", "Attention"],
        per_channel=True,
        weight_type=QuantType.QInt8,
        nodes_to_exclude=list(skip),
        reduce_range=reduce_range,
        extra_options={"DefaultTensorType": T.FLOAT},
    )


if __name__ == "__main__":
    import torch
    from enc import *

    ap = argparse.ArgumentParser()
    ap.add_argument("--weights", required=True)
    ap.add_argument("--model")
    ap.add_argument("--out", required=True)
    ap.add_argument("--keep")
    a = ap.parse_args()
    net = load_minilm(a.weights, 0.0).eval()
    head = None
    if a.model:
        ck = torch.load(a.model)
        net.load_state_dict(ck["net"], strict=False)
        head = (
            ck["head"]["weight"].numpy(),
            ck["head"]["bias"].numpy(),
            float(torch.exp(ck["log_s"])) if "log_s" in ck else None,
        )
    keep = json.load(open(a.keep)) if a.keep else None
    build(net, a.out + ".fp32.onnx", head, keep=keep)
    quantise(a.out + ".fp32.onnx", a.out + ".int8.onnx")
    import onnxruntime as ort

    i = np.array([[101, 2026, 4003, 2003, 2439, 102, 0, 0], [101, 2129, 2079, 1045, 4638, 2026, 5703, 102]])
    m = (i > 0).astype(np.int64)
    so = ort.SessionOptions()
    so.intra_op_num_threads = 1
    with torch.no_grad():
        ref = torch.nn.functional.normalize(net(torch.from_numpy(i), torch.from_numpy(m)), dim=-1).numpy()
    for k in ("fp32", "int8"):
        if keep:
            break
        o = ort.InferenceSession(f"{a.out}.{k}.onnx", so).run(["embedding"], dict(input_ids=i, attention_mask=m))[0]
        print(k, "cosine to torch", (o * ref).sum(1))
    for k in ("fp32", "int8"):
        print(k, os.path.getsize(f"{a.out}.{k}.onnx") / 1e6, "MB")
