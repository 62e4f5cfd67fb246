import type { MessagePort } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { newRecordingId } from '../../src/domain/ids.ts';
import { recordingSample } from '../../src/domain/units.ts';
import { TapChannel } from '../../src/media/engine/tap-channel.ts';
import { unpackChunks } from '../../src/recording/tap-batch.ts';
import type { FromMediaToRecorder, TapChunk } from '../../src/recording/tap.ts';

const chunk = (at: number): TapChunk => ({
  recording: newRecordingId(1),
  track: 'customer',
  codec: 'PCMU',
  at: recordingSample(at),
  payload: new Uint8Array(160).fill(7),
  gaps: [],
});

test('a chunk that cannot be is counted: it neither stops the thread nor takes those beside it along', () => {
  const sent: number[] = [];
  const port = {
    postMessage(message: FromMediaToRecorder) {
      if (message.type === 'chunks') sent.push(...unpackChunks(message.packed).chunks.map(({ at }) => at));
    },
  };
  const line = new TapChannel();
  line.connect(port as unknown as MessagePort);
  for (const at of [0, -160, 160]) line.push(chunk(at));
  line.flush();
  line.push(chunk(320));
  line.flush();
  expect(sent).toEqual([0, 160, 320]);
  expect(line.dropped).toBe(1);
});
