import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tone } from '../../src/audio/tone.ts';
import { formatWav, parseWav } from '../../src/audio/wav.ts';
import { msOfTone } from '../support/recording-of.ts';
import { runProgram, type ServerProcess, startServer } from '../support/server-process.ts';

/*
 * To have another codec is to have another row: the sources with two rows more are built, and called. One row is linear sound at
 * 16 kHz with an RTP clock of 48 kHz, kept as it came; the other, like Opus, has packets whose lengths do not tell their durations, and
 * tracks in another codec.
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Of the checkout, what a build needs beside its sources. */
const BESIDE = ['node_modules', 'models', 'package.json', 'tsconfig.json', 'tsconfig.build.json', 'recordings'];

const FORMATS = `
  WIDE: { payloadType: 97, clockRate: 48_000 },
  LONG: { payloadType: 98, clockRate: 48_000 },`;
const ROWS = `
  WIDE: row('WIDE', {
    sampleRate: 16_000,
    octetsPerMs: 32,
    silence: 0,
    wav: { tag: 1, bits: 16 },
    stateful: true,
    encode: () => (samples, count, into) => {
      const view = new DataView(into.buffer, into.byteOffset, into.byteLength);
      for (let i = 0; i < count; i++) view.setInt16(2 * i, samples[i] ?? 0, true);
      return 2 * count;
    },
    decode: () => (payload, into) => {
      const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
      for (let i = 0; 2 * i + 1 < payload.length; i++) into[i] = view.getInt16(2 * i, true);
      return payload.length >> 1;
    },
  }),
  LONG: row('LONG', {
    sampleRate: TELEPHONE_RATE,
    octetsPerMs: 8,
    silence: 0,
    wav: { tag: 0, bits: 8 },
    stateful: true,
    keptAs: 'PCMU',
    // an octet says how many ms it is; equal samples at its end are left out
    packetMs: (bytes, from, to) => (to > from ? (bytes[from] ?? 0) : 0),
    encode: () => (samples, count, into) => {
      let end = count;
      while (end > 1 && (samples[end - 1] ?? 0) >> 8 === (samples[end - 2] ?? 0) >> 8) end--;
      into[0] = count / 8;
      for (let i = 0; i < end; i++) into[i + 1] = (samples[i] ?? 0) >> 8;
      return end + 1;
    },
    decode: () => (payload, into) => {
      const count = 8 * (payload[0] ?? 0);
      let last = 0;
      for (let i = 0; i < count; i++) into[i] = last = i + 1 < payload.length ? ((payload[i + 1] ?? 0) << 24) >> 16 : last;
      return count;
    },
  }),`;

let folder: string;
let program: string;
let bank: ServerProcess;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tellerline-another-codec-'));
  for (const name of ['src', 'build']) await cp(join(ROOT, name), join(folder, name), { recursive: true });
  for (const name of BESIDE) await symlink(join(ROOT, name), join(folder, name));
  await addTo('src/domain/codec.ts', '} as const satisfies Readonly<Record<string, CodecFormat>>', FORMATS);
  await addTo('src/audio/codecs.ts', '};\n\nexport const codecOf', ROWS);
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  // all others are compiled already
  const changed = { extends: './tsconfig.build.json', include: ['src/**/*.d.ts'], files: ['src/audio/codecs.ts'] };
  await writeFile(join(folder, 'tsconfig.rows.json'), JSON.stringify(changed));
  const built = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.rows.json', '--noCheck', 'false'], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect(built.stdout).toBe('');
  const bundling = `import { bundle } from '${join(ROOT, 'scripts/bundle.mjs')}'; await bundle('${join(folder, 'build')}', '${join(folder, 'dist')}');`;
  const bundled = spawnSync(process.execPath, ['--input-type=module', '--eval', bundling], { encoding: 'utf8' });
  expect([bundled.status, bundled.stderr]).toEqual([0, '']);
  program = join(folder, 'dist/main.js');
  bank = await startServer({ program, set: { 'rtp.codecs': 'WIDE, LONG, PCMU' } });
}, 300_000);

afterAll(async () => {
  await bank?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function addTo(file: string, before: string, rows: string): Promise<void> {
  const path = join(folder, file);
  const parts = (await readFile(path, 'utf8')).split(before);
  expect(parts).toHaveLength(2);
  await writeFile(path, `${parts[0]?.trimEnd()}${rows}\n${before}${parts[1]}`);
}

const SCRIPT = (sound: string): string => `
steps:
  - wait-for: { speech: true, within_s: 40 }
  - press: '1'
  - play: ${sound}
  - wait-for: { silence_ms: 1000, within_s: 40 }
  - hang-up
`;

test.each([
  ['WIDE', 16_000, ['tracks/bot.pcmu.wav', 'tracks/customer.wide.wav']],
  ['LONG', 8_000, ['tracks/bot.pcmu.wav', 'tracks/customer.pcmu.wav']],
])(
  'a call in %s: heard both ways, keys by its clock, recorded and proven',
  async (codec, rate, paths) => {
    await mkdir(join(folder, codec));
    const [script, sound, heard] = ['script.yaml', 'tone.wav', 'call.wav'].map((name) => join(folder, codec, name));
    await writeFile(String(sound), formatWav(8_000, [tone([440], 12_000)]));
    await writeFile(String(script), SCRIPT(String(sound)));
    const line = `sip:bank@${bank.sip.host}:${bank.sip.port}`;
    const phone = ['phone', line, '--script', String(script), '--wav', String(heard), '--codecs', codec, '--deaf'];
    const called = await runProgram(program, ...phone);
    expect(called).toMatchObject({ status: 0 });

    const answered = await bank.until('call-answered', (event) => event.codec === codec);
    expect(answered).toMatchObject({ codec, telephone_event: true });
    const ofCall = ({ contact }: { readonly contact: string }): boolean => contact === answered.contact;
    expect(await bank.until('digits-keyed', ofCall)).toMatchObject({ via: 'rfc4733', count: 1 });
    expect(await bank.until('recording-verified', ofCall, 60_000)).toMatchObject({ ok: true });
    const { path } = await bank.until('recording-sealed', ofCall);
    const sealed = dirname(path);
    expect(await runProgram(program, 'recordings', 'verify', sealed)).toMatchObject({ status: 0 });
    const manifest = JSON.parse(await readFile(join(sealed, 'manifest.json'), 'utf8')) as {
      readonly codec: string;
      readonly tracks: { path: string }[];
    };
    expect(manifest.codec).toBe(codec);
    expect(manifest.tracks.map((track) => track.path)).toEqual(paths);

    const customer = parseWav(await readFile(join(sealed, String(paths[1]))));
    expect(customer.rate).toBe(rate);
    const samples = customer.samples[0] ?? new Int16Array(0);
    expect(
      msOfTone(
        samples.filter((_, i) => i % (rate / 8_000) === 0),
        440,
      ),
    ).toBeGreaterThan(1_400);
    const stereo = parseWav(await readFile(join(sealed, 'audio.wav')));
    expect(msOfTone(stereo.samples[0] ?? new Int16Array(0), 440)).toBeGreaterThan(1_400);
    const bot = parseWav(await readFile(String(heard))).samples[1] ?? new Int16Array(0);
    expect(bot.some((sample) => Math.abs(sample) > 1_000)).toBe(true);
  },
  120_000,
);
