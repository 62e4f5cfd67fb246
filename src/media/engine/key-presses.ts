import { type MonotonicMs, ms } from '../../domain/units.ts';
import type { KeyTransport } from '../media-server.ts';

/*
 * One press of a key may be told several times: by RTP events (RFC 4733), by SIP INFO, by its tone, by FreeSWITCH. A pure
 * machine above all of them counts it once, by digit and time: what another transport tells of the same key, near enough
 * in time, is the same press; what the same transport tells again is another one.
 */

interface Press {
  readonly digit: string;
  readonly toldBy: readonly KeyTransport[];
  /** Down until then, as far as is known. */
  readonly until: MonotonicMs;
}

export interface KeyPresses {
  /** The oldest first. */
  readonly recent: readonly Press[];
  readonly left: number;
  readonly filledAt: MonotonicMs;
}

export type KeyEvent =
  | {
      readonly type: 'told';
      readonly digit: string;
      readonly via: KeyTransport;
      /** Of a tone when it sounded, of the others when they came. */
      readonly at: MonotonicMs;
      /** Its transport has told it apart from the press before: by packets, or because each is a transaction. */
      readonly certain: boolean;
    }
  /** It is still down. */
  | { readonly type: 'held'; readonly digit: string; readonly via: KeyTransport; readonly at: MonotonicMs };

export type KeyEffect =
  | { readonly do: 'press'; readonly digit: string; readonly via: KeyTransport }
  /** More keys than anybody presses. */
  | { readonly do: 'drop' };

type Step = readonly [KeyPresses, ...KeyEffect[]];

/** INFO comes at the release, by a proxy or two, and is sent again when it is lost (T1); tones and events come together. */
const INFO_WITHIN = 2_000;
const AUDIO_WITHIN = 500;
/** A key that is down again so soon was never up (ITU-T Q.24 asks receivers to bridge 10 ms, and for pauses of 40). */
const NEVER_UP = 50;
/** A tone in pieces is one, where a message has told of one press. */
const TONE_WITHIN = 300;
const FORGOTTEN = 10_000;
/** Each press is work for the dialogue: the most at once (after a stall of the network), and the most per millisecond. */
const AT_ONCE = 32;
const PER_MS = 0.025;

export const noPresses: KeyPresses = { recent: [], left: AT_ONCE, filledAt: ms(0) };

export function step(now: KeyPresses, event: KeyEvent): Step {
  switch (event.type) {
    case 'held': {
      const press = now.recent.findLast(({ digit, toldBy }) => digit === event.digit && toldBy.includes(event.via));
      return press === undefined ? [now] : [changed(now, press, { until: later(press.until, event.at) })];
    }
    case 'told':
      return told(now, event);
  }
}

function told(now: KeyPresses, event: Extract<KeyEvent, { readonly type: 'told' }>): Step {
  const { digit, via, at, certain } = event;
  const ofKey = now.recent.filter((press) => press.digit === digit);
  const before = ofKey.find(
    ({ toldBy, until }) =>
      !toldBy.includes(via) && at - until <= (via === 'info' || toldBy.includes('info') ? INFO_WITHIN : AUDIO_WITHIN),
  );
  if (before !== undefined)
    return [changed(now, before, { until: later(before.until, at), toldBy: [...before.toldBy, via] })];
  const last = ofKey.at(-1);
  const piece = via === 'inband' && last?.toldBy.some((other) => other !== 'inband') === true;
  if (!certain && last?.toldBy.includes(via) === true && at - last.until < (piece ? TONE_WITHIN : NEVER_UP))
    return [changed(now, last, { until: later(last.until, at) })];

  const left = Math.min(AT_ONCE, now.left + Math.max(0, at - now.filledAt) * PER_MS);
  const filledAt = later(now.filledAt, at);
  if (left < 1) return [{ ...now, left, filledAt }, { do: 'drop' }];
  const recent = now.recent.filter(({ until }) => at - until < FORGOTTEN);
  const press: Press = { digit, toldBy: [via], until: at };
  return [
    { ...now, recent: [...recent, press], left: left - 1, filledAt },
    { do: 'press', digit, via },
  ];
}

const later = (a: MonotonicMs, b: MonotonicMs): MonotonicMs => (a > b ? a : b);

const changed = (now: KeyPresses, press: Press, by: Partial<Press>): KeyPresses => ({
  ...now,
  recent: now.recent.map((one) => (one === press ? { ...press, ...by } : one)),
});
