import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { consoleRecordings } from '../../src/app/console-recordings.ts';
import { makeVcon } from '../../src/archive/export/make-vcon.ts';
import type { TranscriptSegment } from '../../src/archive/index/archive-index.ts';
import type { ArchivedManifest } from '../../src/archive/manifest/archived-manifest.ts';
import type { Transcript } from '../../src/archive/manifest/transcript.ts';
import { archiveRecording } from '../../src/archive/pipeline/archive-recording.ts';
import { packOf } from '../../src/archive/pipeline/locations.ts';
import { readStoredPack } from '../../src/archive/pipeline/pack-file.ts';
import { openPlayback } from '../../src/archive/pipeline/playback.ts';
import { transcriptOf } from '../../src/archive/transcript/transcript-of.ts';
import { parseWav } from '../../src/audio/wav.ts';
import { recordingMs } from '../../src/domain/units.ts';
import { canonicalJson, type Json } from '../../src/lib/canonical-json.ts';
import { Scope } from '../../src/lib/scope.ts';
import { strengthOf } from '../recording/spoken-audio.ts';
import { archiveForTest, FACTS } from './pipeline/archive-for-test.ts';
import { sealedForTest } from './pipeline/sealed-recording.ts';

/* Who speaks is told by the track's name alone, whoever called whom and whoever was there first: in the player, in the transcript, in the export. */

let folder: string;
let scope: Scope;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tellerline-roles-'));
  scope = new Scope();
});
afterEach(async () => {
  await scope.close();
  await rm(folder, { recursive: true, force: true });
});

/** Tracks in the order in which the legs came. The customer's tone is 440 Hz, everybody else's another. */
const CALLS = {
  inbound: { direction: 'inbound', tracks: ['customer', 'bot'] },
  outbound: { direction: 'outbound', tracks: ['bot', 'customer'] },
  'callback, the agent first': { direction: 'outbound', tracks: ['agent', 'bot', 'customer'] },
  transfer: { direction: 'inbound', tracks: ['customer', 'bot', 'agent', 'consulted', 'consulted-private'] },
} as const;

const turn = (track: string, n: number): TranscriptSegment => ({
  track,
  speaker: track,
  fromMs: recordingMs(n * 100),
  toMs: recordingMs(n * 100 + 90),
  text: `${track} speaks`,
  confidence: null,
  words: [],
  source: 'test',
});

test.each(Object.entries(CALLS))(
  '%s: player, transcript and export tell the same roles',
  async (_, { direction, tracks }) => {
    const segments = tracks.map(turn);
    const parts = await archiveForTest(folder, scope);
    const { recording, folder: source } = await sealedForTest(join(folder, 'recordings'), {
      direction,
      tracks,
      callMs: 1_000,
    });
    const facts = { ...FACTS, segments, transcript: transcriptOf(segments, 'en', 'test') };
    const options = { workFolder: join(folder, 'work'), keepSealedMs: 0, software: 't' } as const;
    await archiveRecording(recording, source, { ...parts, facts: () => Promise.resolve(facts) }, options);
    const row = (await parts.index.find(recording))!;
    expect(row.direction).toBe(direction);
    const pack = (await readStoredPack(parts.blobs, packOf(row.location!), recording, parts.keys))!.value;
    const manifest = JSON.parse(pack.manifest.text) as ArchivedManifest;
    const customers = manifest.audio.channels.findIndex((channel) => channel.tracks.includes('customer'));

    // what is heard: the customer on that channel, and nobody else
    await using wav = await openPlayback(parts).open(recording, true);
    const bytes: Uint8Array[] = [];
    for await (const part of wav.read(0, wav.bytes, new AbortController().signal)) bytes.push(part);
    const heard = parseWav(Buffer.concat(bytes)).samples.map((samples) => strengthOf(samples, 440) > 0.8);
    expect(heard).toEqual([0, 1].map((channel) => channel === customers));

    // the player's page
    const storage = { node: row.node } as never;
    const retention = { policies: async () => [], bases: async () => [], holds: async () => [] };
    const detail = await consoleRecordings({ ...parts, storage }, retention).detail(recording, true);
    for (const { channel, roles } of detail.channels) {
      const tracksHere = manifest.audio.channels[channel]!.tracks;
      expect(roles).toEqual(tracksHere.map((track) => (track === 'consulted' ? 'agent' : track)));
      expect(roles.includes('customer')).toBe(channel === customers);
    }
    expect(detail.transcript.map(({ role, text }) => `${role}: ${text}`)).toEqual(
      tracks.map((track) => `${track.startsWith('consulted') ? 'agent' : track}: ${track} speaks`),
    );
    for (const { role, channel } of detail.transcript) expect(channel === customers).toBe(role === 'customer');

    // the transcript that is signed and handed out
    const transcript = JSON.parse(pack.files['transcript.json']!) as Transcript;
    expect(transcript.turns.map(({ speaker }) => speaker)).toEqual(tracks);
    for (const { speaker, channel } of transcript.turns) expect(channel === customers).toBe(speaker === 'customer');

    // the export's vCon: who the parties are, on which channel, and who called
    const vcon = makeVcon({
      manifest,
      manifestText: pack.manifest.text,
      flac: new Uint8Array(1),
      redacted: false,
      transcript: canonicalJson(transcript as unknown as Json),
      madeAt: '2026-03-01T00:00:00.000Z',
      software: 't',
    });
    const names = (vcon['parties'] as { readonly name: string }[]).map(({ name }) => name);
    const [dialog] = vcon['dialog'] as { readonly parties: number[][]; readonly originator: number }[];
    expect(dialog!.parties.map((channel) => channel.map((party) => names[party]))).toEqual(
      manifest.audio.channels.map((channel) => channel.tracks),
    );
    expect(names[dialog!.originator] === 'customer').toBe(direction === 'inbound');
  },
);
