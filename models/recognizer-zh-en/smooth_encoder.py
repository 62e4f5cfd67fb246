#!/usr/bin/env python3
"""
Makes the encoder's matrix products cheap: two thirds of them become whole int8 products (DynamicQuantizeMatMul: one scale for all
activations, one for each output), which an x86 core makes three times as fast as products in blocks (MatMulNBits).

A few channels of a transformer are far larger than the others, and one scale for all would leave the small ones nothing. So each
channel is divided by a factor, and the weights that it meets are multiplied by it (Xiao et al. 2023, SmoothQuant): the layer
norm before them divides for nothing, and so do the value projections. The products behind GELU, which nothing can divide for
nothing, stay in blocks.

    python smooth_encoder.py --encoder MADE_BY_make_onnx.onnx --peaks peaks.json --out encoder.onnx

peaks.json has the largest activation of each channel over sentences of other voices, readings in Mandarin and spoken digits;
--calibrate FOLDER writes it (log-mel files: frames as uint32, then mel, positions and counts as float32).
"""
import argparse, glob, json, os
import numpy as np
import onnx
from onnx import TensorProto as TP, helper as oh, numpy_helper as onh

D, LAYERS, BLOCK = 512, 6, 128
# How much of the difficulty goes from the activations to the weights: by the error of the encoder's output on other speech.
ALPHA = dict(qkv=.8, out=.65, in_=.65, kv=.65)
# Two products of an unsigned and a signed byte fit into 16 bits for all that is likely: processors without VNNI add them there.
STEPS = 96


class Encoder:
    def __init__(self, path):
        self.model = onnx.load(path)
        self.graph = self.model.graph
        self.values = {i.name: onh.to_array(i) for i in self.graph.initializer}
        self.made_by = {o: n for n in self.graph.node for o in n.output}
        linear = [n for n in self.graph.node if n.op_type == 'MatMulNBits']
        names = ['conv2'] + [f'{kind}{layer}' for layer in range(LAYERS) for kind in ('qkv', 'out', 'in_', 'back')] + [f'kv{layer}' for layer in range(LAYERS)]
        assert len(linear) == len(names)
        self.node = dict(zip(names, linear))
        self.weight = {k: self.dequantised(n) for k, n in self.node.items()}
        self.bias = {k: self.values[n.input[5]].copy() if len(n.input) > 5 else None for k, n in self.node.items()}

    def dequantised(self, node):
        q = self.values[node.input[1]].astype(np.float32) - 128
        return (q * self.values[node.input[2]].reshape(len(q), -1, 1)).reshape(len(q), -1)


def peaks_of(encoder, folder):
    import onnxruntime as ort
    inputs = sorted({encoder.node[k].input[0] for k in encoder.node if k.rstrip('0123456789') in ALPHA})
    probed = onnx.ModelProto()
    probed.CopyFrom(encoder.model)
    probed.graph.output.extend(oh.make_tensor_value_info(x, TP.FLOAT, None) for x in inputs)
    session = ort.InferenceSession(probed.SerializeToString(), providers=['CPUExecutionProvider'])
    peaks = {}
    for path in sorted(glob.glob(os.path.join(folder, '*'))):
        data = open(path, 'rb').read()
        frames = int(np.frombuffer(data, np.uint32, 1)[0])
        rest = np.frombuffer(data, np.float32, -1, 4)
        mel, places = rest[:80 * frames].reshape(1, 80, frames), rest[80 * frames:].reshape(2, -1)
        for x, v in zip(inputs, session.run(inputs, dict(mel=mel, positions=places[0], counts=places[1]))):
            peaks[x] = np.maximum(peaks.get(x, 0), np.abs(v).reshape(-1, v.shape[-1]).max(0))
    return {x: [float('%.4g' % v) for v in p] for x, p in peaks.items()}


def factors(encoder, peaks, kinds):
    """By channel; their geometric mean is 1."""
    alpha = ALPHA[kinds[0].rstrip('0123456789')]
    active = np.maximum(np.array(peaks[encoder.node[kinds[0]].input[0]], np.float32), 1e-5)
    weights = np.maximum(np.max([np.abs(encoder.weight[k]).max(0) for k in kinds], 0), 1e-5)
    f = active ** alpha / weights ** (1 - alpha)
    return (f / np.exp(np.log(f).mean())).astype(np.float32)


def smooth(encoder, peaks):
    def by_norm(kinds):
        norm = encoder.made_by[encoder.node[kinds[0]].input[0]]
        assert norm.op_type == 'LayerNormalization'
        f = factors(encoder, peaks, kinds)
        for name in norm.input[1:3]:
            encoder.values[name] = encoder.values[name] / f
        for k in kinds:
            encoder.weight[k] = encoder.weight[k] * f
    for layer in range(LAYERS):
        by_norm([f'qkv{layer}'])
        by_norm([f'in_{layer}'])
        f = factors(encoder, peaks, [f'out{layer}'])
        encoder.weight[f'qkv{layer}'][2 * D:] /= f[:, None]
        if encoder.bias[f'qkv{layer}'] is not None:
            encoder.bias[f'qkv{layer}'][2 * D:] /= f
        encoder.weight[f'out{layer}'] = encoder.weight[f'out{layer}'] * f
    by_norm([f'kv{layer}' for layer in range(LAYERS)])


def quantised(encoder):
    """The graph with whole int8 products where channels were smoothed."""
    kind_of = {encoder.node[k].output[0]: k for k in encoder.node}
    nodes, gone, new = [], set(), {}
    for node in encoder.graph.node:
        kind = kind_of.get(node.output[0])
        if kind is None or kind.rstrip('0123456789') not in ALPHA:
            nodes.append(node)
            continue
        w, b = encoder.weight[kind], encoder.bias[kind]
        scale = np.abs(w).max(1) / STEPS
        q = np.clip(np.rint(w / scale[:, None]), -STEPS, STEPS).astype(np.int8)
        names = [node.input[1], node.input[2]]
        gone.update(n for n in node.input[1:] if n)
        new[names[0]], new[names[1]] = np.ascontiguousarray(q.T), scale.astype(np.float32)
        inputs = [node.input[0], *names, '']
        if b is not None:
            new[node.input[5]] = b.astype(np.float32)
            inputs.append(node.input[5])
        nodes.append(oh.make_node('DynamicQuantizeMatMul', inputs, list(node.output), domain='com.microsoft'))
    kept = {name: value for name, value in encoder.values.items() if name not in gone}
    del encoder.graph.node[:], encoder.graph.initializer[:]
    encoder.graph.node.extend(nodes)
    encoder.graph.initializer.extend(onh.from_array(np.ascontiguousarray(v), k) for k, v in {**kept, **new}.items())
    return encoder.model


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument('--encoder', required=True)
    ap.add_argument('--peaks', required=True)
    ap.add_argument('--calibrate')
    ap.add_argument('--out')
    a = ap.parse_args()
    encoder = Encoder(a.encoder)
    if a.calibrate:
        json.dump(peaks_of(encoder, a.calibrate), open(a.peaks, 'w'), separators=(',', ':'))
    if a.out:
        smooth(encoder, json.load(open(a.peaks)))
        onnx.save(quantised(encoder), a.out)


if __name__ == '__main__':
    main()
