import { finish, parting, to } from './visit-moves.ts';
import type { Booking, CallbackWords, Visit, VisitContext, VisitEffect, VisitEvent, VisitStep } from './visit-state.ts';
import { ANNOUNCE_SOON_MS, OUTCOMES } from './visit-waiting.ts';

/* Asking a customer where to call them back: with the number that they call from, or one that they key. The place in the queue is kept meanwhile. */

const YES = '1';
const OTHER = '2';
const BACK = '*';
const END = '#';
/** After the question, and after each digit. */
const ANSWER_MS = 8_000;
const NEXT_DIGIT_MS = 5_000;
/** A question without an answer is asked again, once. */
const MOST_ASKED = 2;
const LEAST_DIGITS = 3;
const MOST_DIGITS = 15;

const say = (what: CallbackWords, more: { readonly number?: string } = {}): readonly VisitEffect[] => [
  { do: 'stop-timer', timer: 'booking' },
  { do: 'say', what: { say: 'callback', what, ...more }, after: 'nothing' },
];

/** Somebody who waits has keyed 1. */
export const wantsCallback = (context: VisitContext, visit: Visit): VisitStep =>
  begin(context, visit, { ...newBooking(undefined), stage: 'own' });

/** Somebody who is not let in hears why, and is asked. */
export const offerInstead = (
  visit: Visit,
  because: NonNullable<Booking['refused']>,
  ...before: VisitEffect[]
): VisitStep =>
  to(visit, newBooking(because), ...before, {
    do: 'say',
    what: { say: 'callback', what: 'wanted', because },
    after: 'nothing',
  });

const newBooking = (refused: Booking['refused']): Booking => ({
  at: 'booking',
  refused,
  stage: 'wanted',
  number: '',
  asked: 1,
  gone: false,
});

function begin({ ownNumber }: VisitContext, visit: Visit, place: Booking): VisitStep {
  const stop: VisitEffect = { do: 'stop-timer', timer: 'announce' };
  if (ownNumber === undefined) return askNumber(visit, place, stop);
  return to(visit, { ...place, stage: 'own', asked: 1 }, stop, ...say('own', { number: ownNumber }));
}

const askNumber = (visit: Visit, place: Booking, ...before: VisitEffect[]): VisitStep =>
  to(visit, { ...place, stage: 'keying', number: '', asked: 1 }, ...before, ...say('key'));

/** @returns what follows when the customer keys that */
export function bookingKeyed(context: VisitContext, visit: Visit, place: Booking, key: string): VisitStep {
  switch (place.stage) {
    case 'wanted':
      return key === YES ? begin(context, visit, place) : key === BACK ? giveUp(visit, place) : [visit];
    case 'own':
    case 'keyed':
      if (key === YES) return book(visit, place);
      if (key === OTHER) return askNumber(visit, place);
      return key === BACK ? giveUp(visit, place) : [visit];
    case 'keying':
      if (key === BACK) return giveUp(visit, place);
      if (key === END) return numberKeyed(context, visit, place);
      if (!/^\d$/.test(key) || place.number.length >= MOST_DIGITS) return [visit];
      return to(
        visit,
        { ...place, number: place.number + key },
        { do: 'quiet' },
        { do: 'start-timer', timer: 'booking', ms: NEXT_DIGIT_MS },
      );
    case 'keeping':
      return [visit];
  }
}

function numberKeyed({ mayCall }: VisitContext, visit: Visit, place: Booking): VisitStep {
  const { number } = place;
  if (number.length >= LEAST_DIGITS && mayCall(number))
    return to(visit, { ...place, stage: 'keyed', asked: 1 }, ...say('keyed', { number }));
  if (place.asked >= MOST_ASKED) return giveUp(visit, place);
  return to(visit, { ...place, number: '', asked: place.asked + 1 }, ...say('not-called'));
}

function book(visit: Visit, place: Booking): VisitStep {
  const number = place.stage === 'keyed' ? place.number : undefined;
  return to(
    visit,
    { ...place, stage: 'keeping' },
    { do: 'stop-timer', timer: 'booking' },
    { do: 'quiet' },
    { do: 'music' },
    { do: 'book', number, waits: place.refused === undefined },
  );
}

/** The question has been heard, or no answer has come to it. */
export function bookingWaited(
  context: VisitContext,
  visit: Visit,
  place: Booking,
  event: Extract<VisitEvent, { readonly type: 'heard' | 'timer' }>,
): VisitStep {
  if (place.stage === 'keeping') return [visit];
  if (event.type === 'heard') return [visit, { do: 'start-timer', timer: 'booking', ms: ANSWER_MS }];
  if (place.stage === 'keying' && place.number.length >= LEAST_DIGITS) return numberKeyed(context, visit, place);
  if (place.stage === 'wanted' || place.asked >= MOST_ASKED) return giveUp(visit, place);
  const again = { ...place, number: place.stage === 'keying' ? '' : place.number, asked: place.asked + 1 };
  const { ownNumber } = context;
  switch (place.stage) {
    case 'own':
      return to(visit, again, ...say('own', ownNumber === undefined ? {} : { number: ownNumber }));
    case 'keyed':
      return to(visit, again, ...say('keyed', { number: place.number }));
    case 'keying':
      return to(visit, again, ...say('key'));
  }
}

/** They do not want it: they wait on, or the dialplan goes on. */
function giveUp(visit: Visit, { refused }: Booking): VisitStep {
  const stop: VisitEffect = { do: 'stop-timer', timer: 'booking' };
  if (refused !== undefined) return finish(visit, OUTCOMES[refused], stop);
  return to(visit, { at: 'waiting' }, stop, { do: 'quiet' }, { do: 'music' }, announceSoon);
}

const announceSoon: VisitEffect = { do: 'start-timer', timer: 'announce', ms: ANNOUNCE_SOON_MS };

/** They are to be called back. */
export function isBooked(visit: Visit, what: 'booked' | 'pending'): VisitStep {
  const { entry, queue, place } = visit;
  const booked: Visit = { ...visit, booked: true };
  const fact: VisitEffect = {
    do: 'note',
    fact: {
      type: 'callback-booked',
      entry,
      queue,
      other_number: place.at === 'booking' && place.number !== '',
      pending: what === 'pending',
    },
  };
  if (place.at === 'booking' && place.gone) return finish(booked, 'caller-hung-up', fact);
  const [next, ...effects] = parting(booked, { say: 'callback', what }, 'completed');
  return [next, { do: 'stop-timer', timer: 'booking' }, fact, ...effects];
}

export function notBooked(visit: Visit, place: Booking): VisitStep {
  const { refused } = place;
  const waits = refused === undefined;
  if (place.gone) return finish(visit, 'caller-hung-up', ...(waits ? [left(visit)] : []));
  if (!waits) return parting(visit, { say: 'callback', what: 'not-booked' }, OUTCOMES[refused]);
  return to(
    visit,
    { at: 'waiting' },
    { do: 'say', what: { say: 'callback', what: 'not-booked' }, after: 'music' },
    { do: 'start-timer', timer: 'announce', ms: ANSWER_MS },
  );
}

/** They have hung up: whoever has said all is called back all the same. */
export function bookingLeft(visit: Visit, place: Booking): VisitStep {
  if (place.stage === 'keeping') return to(visit, { ...place, gone: true });
  return finish(
    visit,
    'caller-hung-up',
    { do: 'stop-timer', timer: 'booking' },
    ...(place.refused === undefined ? [left(visit)] : []),
  );
}

/** An agent is free before they have said all. */
export const bookingOffered = (visit: Visit, { gone }: Booking, ...effects: VisitEffect[]): VisitStep =>
  gone
    ? finish(visit, 'caller-hung-up', left(visit))
    : [visit, { do: 'stop-timer', timer: 'booking' }, { do: 'quiet' }, { do: 'music' }, ...effects, announceSoon];

const left = ({ entry }: Visit): VisitEffect => ({
  do: 'tell',
  event: { type: 'customer-left', entry, because: 'hung-up' },
});
