import { ms } from '../../domain/units.ts';
import { randomUUID } from 'node:crypto';
import { setPriority } from 'node:os';
import { type MessagePort, parentPort } from 'node:worker_threads';
import { IvrError } from '../../domain/error.ts';
import { sharedNow, systemClock } from '../../lib/clock.ts';
import { openSilero, type Silero } from '../vad/silero.ts';
import type { LegServices } from './leg-services.ts';
import type {
  EndpointKey,
  FromMediaWorker,
  MediaEvent,
  MediaWorkerOptions,
  MediaWorkerStatistics,
  OpenLeg,
  ToMediaWorker,
} from './media-protocol.ts';
import { PlayoutClock } from './playout-clock.ts';
import { SpeechLink } from './speech-link.ts';
import { TapChannel } from './tap-channel.ts';
import { WakeSignal } from './wake-signal.ts';
import { type RuntimeLeg, WorkerLegs } from './worker-legs.ts';

/** A clip that has not grown for so long while somebody waits for it will not come. */
const CLIP_DEADLINE_MS = 8_000;
/** Above the rest of the process, where the system lets us: lateness is heard. */
const PRIORITY = -10;

export interface MediaWorkerRuntime<Leg> {
  readonly services: LegServices;
  send(message: FromMediaWorker): void;
  /** A defect in one leg ends that leg, not the other calls: whatever calls a leg catches what it throws. */
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
  const signal = new WakeSignal(options.wakeMemory);
  const tapChannel = new TapChannel();
  const clock = new PlayoutClock(
    systemClock,
    () => tapChannel.tick(systemClock.now()),
    (forMs) => signal.sleep(forMs),
  );
  const legs = new WorkerLegs<Leg>(clock, send);
  const speech = new SpeechLink();
  let silero: Silero | undefined;

  const services: LegServices = {
    options,
    clips: speech.clips,
    clipOverdue: (clip) => performance.now() - clip.progressAt > CLIP_DEADLINE_MS,
    tapChannel,
    now: () => ms(performance.now()),
    shared: sharedNow,
    silero: () => silero,
    cname: randomUUID(),
    speech: speech.send,
  };
  const runtime: MediaWorkerRuntime<Leg> = {
    services,
    send,
    failed: (endpoint, thrown) => legs.fail(endpoint, thrown),
    enter: (endpoint, leg) => legs.enter(endpoint, leg),
    emitter: (endpoint) => (event) => send({ type: 'event', endpoint, event }),
  };
  const connect = (to: 'speech' | 'recorder', port: MessagePort): void =>
    to === 'recorder' ? tapChannel.connect(port) : speech.connect(port);

  async function shutDown(): Promise<void> {
    await legs.closeAll();
    await transports.close?.();
    tapChannel.close();
    speech.close();
    await silero?.close();
    main?.close();
  }

  main.on('message', (message: ToMediaWorker) => {
    switch (message.type) {
      case 'channel':
        return connect(message.to, message.port);
      case 'statistics': {
        const dropped = tapChannel.dropped + (transports.dropped?.() ?? 0);
        const statistics = statisticsOf(legs, dropped, clock);
        return send({ type: 'statistics', request: message.request, statistics });
      }
      case 'shut-down':
        return void shutDown();
      case 'open':
        return legs.open(message.endpoint, transports.open(message, runtime));
      default:
        return legs.command(message);
    }
  });

  raisePriority();
  if (options.voiceActivity === 'silero') silero = await startSilero(send);
  send({ type: 'ready' });
}

/** @param dropped - beside what the legs have dropped */
function statisticsOf<Leg extends RuntimeLeg<Leg>>(
  legs: WorkerLegs<Leg>,
  dropped: number,
  clock: PlayoutClock,
): MediaWorkerStatistics {
  const { counts } = legs;
  return {
    packetsReceived: counts.received,
    packetsSent: counts.sent,
    packetsLost: counts.lost,
    packetsDropped: counts.dropped + dropped,
    underrun: counts.underrun,
    tapLate: counts.tapLate,
    vadFallbacks: counts.vadFallbacks,
    lateness: clock.lateness.take(),
  };
}

function raisePriority(): void {
  try {
    setPriority(0, PRIORITY);
  } catch {
    // a privilege that not every account has
  }
}

/** Voice activity is judged by energy when Silero cannot be had: worse, but the line stays up. */
async function startSilero(send: (message: FromMediaWorker) => void): Promise<Silero | undefined> {
  const trouble = (code: string): void => send({ type: 'trouble', code, where: 'voice-activity detection' });
  try {
    return await openSilero({ onLost: (error) => trouble(error.code) });
  } catch (thrown) {
    trouble(thrown instanceof IvrError ? thrown.code : 'INTERNAL');
    return undefined;
  }
}
