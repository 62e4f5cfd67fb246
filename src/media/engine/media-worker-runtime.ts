import { randomUUID } from 'node:crypto';
import { setPriority } from 'node:os';
import { type MessagePort, parentPort } from 'node:worker_threads';
import { IvrError, systemCode } from '../../domain/error.ts';
import { systemClock } from '../../lib/clock.ts';
import type { FromMedia, ToMedia } from '../../speech/speech-channel.ts';
import { openSilero, type Silero } from '../vad/silero.ts';
import { ClipStore } from './clip-store.ts';
import type { LegServices } from './leg-services.ts';
import type {
  EndpointCommand,
  EndpointKey,
  FromMediaWorker,
  MediaEvent,
  MediaWorkerOptions,
  OpenLeg,
  ToMediaWorker,
} from './media-protocol.ts';
import { PlayoutClock, type Ticker } from './playout-clock.ts';
import { TapChannel } from './tap-channel.ts';

const CLIP_BYTES = 48 * 1024 * 1024;
/** A clip that has not grown for so long while somebody waits for it will not come. */
const CLIP_DEADLINE_MS = 8_000;
/** Above the rest of the process, where the system lets us: lateness is heard. */
const PRIORITY = -10;

export interface LegCounts {
  readonly received: number;
  readonly sent: number;
  readonly lost: number;
  readonly dropped: number;
  readonly underrun: number;
  readonly tapLate: number;
  readonly vadFallbacks: number;
}

/** A leg as its runtime sees it. */
export interface RuntimeLeg<Leg> extends Ticker {
  readonly counts: LegCounts;
  command(command: EndpointCommand): void;
  bridge(other: Leg): void;
  close(): Promise<void>;
}

export interface MediaWorkerRuntime<Leg> {
  readonly services: LegServices;
  send(message: FromMediaWorker): void;
  /** A mistake of ours in one leg ends that leg, not the other calls: whatever calls a leg catches what it throws. */
  failed(endpoint: EndpointKey, thrown: unknown): void;
  /** The leg is ready: from now on it ticks and takes commands. */
  enter(endpoint: EndpointKey, leg: Leg): void;
  emitter(endpoint: EndpointKey): (event: MediaEvent) => void;
}

export interface LegTransports<Leg> {
  /** Makes a leg, lets it enter, and replies 'opened' or 'refused'. */
  open(message: OpenLeg, runtime: MediaWorkerRuntime<Leg>): Promise<void>;
  /** The thread ends; every leg is closed. */
  close?(): Promise<void>;
  /** What was dropped before it came to any leg. */
  dropped?(): number;
}

/**
 * What runs in a media worker of either front end: legs on one 20 ms grid, the channels to the speech worker and the
 * recorder, prompts at hand, voice-activity detection. Where the legs' audio comes from is the transports' business.
 */
export async function openMediaWorkerRuntime<Leg extends RuntimeLeg<Leg>>(
  options: MediaWorkerOptions,
  transports: LegTransports<Leg>,
): Promise<void> {
  const main = parentPort;
  if (main === null) throw new Error('a media-worker runtime opens in a worker thread only');
  const send = (message: FromMediaWorker): void => main.postMessage(message);
  const legs = new Map<EndpointKey, { readonly leg: Leg; readonly leave: () => void }>();
  const opening = new Map<EndpointKey, Promise<void>>();
  const tapChannel = new TapChannel();
  const clock = new PlayoutClock(systemClock, () => tapChannel.flush());
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
    tapChannel,
    now: () => performance.now(),
    silero: () => silero,
    cname: randomUUID(),
    speech: toSpeech,
  };

  const runtime: MediaWorkerRuntime<Leg> = {
    services,
    send,
    failed,
    enter(endpoint, leg) {
      const tick: Ticker['tick'] = (due, missed) => {
        try {
          leg.tick(due, missed);
        } catch (thrown) {
          failed(endpoint, thrown);
        }
      };
      legs.set(endpoint, { leg, leave: clock.join({ tick }) });
    },
    emitter: (endpoint) => (event) => send({ type: 'event', endpoint, event }),
  };

  function failed(endpoint: EndpointKey, thrown: unknown): void {
    const where = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    send({ type: 'trouble', code: systemCode(thrown) ?? 'INTERNAL', where });
    void closeLeg(endpoint)
      .catch(() => undefined)
      .then(() => send({ type: 'event', endpoint, event: { type: 'failed', code: 'INTERNAL' } }));
  }

  async function closeLeg(endpoint: EndpointKey): Promise<void> {
    await opening.get(endpoint); // its opening may have been given up before it was ready
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
        packetsDropped: sum.dropped + tapChannel.dropped + (transports.dropped?.() ?? 0),
        underrun: sum.underrun,
        tapLate: sum.tapLate,
        vadFallbacks: sum.vadFallbacks,
        lateness: clock.lateness.take(),
      },
    });
  }

  function connect(to: 'speech' | 'recorder', port: MessagePort): void {
    if (to === 'recorder') return tapChannel.connect(port);
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
    await transports.close?.();
    tapChannel.close();
    speech?.close();
    await silero?.close();
    main?.close();
  }

  /** Voice activity is judged by energy when Silero cannot be had: worse, but the line stays up. */
  async function startSilero(): Promise<void> {
    const trouble = (code: string): void => send({ type: 'trouble', code, where: 'voice-activity detection' });
    try {
      silero = await openSilero({ onLost: (error) => trouble(error.code) });
    } catch (thrown) {
      trouble(thrown instanceof IvrError ? thrown.code : 'INTERNAL');
    }
  }

  main.on('message', (message: ToMediaWorker) => {
    switch (message.type) {
      case 'channel':
        return connect(message.to, message.port);
      case 'statistics':
        return statistics(message.request);
      case 'shut-down':
        return void shutDown();
      case 'open':
        opening.set(
          message.endpoint,
          transports.open(message, runtime).finally(() => opening.delete(message.endpoint)),
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
  if (options.voiceActivity === 'silero') await startSilero();
  send({ type: 'ready' });
}

function add(counts: LegCounts, to: Record<keyof LegCounts, number>): void {
  for (const name of Object.keys(to) as (keyof LegCounts)[]) to[name] += counts[name];
}
