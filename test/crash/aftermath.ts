import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import type { CallEvent } from '../../src/domain/call-event.ts';
import type { ContactId } from '../../src/domain/ids.ts';
import { MANIFEST_NAME, type Manifest, parseManifest } from '../../src/recording/manifest.ts';
import { verifyRecording } from '../../src/recording/verify-recording.ts';
import { eventually, runTellerline, type ServerProcess } from '../support/server-process.ts';
import { PACKET, packetsIn, type Talker } from './callers.ts';

/* What a server that was started again has kept of the calls before. */

/** A packet may have come before the source was believed: the first ones are no loss of the crash. */
const LATCHING = 5;
const WAV_HEADER = 58;

export interface Sealed {
  readonly folder: string;
  readonly manifest: Manifest;
}

/** The sealed recordings below a folder, by contact. */
export async function sealedBelow(recordings: string): Promise<ReadonlyMap<string, Sealed>> {
  const found = new Map<string, Sealed>();
  for (const name of await readdir(recordings, { recursive: true })) {
    if (!/^\d{4}\/.*manifest\.json$/.test(name)) continue;
    const folder = dirname(join(recordings, name));
    const manifest = parseManifest(await readFile(join(folder, MANIFEST_NAME), 'utf8'));
    if ('problem' in manifest) throw new Error(`${folder}: ${manifest.problem}`);
    found.set(manifest.contact, { folder, manifest });
  }
  return found;
}

/**
 * The talker's recording is verified and lacks nothing but its end.
 *
 * @param diedAt - by `Date.now()`
 * @returns how much of the end is missing, ms
 */
export async function expectRecorded(
  talker: Pick<Talker, 'contact' | 'sent'>,
  sealed: ReadonlyMap<string, Sealed>,
  { diedAt, mostMs }: { readonly diedAt: number; readonly mostMs: number },
): Promise<number> {
  const sent = talker.sent.filter((at) => at <= diedAt);
  /** A talker on a busy machine sends late: a packet is lost for as long as it had been sent. */
  const lostFrom = (n: number): number => Math.max(0, diedAt - (sent[n] ?? diedAt));
  const recording = sealed.get(talker.contact);
  if (recording === undefined) {
    expect(lostFrom(0), 'a call without a recording').toBeLessThanOrEqual(mostMs);
    return lostFrom(0);
  }
  const { folder, manifest } = recording;
  expect(await verifyRecording(folder), folder).toMatchObject({ ok: true, problems: [] });
  const track = manifest.tracks.find((one) => one.track === 'customer');
  const codes = track === undefined ? Buffer.alloc(0) : (await readFile(join(folder, track.path))).subarray(WAV_HEADER);
  const kept = packetsIn(codes);
  const last = Math.max(-1, ...kept);
  const holes = Array.from({ length: Math.max(0, last - LATCHING) }, (_, n) => n + LATCHING).filter(
    (n) => !kept.has(n),
  );
  // a packet that came too late on a busy machine is a gap that says so
  const marked = manifest.gaps.filter((gap) => gap.track === 'customer' && gap.because !== 'not-received');
  const gaps = marked.reduce((sum, { samples }) => sum + samples, 0);
  expect(holes.length * PACKET, `samples missing within ${folder}: packets ${holes.join(', ')}`).toBeLessThanOrEqual(
    gaps,
  );
  const lost = lostFrom(last + 1);
  expect(lost, `lost at the end of ${folder}, of ${lostFrom(0)} ms`).toBeLessThanOrEqual(mostMs);
  return lost;
}

/** What the API has told of calls: it shows nothing that is not durable. */
export interface Acknowledged {
  readonly events: ReadonlyMap<ContactId, readonly CallEvent[]>;
  /** No more questions; resolves when the last one is answered. */
  stop(): Promise<void>;
}

/** Asks for all calls again and again, until told to stop or the server is gone. */
export function keepAsking(server: ServerProcess): Acknowledged {
  const events = new Map<ContactId, readonly CallEvent[]>();
  const stopping = new AbortController();
  const asking = (async () => {
    while (!stopping.signal.aborted) {
      try {
        const list = JSON.parse((await server.get('/api/calls?limit=10')).text) as { calls: { contact: ContactId }[] };
        for (const { contact } of list.calls) {
          const { status, text } = await server.get(`/api/calls/${contact}`);
          if (status === 200) events.set(contact, (JSON.parse(text) as { events: CallEvent[] }).events);
        }
      } catch {
        return; // it is dead
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  return {
    events,
    async stop() {
      stopping.abort();
      await asking;
    },
  };
}

/** Every event that was acknowledged is there, with the same content, and the numbers have no hole. */
export async function expectJournal(server: ServerProcess, { events }: Acknowledged): Promise<void> {
  for (const [contact, before] of events) {
    const { status, text } = await server.get(`/api/calls/${contact}`);
    expect(status, `call ${contact}`).toBe(200);
    const now = (JSON.parse(text) as { events: CallEvent[] }).events;
    expect(now.slice(0, before.length), `call ${contact}`).toEqual(before);
    expect(now.map(({ seq }) => seq)).toEqual(now.map((_, n) => n + 1));
  }
}

/** In the end every call that was answered has a recording that is verified, in the archive as well. */
export async function expectComplete(server: ServerProcess): Promise<void> {
  const command = (...args: readonly string[]) =>
    runTellerline(...args, '--config', join(server.folder, 'tellerline.yaml'));
  await eventually(
    () => server.metric('archive_waiting'),
    (waiting) => waiting === 0,
  );
  const checked = await command('recordings', 'fsck');
  expect(checked.status, checked.stdout).toBe(0);
  const { stdout, stderr } = await command('archive', 'fsck');
  expect(stdout, stderr).toMatch(/^\d+ recordings checked, \d+ with problems$/m);
  expect(stdout.split('\n').filter((line) => line.includes('  '))).toEqual([]);
  const listed = JSON.parse((await command('archive', 'list', '--json')).stdout) as {
    readonly id: string;
    readonly contact: string;
    readonly state: string;
  }[];
  for (const { id, contact, state } of listed) {
    const { status, text } = await server.get(`/api/calls/${contact}`);
    expect(status, `the call of ${id}`).toBe(200);
    const { call } = JSON.parse(text) as { readonly call: { readonly answered_at: number | null } };
    // an intent alone is of a call that died before its answer: the reconciler tells what became of it
    const owed = state !== 'EXPECTED' || call.answered_at !== null;
    if (owed) expect(state, id).toBe('VERIFIED');
  }
}
