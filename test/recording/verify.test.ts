import { cp, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { newContactId } from '../../src/domain/ids.ts';
import { recordingSample } from '../../src/domain/units.ts';
import { canonicalJson, type Json } from '../../src/lib/canonical-json.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { formatManifest, type Manifest, parseManifest } from '../../src/recording/manifest.ts';
import { openRecorder } from '../../src/recording/open-recorder.ts';
import { verifyRecording } from '../../src/recording/verify-recording.ts';
import { assertProperty } from '../support/assert-property.ts';
import { originAgo } from '../support/recording-origin.ts';
import { chunk, tap } from './spoken-audio.ts';

let folder = '';
let original = '';
let copy = '';

/** One sealed recording for all tests; each works on a copy of it. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'verify-'));
  await using recorder = await openRecorder(
    {
      recordingsDirectory: folder,
      retention: { class: 'c', policy: 'p', policy_version: 1, years: 5 },
      reserveBytes: 0,
    },
    systemClock,
    silentLogger,
  );
  const line = recorder.openChannel();
  const origin = originAgo();
  const { recording } = origin;
  const live = await recorder.open({
    ...origin,
    contact: newContactId(Date.now()),
    from: '*1',
    to: '*2',
    direction: 'inbound',
    sipCallId: 'x',
    codec: 'PCMA',
  });
  const { send, close } = tap(line);
  send(
    chunk(recording, 'customer', 400, 0, 2_000, [{ at: recordingSample(100), samples: 160, because: 'loss' }], 'PCMA'),
    chunk(recording, 'bot', 900, 0, 2_000, [], 'PCMA'),
  );
  close(recording, 'customer', 'bot');
  live.joined('customer', 'caller');
  original = join((await live.seal()).path, '..');
  line.close();
});
afterAll(() => rm(folder, { recursive: true, force: true }));
let copies = 0;
beforeEach(async () => {
  copy = join(folder, `copy-${copies++}`);
  await cp(original, copy, { recursive: true });
});

const FILES = ['audio.wav', 'manifest.json', 'tracks/bot.pcma.wav', 'tracks/customer.pcma.wav'];

test('the recording as it was sealed verifies, by its folder and by its audio file', async () => {
  expect((await readdir(copy, { recursive: true })).sort()).toEqual([...FILES, 'tracks'].sort());
  for (const path of [copy, join(copy, 'audio.wav'), join(copy, 'manifest.json')])
    expect(await verifyRecording(path)).toMatchObject({ ok: true, problems: [] });
});

/** Rewrites a file that is read-only to others. */
async function put(path: string, bytes: Uint8Array): Promise<void> {
  await rm(path);
  await writeFile(path, bytes);
}

test.each(FILES)('any byte of %s flipped is found', async (name) => {
  const path = join(copy, name);
  const bytes = await readFile(path);
  await assertProperty(
    fc.asyncProperty(
      fc.oneof(fc.nat(Math.min(bytes.length, 80) - 1), fc.nat(bytes.length - 1)),
      fc.integer({ min: 1, max: 255 }),
      async (at, flip) => {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ flip;
        await put(path, changed);
        expect(await verifyRecording(copy)).toMatchObject({ ok: false, intact: false });
      },
    ),
    { numRuns: name === 'manifest.json' ? 200 : 60 },
  );
});

test('every single byte of the manifest matters', async () => {
  const text = await readFile(join(copy, 'manifest.json'));
  for (let at = 0; at < text.length; at++) {
    const changed = Buffer.from(text);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(parseManifest(changed.toString()), `byte ${at}`).toHaveProperty('problem');
  }
});

test.each(FILES)('%s cut short, made longer, or gone is found', async (name) => {
  const path = join(copy, name);
  const bytes = await readFile(path);
  await truncate(path, bytes.length - 1);
  expect(await verifyRecording(copy)).toMatchObject({ ok: false, intact: false });
  await put(path, Buffer.concat([bytes, Buffer.from([0])]));
  expect(await verifyRecording(copy)).toMatchObject({ ok: false, intact: false });
  await rm(path);
  expect(await verifyRecording(copy)).toMatchObject({ ok: false, intact: false });
});

test('a file that the manifest does not know is found, a link too', async () => {
  await writeFile(join(copy, 'tracks', 'extra.wav'), '');
  expect((await verifyRecording(copy)).problems).toEqual(['tracks/extra.wav: the manifest does not know it']);
  await rm(join(copy, 'tracks', 'extra.wav'));
  await symlink('audio.wav', join(copy, 'again.wav'));
  expect((await verifyRecording(copy)).problems).toEqual(['again.wav: the manifest does not know it']);
});

/** Manifests that are whole and signed by their own digest, but say what cannot be. */
const LIES: readonly (readonly [string, (manifest: Manifest) => Partial<Manifest>, RegExp])[] = [
  ['a longer call', ({ samples }) => ({ samples: samples + 8_000 }), /disagree|not a WAV/],
  ['another duration', ({ duration_ms }) => ({ duration_ms: duration_ms + 50 }), /disagree/],
  ['another end', ({ started_at }) => ({ ended_at: started_at }), /disagree/],
  ['a clock that saw more', ({ duration_ms }) => ({ ended_ms: duration_ms + 5_000 }), /but the call took/],
  [
    'a gap outside',
    ({ samples }) => ({ gaps: [{ track: 'customer', at: recordingSample(samples - 1), samples: 2, because: 'loss' }] }),
    /lies outside/,
  ],
  ['no term', ({ retention }) => ({ retention: { ...retention, retain_until: '' } }), /retention/],
  [
    'a term before the call',
    ({ retention }) => ({ retention: { ...retention, retain_until: '2020-01-01T00:00:00.000Z' } }),
    /retention/,
  ],
  [
    'sound in a silent file',
    ({ audio }) => ({ audio: { ...audio, right: ['bot'], sha256: '0'.repeat(64) } }),
    /audio\.wav/,
  ],
  ['a file missing', () => ({ tracks: [] }), /does not know/],
];

test.each(LIES)('a manifest that speaks of %s is found out', async (_, lie, problem) => {
  const manifest = parseManifest(await readFile(join(copy, 'manifest.json'), 'utf8'));
  if ('problem' in manifest) throw new Error(manifest.problem);
  await put(join(copy, 'manifest.json'), Buffer.from(formatManifest({ ...manifest, ...lie(manifest) })));
  const { ok, problems } = await verifyRecording(copy);
  expect(ok).toBe(false);
  expect(problems.join()).toMatch(problem);
});

test('what is no recording is a problem, not an exception', async () => {
  for (const path of ['/dev/null', '/proc/none', join(folder, 'nothing'), folder])
    expect(await verifyRecording(path)).toMatchObject({ ok: false, intact: false });
});

test('canonical JSON has one form whatever the order of the members', () => {
  expect(canonicalJson({ b: [1, 'ä\u2028"', null], a: { d: true, c: undefined } })).toBe(
    '{"a":{"d":true},"b":[1,"ä\u2028\\"",null]}',
  );
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value);
      expect(canonicalJson(JSON.parse(text) as Json)).toBe(text);
      const reversed = JSON.parse(text, (_, inner: unknown) =>
        typeof inner === 'object' && inner !== null && !Array.isArray(inner)
          ? Object.fromEntries(Object.entries(inner).toReversed())
          : inner,
      ) as Json;
      expect(canonicalJson(reversed)).toBe(text);
    }),
  );
});
