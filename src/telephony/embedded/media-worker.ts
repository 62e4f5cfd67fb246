import { randomUUID } from 'node:crypto';
import { setPriority } from 'node:os';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { IvrError, systemCode } from '../../domain/error.ts';
import { systemClock } from '../../lib/clock.ts';
import type { FromMedia, ToMedia } from '../../speech/speech-line.ts';
import { openSilero, type Silero } from '../../speech/vad/silero.ts';
import { ClipStore } from '../media/clip-store.ts';
import type { LegServices } from '../media/leg-services.ts';
import { type LegSocket, type LegSocketHandlers, openLegSocket } from './leg-socket.ts';
import { type LegCounts, MediaLeg } from './media-leg.ts';
import type {
  EndpointCommand,
  EndpointKey,
  FromMediaWorker,
  MediaWorkerOptions,
  ToMediaWorker,
} from '../media/media-protocol.ts';
import { PlayoutClock, type Ticker } from '../media/playout-clock.ts';
import { TapLine } from '../media/tap-line.ts';

/* Entry of a media worker thread: it owns the sockets of its legs, and the 20 ms that everything here is measured by. */

const CLIP_BYTES = 48 * 1024 * 1024;
/** A clip that has not grown for so long while somebody waits for it will not come. */
const CLIP_DEADLINE_MS = 8_000;
/** Above the rest of the process, where the system lets us: lateness is heard. */
const PRIORITY = -10;

const main = parentPort;
if (main === null) throw new Error('media-worker is the entry of a worker thread');
const options = workerData as MediaWorkerOptions;
const send = (message: FromMediaWorker): void => main.postMessage(message);

interface OpenLeg {
  readonly leg: MediaLeg;
  readonly leave: () => void;
}

const legs = new Map<EndpointKey, OpenLeg>();
const opening = new Map<EndpointKey, Promise<void>>();
const tapLine = new TapLine();
const clock = new PlayoutClock(systemClock, () => tapLine.flush());
let speech: MessagePort | undefined;
/** The speech worker was here: should it be gone, another one will come. */
let speaks = false;
let silero: Silero | undefined;
/** Of legs that have closed. */
const past: Record<keyof LegCounts, number> = {
  received: 0,
  sent: 0,
  lost: 0,
  dropped: 0,
  underrun: 0,
  tapLate: 0,
  vadFallbacks: 0,
};

function add(counts: LegCounts, to: typeof past): void {
  for (const name of Object.keys(to) as (keyof LegCounts)[]) to[name] += counts[name];
}

const toSpeech = (message: FromMedia, transfer: readonly ArrayBuffer[]): boolean => {
  speech?.postMessage(message, transfer);
  return speech !== undefined;
};

const clips = new ClipStore({
  capacityBytes: CLIP_BYTES,
  now: () => performance.now(),
  ask: (request) => toSpeech(request, []) || speaks,
});

const services: LegServices = {
  options,
  clips,
  clipOverdue: (clip) => performance.now() - clip.progressAt > CLIP_DEADLINE_MS,
  tapLine,
  now: () => performance.now(),
  silero: () => silero,
  cname: randomUUID(),
  speech: toSpeech,
};

/** A mistake of ours in one leg ends that leg, not the other calls. */
function failed(endpoint: EndpointKey, thrown: unknown): void {
  const where = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  send({ type: 'trouble', code: systemCode(thrown) ?? 'INTERNAL', where });
  void closeLeg(endpoint)
    .catch(() => undefined)
    .then(() => send({ type: 'event', endpoint, event: { type: 'failed', code: 'INTERNAL' } }));
}

/** What the sockets and the clock call: a leg, with a net under it. */
class NettedLeg implements LegSocketHandlers, Ticker {
  readonly #endpoint: EndpointKey;
  readonly #leg: MediaLeg;

  constructor(endpoint: EndpointKey, leg: MediaLeg) {
    this.#endpoint = endpoint;
    this.#leg = leg;
  }

  onRtp(bytes: Buffer, address: string, port: number): void {
    try {
      this.#leg.onRtp(bytes, address, port);
    } catch (thrown) {
      failed(this.#endpoint, thrown);
    }
  }

  onRtcp(bytes: Buffer, address: string): void {
    try {
      this.#leg.onRtcp(bytes, address);
    } catch (thrown) {
      failed(this.#endpoint, thrown);
    }
  }

  onTrouble(): void {
    this.#leg.onTrouble();
  }

  tick(due: number, missed: number): void {
    try {
      this.#leg.tick(due, missed);
    } catch (thrown) {
      failed(this.#endpoint, thrown);
    }
  }
}

async function openLeg({
  endpoint,
  request,
  port,
  record,
  listen,
}: Extract<ToMediaWorker, { type: 'open' }>): Promise<void> {
  const leg = new MediaLeg({ record, listen, emit: (event) => send({ type: 'event', endpoint, event }) }, services);
  const netted = new NettedLeg(endpoint, leg);
  let socket: LegSocket;
  try {
    socket = await openLegSocket(options.host, port, netted);
  } catch (thrown) {
    const busy = systemCode(thrown) === 'EADDRINUSE' || systemCode(thrown) === 'EACCES';
    if (!busy) send({ type: 'trouble', code: systemCode(thrown) ?? 'INTERNAL', where: 'opening a leg’s sockets' });
    send({ type: 'refused', request, code: busy ? 'PORT_IN_USE' : 'INTERNAL' });
    return;
  }
  leg.attach(socket);
  const leave = clock.join(netted);
  legs.set(endpoint, { leg, leave });
  send({ type: 'opened', request, port: socket.port });
}

async function closeLeg(endpoint: EndpointKey): Promise<void> {
  await opening.get(endpoint); // its opening may have been given up before the sockets were bound
  const open = legs.get(endpoint);
  if (open === undefined) return;
  legs.delete(endpoint);
  open.leave();
  await open.leg.close().finally(() => add(open.leg.counts, past));
}

function command(message: EndpointCommand): void {
  const { endpoint } = message;
  if (message.type === 'close') {
    void closeLeg(endpoint)
      .catch(() => undefined)
      .then(() => send({ type: 'closed', endpoint }));
    return;
  }
  const leg = legs.get(endpoint)?.leg;
  if (leg === undefined) return;
  try {
    const other = message.type === 'bridge' ? legs.get(message.other)?.leg : undefined;
    if (message.type !== 'bridge') leg.command(message);
    else if (other !== undefined) leg.bridge(other);
  } catch (thrown) {
    failed(endpoint, thrown);
  }
}

function statistics(request: number): void {
  const sum = { ...past };
  for (const { leg } of legs.values()) add(leg.counts, sum);
  send({
    type: 'statistics',
    request,
    statistics: {
      packetsReceived: sum.received,
      packetsSent: sum.sent,
      packetsLost: sum.lost,
      packetsDropped: sum.dropped + tapLine.dropped,
      underrun: sum.underrun,
      tapLate: sum.tapLate,
      vadFallbacks: sum.vadFallbacks,
      lateness: clock.lateness.take(),
    },
  });
}

function connect(to: 'speech' | 'recorder', port: MessagePort): void {
  if (to === 'recorder') return tapLine.connect(port);
  speech?.close();
  speech = port;
  speaks = true;
  port.on('message', (message: ToMedia) => clips.take(message));
  port.on('close', () => {
    if (speech === port) speech = undefined;
  });
  clips.askAgain();
}

async function shutDown(): Promise<void> {
  await Promise.allSettled([...opening.keys(), ...legs.keys()].map(closeLeg));
  tapLine.close();
  speech?.close();
  await silero?.close();
  main?.close();
}

main.on('message', (message: ToMediaWorker) => {
  switch (message.type) {
    case 'line':
      return connect(message.to, message.port);
    case 'statistics':
      return statistics(message.request);
    case 'shut-down':
      return void shutDown();
    case 'open':
      opening.set(
        message.endpoint,
        openLeg(message).finally(() => opening.delete(message.endpoint)),
      );
      return;
    default:
      return command(message);
  }
});

try {
  setPriority(0, PRIORITY);
} catch {
  // a privilege that not every account has
}
/** Voice activity is judged by energy when Silero cannot be had: worse, but the line stays up. */
async function startSilero(): Promise<void> {
  try {
    silero = await openSilero({
      onLost: (error) => send({ type: 'trouble', code: error.code, where: 'voice-activity detection' }),
    });
  } catch (thrown) {
    send({
      type: 'trouble',
      code: thrown instanceof IvrError ? thrown.code : 'INTERNAL',
      where: 'voice-activity detection',
    });
  }
}

if (options.vad) await startSilero();
send({ type: 'ready' });
