import { type WallMs, wallMs } from '../../src/domain/units.ts';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ContactId, newContactId, newLegId } from '../../src/domain/ids.ts';
import type { RecordingOrigin } from '../../src/domain/recording-origin.ts';
import { type Journal, openJournal } from '../../src/journal/journal.ts';
import { sharedNow, systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { openRecorder } from '../../src/recording/open-recorder.ts';
import type { Recorder, SealedRecording } from '../../src/recording/recorder.ts';
import { CHUNK, chunk, tap } from '../recording/spoken-audio.ts';
import { openStoreIn } from '../support/journal-store.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { originAgo } from '../support/recording-origin.ts';
import { runTellerline } from '../support/server-process.ts';

let folder: string;
let config: string;
/** Its wall clock is set before each call, to when the recording of it began. */
class SetClock extends ManualClock {
  #at = 0;
  set(wall: number): void {
    this.#at = wall - this.now();
  }
  override wall(): WallMs {
    return wallMs(this.#at + this.now());
  }
}
const clock = new SetClock();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fsck-'));
  config = join(folder, 'tellerline.yaml');
  await writeFile(
    config,
    `recordings: { directory: ${join(folder, 'recordings')} }\nstorage: { file: ${join(folder, 'journal.sqlite')} }\n`,
  );
});
afterAll(() => rm(folder, { recursive: true }));

const CALL_MS = 36_000;
/** A call of 36 s as the journal has it; recorded for `recordedMs` by a recorder that does not ask the journal. */
async function call(journal: Journal, recorder: Recorder, recordedMs: number | undefined): Promise<ContactId> {
  const origin = originAgo(recordedMs);
  clock.set(origin.wall);
  const [contact, leg] = [newContactId(clock.wall()), newLegId(1)];
  journal.append(contact, { type: 'call-offered', leg, direction: 'inbound', from: '*1', to: '*2', sip_call_id: 'x' });
  clock.advance(200);
  journal.append(contact, { type: 'call-answered', leg, codec: 'PCMU', telephone_event: true, setup_ms: 200 });
  clock.advance(35_800);
  if (recordedMs !== undefined) noteSealed(journal, contact, await record(recorder, contact, origin, recordedMs));
  journal.append(contact, { type: 'call-ended', because: 'caller-hung-up', duration_ms: CALL_MS });
  return contact;
}

async function record(
  recorder: Recorder,
  contact: ContactId,
  origin: RecordingOrigin,
  recordedMs: number,
): Promise<SealedRecording> {
  const recording = await recorder.open({
    ...origin,
    contact,
    from: '*1',
    to: '*2',
    direction: 'inbound',
    sipCallId: 'x',
    codec: 'PCMU',
  });
  const channel = recorder.openChannel();
  const { send, close } = tap(channel);
  // one that is whole goes up to now, however long it took to open: the recorder goes by its own clock
  const length = (): number => (recordedMs < CALL_MS ? recordedMs : Math.max(recordedMs, sharedNow() - origin.shared));
  for (let at = 0; at < length() * 8; at += CHUNK)
    send(chunk(origin.recording, 'customer', 400, at), chunk(origin.recording, 'bot', 900, at));
  close(origin.recording, 'customer', 'bot');
  const sealed = await recording.seal();
  channel.close();
  return sealed;
}

function noteSealed(journal: Journal, contact: ContactId, sealed: SealedRecording): void {
  journal.append(contact, {
    type: 'recording-sealed',
    recording: sealed.recording,
    path: sealed.path,
    sha256: sealed.sha256,
    duration_ms: Math.round(sealed.duration),
    gaps: sealed.gaps,
    recovered: false,
  });
  journal.append(contact, { type: 'recording-verified', recording: sealed.recording, ok: true, problems: [] });
}

test('fsck finds what verify of old believed: a recording that lacks most of its call, a call without any, a file that was changed', async () => {
  const contacts: ContactId[] = [];
  {
    await using store = await openStoreIn(join(folder, 'journal.sqlite'));
    await using journal = await openJournal(store, clock, silentLogger);
    await using recorder = await openRecorder(
      {
        recordingsDirectory: join(folder, 'recordings'),
        retention: { class: 'c', policy: 'p', policy_version: 1, years: 5 },
        reserveBytes: 0,
      },
      systemClock,
      silentLogger,
    );
    for (const recordedMs of [CALL_MS, 5_000, undefined]) contacts.push(await call(journal, recorder, recordedMs));
    // never answered: owed nothing
    const nobody = newContactId(clock.wall());
    journal.append(nobody, {
      type: 'call-offered',
      leg: newLegId(2),
      direction: 'inbound',
      from: '*1',
      to: '*2',
      sip_call_id: 'y',
    });
    journal.append(nobody, { type: 'call-ended', because: 'not-acknowledged', duration_ms: 32_000 });
    await journal.flush();
    const [whole] = await store.recordings(contacts[0] ?? '');
    const before = await runTellerline('recordings', 'fsck', '--config', config);
    expect(before.stdout).toMatch(/\n3 answered calls: 1 verified, 1 flawed, 1 missing\n$/);
    await writeFile(join(dirname(whole?.path ?? ''), 'again.wav'), '');
  }
  const { status, stdout } = await runTellerline('recordings', 'fsck', '--config', config);
  expect(status).toBe(1);
  const [whole, cut, none] = contacts;
  expect(stdout).toMatch(new RegExp(`DAMAGED {3}call ${whole} .*\\n  again.wav: the manifest does not know it`));
  expect(stdout).toMatch(
    new RegExp(`FLAWED {4}call ${cut} .*\\n(?:  .*\\n)*  call: 31\\.0 s of the customer's 35\\.8 s were not recorded`),
  );
  expect(stdout).toContain(`MISSING   call ${none}\n  the call took 35.8 s and was not recorded\n`);
});

test('a journal that is not there is named', async () => {
  const { status, stderr } = await runTellerline('recordings', 'fsck', '--config', join(folder, 'none.yaml'));
  expect(status).not.toBe(0);
  expect(stderr).toContain('none.yaml');
  await writeFile(join(folder, 'empty.yaml'), `storage: { file: ${join(folder, 'nothing.sqlite')} }\n`);
  const without = await runTellerline('recordings', 'fsck', '--config', join(folder, 'empty.yaml'));
  expect(without).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/nothing\.sqlite cannot be read: ENOENT/),
  });
});
