#!/usr/bin/env python3
"""
Makes whole int8 products (DynamicQuantizeMatMul) of those that smooth_encoder.py leaves in blocks: the products behind GELU and the
second convolution. There is no layer norm before them that could divide channels for nothing, so their activations are
multiplied by a factor each, which costs a hundredth of the product.

    python smooth_gelu.py --encoder MADE_BY_smooth_encoder.onnx --peaks peaks.json --out encoder.onnx
"""
import argparse, json
import numpy as np
import onnx
from onnx import helper as oh, numpy_helper as onh

# How much of the difficulty goes from the activations to the weights: by the error of the encoder's output on other speech.
ALPHA = .5
# As in smooth_encoder.py: processors without VNNI add two products in 16 bits.
STEPS = 96


def dequantised(node, values):
    q = values[node.input[1]].astype(np.float32) - 128
    return (q * values[node.input[2]].reshape(len(q), -1, 1)).reshape(len(q), -1)


def whole(node, values, peaks):
    """The nodes that take the place of one; their weights go to `values`."""
    x, o = node.input[0], node.output[0]
    w = dequantised(node, values)
    active = np.maximum(np.array(peaks[x], np.float32), 1e-4)
    weights = np.maximum(np.abs(w).max(0), 1e-5)
    f = active ** ALPHA / weights ** (1 - ALPHA)
    f = (f / np.exp(np.log(f).mean())).astype(np.float32)
    values[o + '_r'] = (1 / f).astype(np.float32)
    w = w * f
    scale = np.abs(w).max(1) / STEPS
    values[o + '_q'] = np.ascontiguousarray(np.clip(np.rint(w / scale[:, None]), -STEPS, STEPS).astype(np.int8).T)
    values[o + '_s'] = scale.astype(np.float32)
    bias = [node.input[5]] if len(node.input) > 5 else []
    return [oh.make_node('Mul', [x, o + '_r'], [o + '_x']),
            oh.make_node('DynamicQuantizeMatMul', [o + '_x', o + '_q', o + '_s', ''] + bias, list(node.output), domain='com.microsoft')]


def main():
    ap = argparse.ArgumentParser()
    for name in ('encoder', 'peaks', 'out'):
        ap.add_argument('--' + name, required=True)
    a = ap.parse_args()
    model, peaks = onnx.load(a.encoder), json.load(open(a.peaks))
    values = {i.name: onh.to_array(i) for i in model.graph.initializer}
    nodes = [n for node in model.graph.node for n in (whole(node, values, peaks) if node.op_type == 'MatMulNBits' else [node])]
    used = {name for node in nodes for name in node.input}
    del model.graph.node[:], model.graph.initializer[:]
    model.graph.node.extend(nodes)
    model.graph.initializer.extend(onh.from_array(np.ascontiguousarray(v), k) for k, v in values.items() if k in used)
    onnx.save(model, a.out)


if __name__ == '__main__':
    main()
