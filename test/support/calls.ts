import { join } from 'node:path';
import { expect } from 'vitest';
import type { CallEvent, CallEventType } from '../../src/domain/call-event.ts';
import { DIALPLANS } from './server-process.ts';
import { openTestApp, type TestApp } from './test-app.ts';

/** A line that takes keys up to '#' and says goodbye; busy machines do not make it refuse calls. */
export const openKeypadLine = (set: Readonly<Record<string, string | number | boolean>> = {}): Promise<TestApp> =>
  openTestApp({
    set: {
      'dialplan.file': join(DIALPLANS, 'keypad.yaml'),
      'dialplan.grammars': DIALPLANS,
      'limits.event_loop_lag_ms': 5_000,
      ...set,
    },
  });

/** The calls whose Call-ID begins with `name`, each with its events. */
export function callsOf(bank: TestApp, name: string): CallEvent[][] {
  const offered = bank.events.filter(
    (event) => event.type === 'call-offered' && event.sip_call_id.startsWith(`${name}-`),
  );
  return offered.map(({ contact }) => bank.events.filter((event) => event.contact === contact));
}

/** The events of the call with that Call-ID. */
export function callOf(bank: TestApp, callId: string): CallEvent[] {
  const offered = bank.events.find((event) => event.type === 'call-offered' && event.sip_call_id === callId);
  return bank.events.filter(({ contact }) => contact === offered?.contact);
}

export function onlyCall(bank: TestApp, name: string): CallEvent[] {
  const [events = [], ...others] = callsOf(bank, name);
  expect(others, 'one call only').toEqual([]);
  return events;
}

export const typesIn = (events: readonly CallEvent[], ...types: readonly CallEventType[]): CallEventType[] =>
  events.map(({ type }) => type).filter((type) => types.includes(type));

const WHOLE: readonly CallEventType[] = [
  'call-offered',
  'recording-started',
  'call-answered',
  'recording-sealed',
  'recording-verified',
  'call-ended',
];

/** Answered, recorded, sealed, verified, ended, and nothing went wrong. */
export function expectWhole(events: readonly CallEvent[], because = 'caller-hung-up'): void {
  expect(typesIn(events, ...WHOLE, 'recording-failed', 'call-rejected', 'trouble')).toEqual(WHOLE);
  expect(events.find(({ type }) => type === 'recording-verified')).toMatchObject({ ok: true, problems: [] });
  expect(events.at(-1)).toMatchObject({ type: 'call-ended', because });
}
