import { expect, test } from 'vitest';
import type { CallServices } from '../../src/calls/call-services.ts';
import { openConversation } from '../../src/calls/conversation/conversation.ts';
import type { Dialogue, DialogueEffect, DialogueState } from '../../src/dialogue/dialogue.ts';
import { newContactId } from '../../src/domain/ids.ts';
import { ms, sharedMs } from '../../src/domain/units.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { Scope } from '../../src/lib/scope.ts';
import type { Endpoint } from '../../src/media/media-server.ts';
import { ManualClock } from '../support/manual-clock.ts';

const state = {} as DialogueState;
const listening: DialogueEffect = {
  do: 'listen',
  listening: {
    keys: { min: 1, max: 1, terminator: undefined, interDigitMs: 1_000, secret: false },
    noInputMs: 5_000,
    maxSpeechMs: 5_000,
    completeMs: 300,
    extendableMs: 600,
    incompleteMs: 800,
  },
};

/** A conversation whose dialogue works once and then never again. */
function broken(...effects: DialogueEffect[]) {
  const clock = new ManualClock();
  const defects: string[] = [];
  const scope = new Scope();
  const fault = (): never => {
    throw new TypeError('a defect');
  };
  const dialogue: Partial<Dialogue> = {
    language: 'en-US',
    start: () => [state, ...effects],
    step: fault,
    completes: fault,
  };
  const endpoint: Partial<Endpoint> = {
    listen: () => undefined,
    secure: () => undefined,
    stop: () => undefined,
  };
  const services = {
    settings: { speculateAfterMs: 220, speechDeadlineMs: 4_000 },
    dialogue,
    speech: { load: () => ({ queued: 0, expectedWait: ms(0), recognizers: 1 }) },
    bank: { services: [], call: () => Promise.resolve({ outcome: 'failed' as const }) },
    clock,
    logger: silentLogger,
    note: () => undefined,
  } as unknown as CallServices;
  const conversation = openConversation(
    {
      contact: newContactId(1),
      parties: { caller: '', called: '', divertedFrom: undefined },
      endpoint: endpoint as Endpoint,
      recording: undefined,
      scope,
      transfer: fault,
      onHangUp: () => undefined,
      onDefect: ({ message }) => defects.push(message),
    },
    services,
  );
  return { conversation, clock, defects, scope };
}

test('a defect ends its own call: whatever from outside it was that met it', async () => {
  const byKey = broken(listening);
  byKey.conversation.onEndpoint({ type: 'digit', digit: '1', via: 'rfc4733', at: sharedMs(1), stopped: undefined });
  expect(byKey.defects).toEqual(['a defect']);
  const byInfo = broken(listening);
  byInfo.conversation.onEndpoint({ type: 'digit', digit: '1', via: 'info', at: sharedMs(1), stopped: undefined });
  expect(byInfo.defects).toEqual(['a defect']);
  const byTimer = broken(listening);
  byTimer.clock.advance(5_000);
  expect(byTimer.defects).toEqual(['a defect']);
  const fromOutside = broken(listening);
  fromOutside.conversation.tell({ type: 'shutdown' });
  expect(fromOutside.defects).toEqual(['a defect']);
  const byBank = broken({ do: 'look-up', id: 1, service: 'x', args: {}, timeoutMs: 1_000, fillers: [] });
  await expect.poll(() => byBank.defects).toEqual(['a defect']);
  for (const { scope } of [byKey, byInfo, byTimer, fromOutside, byBank]) await scope.close();
});
