import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keepRecognized } from '../../src/app/keep-recognized.ts';
import { MIGRATIONS } from '../../src/app/migrations.ts';
import type { OpenedArchive } from '../../src/app/open-archive.ts';
import { readTranscripts } from '../../src/archive/recognition/transcript-store.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { Scope } from '../../src/lib/scope.ts';
import { openWhisper } from '../../src/speech/engines/whisper/whisper.ts';
import { openStorage } from '../../src/storage/open-storage.ts';
import { archivedForTest } from '../archive/recognition/archived-for-test.ts';
import { sayWithFlite } from '../support/flite/say-with-flite.ts';
import { ManualClock } from '../support/manual-clock.ts';

/* The recognizer of this release as the better model of an archive: what two people said to each other is heard again, from what is stored alone. */

const sentence = async (text: string, voice: 'slt' | 'rms', pauseMs: number): Promise<Int16Array> => {
  const speech = await sayWithFlite(text, voice);
  const samples = new Int16Array(pauseMs * 8 + speech.length + 8_000);
  samples.set(speech, pauseMs * 8);
  return samples;
};

test('the shipped model hears an archived call again: both sides where they speak, a signed transcript, found by its words, the process given back', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tellerline-heard-again-'));
  const scope = new Scope();
  try {
    const file = join(folder, 'tellerline.sqlite');
    await using storage = await openStorage({ file, node: 'node', migrations: MIGRATIONS }, silentLogger);
    const said = {
      customer: await sentence('I would like to know my balance', 'slt', 500),
      agent: await sentence('the nearest branch is open until five', 'rms', 4_000),
    };
    const callMs = Math.ceil(Math.max(...Object.values(said).map(({ length }) => length)) / 8 / 500) * 500;
    const { parts, index, row, find } = await archivedForTest(folder, scope, storage, { said, callMs });
    expect([await find('balance'), await find('branch')]).toEqual([0, 0]);
    const opened = { ...parts, storage } as unknown as OpenedArchive;
    const own = new Scope();
    const { look, part } = keepRecognized(
      opened,
      {
        model: 'better-1',
        headroom: () => 1,
        open: () => openWhisper({ decoders: 1, threads: 1, background: true }, silentLogger),
      },
      own,
      new ManualClock(),
      silentLogger,
    );
    try {
      await look();
      expect(await part.gauges!.read()).toMatchObject({ archive_transcripts_made: 1, archive_transcripts_failed: 0 });
    } finally {
      await own.close();
    }
    const { segments } = await index.content(row.id);
    expect(segments.map(({ track, text, source }) => [track, text, source])).toEqual([
      ['customer', expect.stringMatching(/like to know my balance/), 'better-1'],
      ['agent', expect.stringMatching(/nearest branch/), 'better-1'],
    ]);
    const [customer, agent] = segments;
    expect(Math.abs(customer!.fromMs - 500)).toBeLessThan(400);
    expect(Math.abs(agent!.fromMs - 4_000)).toBeLessThan(400);
    expect(customer!.confidence).toBeGreaterThan(0.5);
    expect([await find('balance'), await find('branch'), await find('guess')]).toEqual([1, 1, 0]);
    expect(await readTranscripts(row, parts)).toMatchObject([{ number: 2, version: { model: 'better-1' } }]);
  } finally {
    await scope.close();
    await rm(folder, { recursive: true, force: true });
  }
});
