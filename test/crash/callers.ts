import { setTimeout as sleep } from 'node:timers/promises';
import type { ContactId } from '../../src/domain/ids.ts';
import { type Caller, openCaller } from '../support/caller.ts';

/* People who call while the machine fails under them. Each packet of theirs says which one it is. */

type Server = { readonly host: string; readonly port: number };

/** Samples. */
export const PACKET = 160;
/** Codes that neither silence nor concealment makes: before the digits of the packet's number, and after them. */
const MARK = 0x3f;
const LOUD = 0x10;
const DIGIT = 0x40;

export interface Talker extends AsyncDisposable {
  readonly line: Caller;
  readonly contact: ContactId;
  /** Packets sent since the answer, by `Date.now()` of each. */
  readonly sent: readonly number[];
  quiet(): void;
}

/** Calls, and talks without a pause as soon as it is answered. */
export async function talk(to: Server): Promise<Talker> {
  const line = await openCaller(to);
  line.invite();
  const answer = await line.answered();
  const sent: number[] = [];
  const began = performance.now();
  const { rtp } = line;
  const first = rtp.timestamp;
  let tick = -1;
  // what a busy machine has no time for is not sent, as with silence suppression: the stream's clock goes on
  const timer = setInterval(() => {
    const now = Math.floor((performance.now() - began) / 20);
    if (rtp.pressing || now === tick) return;
    tick = now;
    rtp.timestamp = (first + now * PACKET) >>> 0;
    rtp.send(numbered(sent.length));
    sent.push(Date.now());
  }, 20);
  const quiet = (): void => clearInterval(timer);
  return {
    line,
    contact: (answer.headers.get('x-contact-id') ?? '') as ContactId,
    sent,
    quiet,
    async [Symbol.asyncDispose]() {
      quiet();
      await line[Symbol.asyncDispose]();
    },
  };
}

function numbered(n: number): Uint8Array {
  const payload = new Uint8Array(PACKET).fill(LOUD);
  payload.set([MARK, DIGIT + ((n >> 12) & 63), DIGIT + ((n >> 6) & 63), DIGIT + (n & 63)]);
  return payload;
}

/** Which packets are in a track, whole. */
export function packetsIn(codes: Uint8Array): ReadonlySet<number> {
  const found = new Set<number>();
  for (let at = codes.indexOf(MARK); at >= 0; at = codes.indexOf(MARK, at + 1)) {
    const [, high = 0, middle = 0, low = 0] = codes.subarray(at, at + 4);
    // its last sample may be the first of the next packet: that is how the drift of clocks is taken out
    const rest = codes.subarray(at + 4, at + PACKET - 1);
    if (rest.length === PACKET - 5 && rest.every((code) => code === LOUD))
      found.add(((high - DIGIT) << 12) | ((middle - DIGIT) << 6) | (low - DIGIT));
  }
  return found;
}

export interface Ringing extends AsyncDisposable {
  readonly line: Caller;
  /** What it has been told up to now: status codes; a 2xx was acknowledged at once. */
  readonly heard: readonly number[];
  /** The next final response or BYE, answered. */
  ended(deadlineMs: number): Promise<string>;
}

/** Calls, and does what a telephone does: acknowledges the answer, whatever it is. */
export async function ring(to: Server): Promise<Ringing> {
  const line = await openCaller(to);
  const heard: number[] = [];
  const over = new AbortController();
  line.invite();
  const listening = (async () => {
    while (!over.signal.aborted) {
      const message = await line.sip.hear(({ kind }) => kind === 'response', 250).catch(() => undefined);
      if (message?.kind !== 'response') continue;
      heard.push(message.status);
      if (message.status >= 200 && message.status < 300) line.accept(message);
    }
  })();
  return {
    line,
    heard,
    async ended(deadlineMs) {
      const deadline = performance.now() + deadlineMs;
      while (performance.now() < deadline) {
        if (line.sip.unheard.includes('BYE')) {
          await line.hungUpOn();
          return 'BYE';
        }
        const final = heard.find((status) => status >= 300);
        if (final !== undefined) return String(final);
        await sleep(20);
      }
      return `nothing after ${heard.join(', ')}`;
    },
    async [Symbol.asyncDispose]() {
      over.abort();
      await listening;
      await line[Symbol.asyncDispose]();
    },
  };
}
