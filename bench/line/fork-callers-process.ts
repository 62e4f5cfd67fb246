import { once } from 'node:events';
import { WebSocket } from 'ws';
import { MULAW_SILENCE, MULAW_TO_LINEAR } from '../../src/audio/g711.ts';
import { FRAME_MS, FRAME_SAMPLES } from '../../src/domain/units.ts';
import type { EndpointKey } from '../../src/media/engine/media-protocol.ts';
import { formatForkMetadata } from '../../src/media/freeswitch/fork-metadata.ts';
import type { Decision, Fork, ForkCallersFigures, ForkCallersOrders } from './fork-orders.ts';
import { machineNow, stamp } from './frame-stamp.ts';
import { takeOrders } from './order-process.ts';
import { quantile } from './quantile.ts';
import { AUDIBLE } from './telephone.ts';

/*
 * The generator of `bench/forks.ts`: FreeSWITCH's end of the forks. Each sends 20 ms of both channels at a time, on a grid of
 * its own that lies anywhere, as the callers' packets do; now and then one frame waits for the next ones (seen of
 * mod_audio_fork: 2 to 4 in a message). What comes back is not played but counted as if it were.
 */

const COALESCED = 0.02;
const MOST_TOGETHER = 4;
const PAIR_BYTES = 4;
const FRAME_BYTES = FRAME_SAMPLES * PAIR_BYTES;
/** mod_audio_fork begins to play when so much has come: 160 ms. */
const FIRST_BATCH_MS = 160;
const QUIET_BEFORE_ONSET = 3200;
/** Legs lie 7.3 ms apart on the 20 ms grid: evenly, and neighbours not together. */
const SPREAD_MS = 7.3;
const KILL = '{"type":"killAudio"}';

let loop = new Uint8Array(0);
/** Per frame of the loop: whether an utterance begins in it. */
let begins: boolean[] = [];
let headers: Record<string, string> = {};
const legs: CallerLeg[] = [];
let lost = 0;
let framesSent = 0;
let late: number[] = [];
let kills: Decision[] = [];
let onsets: Decision[] = [];
let dry = 0;
let leastLead = Infinity;

class CallerLeg {
  due: number;
  readonly #socket: WebSocket;
  readonly #endpoint: number;
  readonly #codes = new Uint8Array(FRAME_SAMPLES);
  #at: number;
  /** Frames that wait to be sent with the next. */
  #held = 0;
  #together = 1;
  /** When what has come will have been played. */
  #playedUntil: number | undefined;

  constructor(socket: WebSocket, endpoint: number, number: number) {
    this.#socket = socket;
    this.#endpoint = endpoint;
    this.#at = (number * FRAME_SAMPLES * 37) % loop.length;
    this.due = machineNow() + FRAME_MS + ((number * SPREAD_MS) % FRAME_MS);
    socket.on('message', (data: Buffer, binary) => {
      const now = machineNow();
      if (binary) this.#play(now, data.length / 2 / 8);
      else if (data.toString() === KILL) {
        kills.push({ endpoint, at: now });
        this.#playedUntil = undefined;
      }
    });
    socket.on('close', () => {
      if (legs.includes(this)) lost++;
    });
    socket.on('error', () => undefined);
  }

  tick(now: number): void {
    this.due += FRAME_MS;
    if (this.#playedUntil !== undefined) {
      const lead = this.#playedUntil - now;
      if (lead < leastLead) leastLead = lead;
      if (lead < 0) {
        dry++;
        this.#playedUntil = undefined;
      }
    }
    if (this.#held === 0 && Math.random() < COALESCED)
      this.#together = 2 + Math.floor(Math.random() * (MOST_TOGETHER - 1));
    if (++this.#held < this.#together) return;
    this.#send();
    this.#held = 0;
    this.#together = 1;
  }

  close(): void {
    this.#socket.close(1000);
  }

  #play(now: number, milliseconds: number): void {
    const from = this.#playedUntil ?? now + FIRST_BATCH_MS;
    this.#playedUntil = from + milliseconds;
  }

  #send(): void {
    const bytes = Buffer.alloc(this.#held * FRAME_BYTES);
    const at = machineNow();
    for (let n = 0; n < this.#held; n++) {
      const codes = this.#codes;
      codes.set(loop.subarray(this.#at, this.#at + FRAME_SAMPLES));
      if (begins[this.#at / FRAME_SAMPLES] === true) onsets.push({ endpoint: this.#endpoint, at });
      this.#at = (this.#at + FRAME_SAMPLES) % loop.length;
      stamp(codes, at);
      for (let i = 0; i < FRAME_SAMPLES; i++)
        bytes.writeInt16LE(MULAW_TO_LINEAR[codes[i] ?? MULAW_SILENCE] ?? 0, n * FRAME_BYTES + i * PAIR_BYTES);
    }
    framesSent += this.#held;
    this.#socket.send(bytes);
  }
}

/** A millisecond at a time: FreeSWITCH's timers have no finer ones. */
function run(): void {
  const now = machineNow();
  for (const leg of legs)
    if (leg.due <= now) {
      late.push(now - leg.due);
      leg.tick(now);
    }
  setTimeout(run, 1);
}

async function connect({ forks }: { readonly forks: readonly Fork[] }): Promise<object> {
  for (const { endpoint, port, token } of forks) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/fork/${token}`, ['audio.drachtio.org'], {
      headers,
      perMessageDeflate: false,
    });
    await once(socket, 'open');
    socket.send(formatForkMetadata(endpoint as EndpointKey));
    legs.push(new CallerLeg(socket, endpoint, endpoint));
  }
  return {};
}

function findOnsets(codes: Uint8Array): boolean[] {
  const found = Array.from({ length: codes.length / FRAME_SAMPLES }, () => false);
  let quiet = QUIET_BEFORE_ONSET;
  for (const [i, code] of codes.entries()) {
    if (Math.abs(MULAW_TO_LINEAR[code] ?? 0) <= AUDIBLE) quiet++;
    else {
      if (quiet >= QUIET_BEFORE_ONSET) found[Math.floor(i / FRAME_SAMPLES)] = true;
      quiet = 0;
    }
  }
  return found;
}

function clear(): object {
  framesSent = 0;
  late = [];
  kills = [];
  onsets = [];
  dry = 0;
  leastLead = Infinity;
  return {};
}

takeOrders<ForkCallersOrders>({
  open({ loop: audio, user, password }) {
    loop = audio.slice(0, audio.length - (audio.length % FRAME_SAMPLES));
    begins = findOnsets(loop);
    headers = { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
    run();
    return {};
  },
  connect,
  clear,
  take: (): ForkCallersFigures => ({
    legs: legs.length,
    lost,
    framesSent,
    leastLead,
    dry,
    ownLateP99: quantile(late, 0.99),
    kills,
    onsets,
  }),
  'hang-up'() {
    for (const leg of legs.splice(0)) leg.close();
    return {};
  },
});
