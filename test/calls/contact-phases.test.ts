import { describe, expect, test } from 'vitest';
import { type Phase } from '../../src/calls/conversation/contact-state.ts';
import { EVENTS, outcome, PHASES } from './contact-scenes.ts';

test.each(Object.keys(PHASES) as Phase['at'][])('%s is reached', (phase) => {
  expect(PHASES[phase]().now.phase.at).toBe(phase);
});

/** What changes a contact or causes something; every other event leaves the phase as it is and does nothing. */
const HUNG_UP = 'over: -; cancel-decodes stop-timers hang-up';
const INTERRUPTED = 'talking: time-up; cancel-decodes stop-timers stop-playback';
const DISTURBED = 'disturbed: -; cancel-decodes stop-timers';
const DISMISSED = 'closing: -; cancel-decodes stop-timers stop-playback say';
const TABLE: Readonly<Record<Phase['at'], Readonly<Record<string, string>>>> = {
  talking: {
    key: 'talking: -; stop-playback cancel-decodes',
    'bank-answered': 'talking: looked-up; -',
    'person-left': 'talking: transfer-ended; -',
    'person-left, caller gone too': HUNG_UP,
    interrupted: INTERRUPTED,
    disturbed: DISTURBED,
    announced: 'talking: -; cancel-decodes stop-timers stop-playback say say listen',
    dismissed: DISMISSED,
    'dismissed, after the person': DISMISSED,
  },
  'looking-up': {
    'filler-due': 'looking-up: -; say',
    'bank-answered': 'talking: looked-up; -',
    'person-left': 'looking-up: transfer-ended; -',
    'person-left, caller gone too': HUNG_UP,
    interrupted: INTERRUPTED,
    disturbed: DISTURBED,
    announced: 'looking-up: -; cancel-decodes stop-timers stop-playback say',
    dismissed: DISMISSED,
    'dismissed, after the person': DISMISSED,
  },
  closing: {
    'playback-finished': HUNG_UP,
    'bank-answered': 'closing: looked-up; -',
    'person-left': 'closing: transfer-ended; -',
    'person-left, caller gone too': HUNG_UP,
    interrupted: INTERRUPTED,
    disturbed: DISTURBED,
    announced: 'closing: -; cancel-decodes stop-timers stop-playback say say',
    dismissed: DISMISSED,
    'dismissed, after the person': DISMISSED,
  },
  'with-person': {
    'bank-answered': 'with-person: looked-up; -',
    'person-left': 'talking: transfer-ended; -',
    'person-left, caller gone too': HUNG_UP,
    'person-waits': 'talking: transfer-ended; -',
    interrupted: INTERRUPTED,
    disturbed: DISTURBED,
    announced: 'with-person: -; say',
    dismissed: DISMISSED,
  },
  disturbed: {
    'person-left, caller gone too': HUNG_UP,
    restored: 'talking: -; say say listen',
    dismissed: HUNG_UP,
    'dismissed, after the person': HUNG_UP,
  },
  over: {},
};

describe.each(Object.keys(PHASES) as Phase['at'][])('%s', (phase) => {
  test.each(Object.keys(EVENTS))('%s', (event) => {
    expect(outcome(phase, event)).toBe(TABLE[phase][event] ?? `${phase}: -; -`);
  });
});
