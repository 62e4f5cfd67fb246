import '../../lib/original-positions.ts';
import { setPriority } from 'node:os';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { BatchReader, newBatch, REPLY_BYTES, REQUEST_BYTES, SILERO_FRAME } from './silero-wire.ts';

/*
 * Entry of the child process that runs Silero VAD for one media worker: reads batches from standard input, writes
 * probabilities to standard output, ends with its input. A process of its own: a run blocks its thread, and a crash of
 * native code must not take calls with it.
 */

/** The model sees the end of the last frame before each frame. */
const CONTEXT = 32;
const WIDTH = CONTEXT + SILERO_FRAME;
/** LSTM state: [2, streams, 128] */
const LAYERS = 2;
const UNITS = 128;
/** Streams per run: beyond this a larger batch saves nothing more. */
const LARGEST_RUN = 64;
const FULL_SCALE = 32768;

interface Stream {
  readonly context: Float32Array;
  readonly state: Float32Array;
}

interface Request {
  readonly tag: number;
  readonly stream: Stream;
  /** Of its samples in the items. */
  readonly offset: number;
}

const streams = new Map<number, Stream>();

const newStream = (): Stream => ({
  context: new Float32Array(CONTEXT),
  state: new Float32Array(LAYERS * UNITS),
});

function streamOf(tag: number, fresh: boolean): Stream {
  const slot = tag & 0xffff;
  let stream = streams.get(slot);
  if (stream === undefined) {
    stream = newStream();
    streams.set(slot, stream);
  } else if (fresh) {
    stream.context.fill(0);
    stream.state.fill(0);
  }
  return stream;
}

/** Frames of one stream depend on each other: the first of each stream make one run, the second the next, and so on. */
async function answer(session: InferenceSession, rate: Tensor, count: number, items: DataView): Promise<Uint8Array> {
  const reply = newBatch(count, REPLY_BYTES);
  let answered = 0;
  let waiting = Array.from({ length: count }, (_, n) => n * REQUEST_BYTES);
  while (waiting.length > 0) {
    const run = new Map<number, Request>();
    const later: number[] = [];
    for (const at of waiting) {
      const tag = items.getUint32(at, true);
      const slot = tag & 0xffff;
      if (run.has(slot) || run.size >= LARGEST_RUN) later.push(at);
      else run.set(slot, { tag, stream: streamOf(tag, items.getUint32(at + 4, true) === 1), offset: at + 8 });
    }
    for (const [tag, probability] of await infer(session, rate, [...run.values()], items)) {
      reply.items.setUint32(answered * REPLY_BYTES, tag, true);
      reply.items.setFloat32(answered * REPLY_BYTES + 4, probability, true);
      answered++;
    }
    waiting = later;
  }
  return reply.bytes;
}

async function infer(
  session: InferenceSession,
  rate: Tensor,
  requests: readonly Request[],
  items: DataView,
): Promise<(readonly [number, number])[]> {
  const size = requests.length;
  const input = new Float32Array(size * WIDTH);
  const state = new Float32Array(LAYERS * size * UNITS);
  for (const [n, { stream, offset }] of requests.entries()) {
    const start = n * WIDTH;
    input.set(stream.context, start);
    for (let i = 0; i < SILERO_FRAME; i++)
      input[start + CONTEXT + i] = items.getInt16(offset + 2 * i, true) / FULL_SCALE;
    stream.context.set(input.subarray(start + WIDTH - CONTEXT, start + WIDTH));
    for (let layer = 0; layer < LAYERS; layer++)
      state.set(stream.state.subarray(layer * UNITS, (layer + 1) * UNITS), (layer * size + n) * UNITS);
  }
  const result = await session.run({
    input: new Tensor('float32', input, [size, WIDTH]),
    state: new Tensor('float32', state, [LAYERS, size, UNITS]),
    sr: rate,
  });
  const probabilities = floats(result['output']);
  const next = floats(result['stateN']);
  for (const [n, { stream }] of requests.entries())
    for (let layer = 0; layer < LAYERS; layer++) {
      const from = (layer * size + n) * UNITS;
      stream.state.set(next.subarray(from, from + UNITS), layer * UNITS);
    }
  return requests.map(({ tag }, n) => [tag, probabilities[n] ?? 0] as const);
}

function floats(tensor: Tensor | undefined): Float32Array {
  if (tensor?.data instanceof Float32Array) return tensor.data;
  throw new Error('the model answers otherwise than Silero VAD 5');
}

/** The first runs are slow: they reserve memory. */
async function warmUp(session: InferenceSession, rate: Tensor): Promise<void> {
  const silence = newBatch(LARGEST_RUN, REQUEST_BYTES).items;
  for (const size of [1, 4, LARGEST_RUN]) {
    const requests = Array.from({ length: size }, () => ({ tag: 0, stream: newStream(), offset: 8 }));
    await infer(session, rate, requests, silence);
  }
}

async function serve(modelPath: string): Promise<void> {
  const session = await InferenceSession.create(modelPath, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
  });
  const rate = new Tensor('int64', BigInt64Array.of(8000n), []);
  await warmUp(session, rate);
  let busy: Promise<void> = Promise.resolve();
  const reader = new BatchReader(REQUEST_BYTES, (count, items) => {
    busy = busy.then(async () => void process.stdout.write(await answer(session, rate, count, items)));
    busy.catch(() => process.exit(1));
  });
  process.stdin.on('data', (chunk: Buffer) => {
    if (!reader.push(chunk)) process.exit(1);
  });
  process.stdout.write(newBatch(0, REPLY_BYTES).bytes);
}

// the line drains after Ctrl-C; we go when our input ends
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
process.stdin.on('end', () => process.exit(0));
process.stdout.on('error', () => process.exit(0));
try {
  // who plays sound out goes first
  setPriority(5);
} catch {
  // not permitted: then not
}
serve(process.argv[2] ?? '').catch(() => process.exit(2));
