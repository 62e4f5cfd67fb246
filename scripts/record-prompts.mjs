// `npm run record-prompts -- --language zh --model FILE [--dialplan FILE] [--to FOLDER] [--text TEXT…]`: records what the shipped dialplans say in a language that no
// shipped voice speaks, ahead of the calls: whole prompts, the pieces between their values, and the pieces of numbers, amounts, dates and times.
// FILE is Kokoro-82M as int8 ONNX (92 MB, Apache-2.0, `kokoro-v1.0.int8.onnx`); models/voice-zh has the rest. What is recorded already is kept.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as ort from 'onnxruntime-node';
import { pinyin } from 'pinyin-pro';
import { encodeFlacFrame } from '../build/audio/flac/encode-flac.js';
import { FLAC_BLOCK_SIZE, formatFlacHeader } from '../build/audio/flac/flac-stream.js';
import { openFlac } from '../build/audio/flac/read-flac.js';
import { loadPlans } from '../build/dialogue/load-dialplan.js';
import { allQueuePhrases } from '../build/language/queue-phrases.js';
import { SAMPLE_SENTENCES } from '../build/language/zh/sample-sentences.js';
import { BUILT_IN_SERVICES } from '../build/services/open-services.js';
import { piecesToRecord } from '../build/speech/synthesis/recorded-texts.js';
import { clauseAudio } from '../build/speech/synthesis/clause-audio.js';

const MODEL_SHA256 = '6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb';
const VOICE = 'zf_xiaoxiao';
const { values } = parseArgs({
  options: {
    language: { type: 'string', default: 'zh' },
    model: { type: 'string' },
    dialplan: { type: 'string', default: 'dialplans/bank-hotline.yaml' },
    grammars: { type: 'string', default: 'grammars' },
    to: { type: 'string', default: 'dialplans/recordings' },
    text: { type: 'string', multiple: true, default: [] },
  },
});
if (values.model === undefined || values.language !== 'zh') {
  console.error(
    'usage: npm run record-prompts -- --language zh --model kokoro-v1.0.int8.onnx [--dialplan FILE] [--to FOLDER]',
  );
  process.exit(64);
}
const bytes = readFileSync(values.model);
const sha256 = createHash('sha256').update(bytes).digest('hex');
if (sha256 !== MODEL_SHA256) {
  console.error(`${values.model}: expected the file with sha256 ${MODEL_SHA256}, found ${sha256}`);
  process.exit(1);
}

const here = (name) => new URL(`../models/voice-zh/${name}`, import.meta.url);
const table = JSON.parse(readFileSync(here('pinyin-ipa.json'), 'utf8'));
const { vocab } = JSON.parse(readFileSync(here('vocab.json'), 'utf8'));
const style = new Float32Array(new Uint8Array(readFileSync(here(`${VOICE}.bin`))).buffer);
const segmenter = new Intl.Segmenter('zh', { granularity: 'word' });

/** Mandarin as the model's phonemes; between words a space. Numbers are written out in Chinese. */
function phonemes(text) {
  return text.replaceAll('，', ', ').replace(/\p{Script=Han}+/gu, (run) => {
    const syllables = pinyin(run, { toneType: 'num', type: 'array', toneSandhi: false, v: true });
    for (let n = 0; n + 1 < syllables.length; n++) {
      if (run[n] === '不' && syllables[n + 1].endsWith('4')) syllables[n] = 'bu2';
      if (run[n] === '一' && run[n + 1] === '个') syllables[n] = 'yi2';
    }
    let next = 0;
    const spoken = (syllable) => table[syllable.replace(/0$/, '5')] ?? table[`${syllable}5`] ?? '';
    return [...segmenter.segment(run)]
      .map(({ segment }) =>
        Array.from(segment)
          .map(() => spoken(syllables[next++]))
          .join(''),
      )
      .join(' ');
  });
}

const TAPS = 97;
const LOW_PASS = Float64Array.from({ length: TAPS }, (_, i) => {
  const n = i - (TAPS - 1) / 2;
  const cut = 3_700 / 24_000;
  const window =
    0.42 - 0.5 * Math.cos((2 * Math.PI * i) / (TAPS - 1)) + 0.08 * Math.cos((4 * Math.PI * i) / (TAPS - 1));
  return (n === 0 ? 2 * cut : Math.sin(2 * Math.PI * cut * n) / (Math.PI * n)) * window;
});
/** 24 kHz to 8 kHz, 16-bit. */
function telephone(samples) {
  const half = (TAPS - 1) / 2;
  return Int16Array.from({ length: Math.floor(samples.length / 3) }, (_, at) => {
    let sum = 0;
    for (let k = 0; k < TAPS; k++) sum += LOW_PASS[k] * (samples[3 * at + k - half] ?? 0);
    return Math.max(-32_767, Math.min(32_767, Math.round(sum * 20_000)));
  });
}

const session = await ort.InferenceSession.create(values.model, {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  logSeverityLevel: 3,
});
async function spoken(piece) {
  const ids = Array.from(phonemes(piece))
    .map((sign) => vocab[sign])
    .filter((id) => id !== undefined);
  if (ids.length === 0) throw new Error(`nothing can be said of ${piece}`);
  const row = Math.min(ids.length, style.length / 256) - 1;
  const output = await session.run({
    tokens: new ort.Tensor('int64', BigInt64Array.from([0, ...ids, 0], BigInt), [1, ids.length + 2]),
    style: new ort.Tensor('float32', style.slice(row * 256, row * 256 + 256), [1, 256]),
    speed: new ort.Tensor('float32', Float32Array.of(1), [1]),
  });
  // levelled as all clips are, without silence around it; three bits below what G.711 keeps go
  return clauseAudio(telephone(Object.values(output)[0].data), '').map((sample) => (sample >> 3) << 3);
}

const { language, dialplan, grammars, to } = values;
const plans = await loadPlans(dialplan, { grammarsDirectory: grammars, services: BUILT_IN_SERVICES });
const plan = plans.find((one) => one.language.startsWith(language));
if (plan === undefined) throw new Error(`${dialplan} does not speak ${language}`);
const texts = [
  ...[...plan.prompts.values()].flatMap(({ parts }) => parts.filter((part) => typeof part === 'string')),
  ...allQueuePhrases(plan.language, undefined),
  ...SAMPLE_SENTENCES,
  ...values.text,
];
const wanted = piecesToRecord(texts);

mkdirSync(to, { recursive: true });
const [index, audio] = [join(to, `${language}.json`), join(to, `${language}.flac`)];
const known = existsSync(index) ? JSON.parse(readFileSync(index, 'utf8')) : undefined;
const kept = new Map();
if (known !== undefined && known.model === sha256 && known.voice === VOICE) {
  const file = readFileSync(audio);
  const flac = await openFlac({ bytes: file.length, read: async (from, end) => file.subarray(from, end) });
  for (const [piece, [at, length]] of Object.entries(known.pieces)) {
    if (!wanted.includes(piece)) continue;
    const parts = [];
    for await (const [samples] of flac.read(at, at + length)) parts.push(...samples);
    kept.set(piece, Int16Array.from(parts));
  }
}
const pieces = {};
const all = [];
let at = 0;
let recorded = 0;
for (const piece of wanted) {
  const samples = kept.get(piece) ?? (await spoken(piece));
  if (!kept.has(piece) && ++recorded % 25 === 0) console.log(`recorded ${recorded} of ${wanted.length - kept.size}`);
  pieces[piece] = [at, samples.length];
  all.push(samples);
  at += samples.length;
}
const whole = new Int16Array(at);
let put = 0;
for (const samples of all) {
  whole.set(samples, put);
  put += samples.length;
}
const md5 = createHash('md5').update(new Uint8Array(whole.buffer)).digest();
const frames = [];
for (let n = 0; n * FLAC_BLOCK_SIZE < whole.length; n++)
  frames.push(encodeFlacFrame([whole.subarray(n * FLAC_BLOCK_SIZE, (n + 1) * FLAC_BLOCK_SIZE)], 8_000, n));
const header = formatFlacHeader({ rate: 8_000, channels: 1, samples: whole.length, blockSize: FLAC_BLOCK_SIZE, md5 });
const flac = Buffer.concat([header, ...frames]);
writeFileSync(audio, flac);
writeFileSync(
  index,
  `${JSON.stringify({ language, voice: VOICE, model: sha256, sha256: createHash('sha256').update(flac).digest('hex'), pieces }, null, 1).replaceAll(/\[\n\s+(\d+),\n\s+(\d+)\n\s+\]/g, '[$1, $2]')}\n`,
);
console.log(
  `${wanted.length} pieces, ${Math.round(whole.length / 8_000)} s, ${flac.length} bytes: ${recorded} recorded, ${kept.size} kept; ${readdirSync(to).join(', ')}`,
);
