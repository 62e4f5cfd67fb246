import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BroadcastChannel, MessageChannel, type MessagePort } from 'node:worker_threads';
import { tone } from '../../src/audio/tone.ts';
import { newContactId, turnId } from '../../src/domain/ids.ts';
import { mintRecording } from '../../src/domain/recording-origin.ts';
import { wallMs } from '../../src/domain/units.ts';
import { sharedNow, systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { latenessPercentile } from '../../src/media/engine/lateness-histogram.ts';
import type {
  EndpointCommand,
  EndpointKey,
  GivenOptions,
  MediaWorkerStatistics,
} from '../../src/media/engine/media-protocol.ts';
import { type Notice, WorkerHost } from '../../src/media/engine/worker-host.ts';
import type { ForkWorkerOptions } from '../../src/media/freeswitch/fork-worker.ts';
import type { PlaybackId } from '../../src/media/media-server.ts';
import { openRecorder } from '../../src/recording/open-recorder.ts';
import type { Recorder, Recording } from '../../src/recording/recorder.ts';
import type { FromMedia, ToMedia } from '../../src/speech/speech-channel.ts';
import type { ClipId } from '../../src/speech/speech-service.ts';
import type { Decision, Fork, ForkServerFigures, ForkServerOrders, RecordingFigures } from './fork-orders.ts';
import { PROBE_CHANNEL } from './fork-probe-channel.ts';
import type { Probed } from './fork-probe-process.ts';
import { machineNow } from './frame-stamp.ts';
import { takeOrders } from './order-process.ts';

/* The half under measurement of `bench/forks.ts`: one media worker for forks, the recorder with its disk, voice activity. No signalling. */

const PROMPT_SAMPLES = 40_000;
const PER_MS = 8;
const SILENT_FOR_MS = 1_000;
const PROMPT: PlaybackId = 1 as PlaybackId;
const turn = turnId(newContactId(Date.now()), 1);

interface Leg {
  readonly key: EndpointKey;
  readonly recording: Recording;
  /** Speech has paused its prompt. */
  paused: boolean;
  playback: PlaybackId;
}

const legs = new Map<EndpointKey, Leg>();
const troubles: string[] = [];
/** Endpoints whose prompts speech has paused, in the order of the worker's notices. */
let paused: EndpointKey[] = [];
let before: MediaWorkerStatistics | undefined;
let keys = 0;
let closed = 0;
let onClosed = (): void => undefined;
let host: WorkerHost | undefined;
let recorder: Recorder | undefined;
const probe = new BroadcastChannel(PROBE_CHANNEL);

const worker = (): WorkerHost => host ?? fail('not open');
const fail = (why: string): never => {
  throw new Error(why);
};
const tell = (command: EndpointCommand): void => worker().post(command);

async function open({ vad, folder, user, password }: ForkServerOrders['open']['order']): Promise<object> {
  const retention = { class: 'bench', policy: 'bench', policy_version: 1, years: 1 };
  recorder = await openRecorder({ recordingsDirectory: folder, retention }, systemClock, silentLogger);
  const workerData: GivenOptions<ForkWorkerOptions> = {
    rtpTimeoutMs: 60_000,
    voiceActivity: vad ? 'silero' : 'off',
    inbandDtmf: true,
    host: '127.0.0.1',
    ports: { min: 0, max: 0 },
    user,
    password,
  };
  host = new WorkerHost(new URL('fork-probe-process.js', import.meta.url), workerData, take, (cause) =>
    troubles.push(`the worker died: ${cause.message}`),
  );
  host.connect('speech', speechLine());
  host.connect('recorder', recorder.openChannel());
  await host.ready();
  return {};
}

function take(notice: Notice): void {
  if (notice.type === 'trouble') return void troubles.push(`${notice.code} ${notice.where}`);
  if (notice.type === 'closed') {
    closed++;
    return onClosed();
  }
  if (notice.type === 'fork' && notice.state === 'lost' && legs.has(notice.endpoint)) troubles.push('a fork was lost');
  if (notice.type !== 'event') return;
  const { endpoint, event } = notice;
  const leg = legs.get(endpoint);
  if (leg === undefined) return;
  if (event.type === 'speech-began' && event.paused !== undefined) {
    leg.paused = true;
    paused.push(endpoint);
  }
  if (event.type !== 'speech-ended' || !leg.paused) return;
  leg.paused = false;
  tell({ type: 'resume', endpoint, playback: leg.playback });
}

function play(leg: Leg, bargeIn: 'none' | 'speech'): void {
  const clips = ['prompt' as ClipId];
  tell({ type: 'play', endpoint: leg.key, playback: leg.playback, turn, clips, bargeIn, loop: true });
}

async function add({ legs: count, bargeIn }: ForkServerOrders['add']['order']): Promise<readonly Fork[]> {
  const forks: Fork[] = [];
  for (let n = 0; n < count; n++) {
    const recording = await (recorder ?? fail('not open')).open({
      ...mintRecording(wallMs(Date.now()), sharedNow()),
      contact: newContactId(Date.now()),
      from: '',
      to: '',
      direction: 'inbound',
      sipCallId: '',
      codec: 'PCMU',
    });
    const endpoint = ++keys as EndpointKey;
    const record = { ...recording.origin, track: 'customer' as const };
    const reply = await worker().ask(
      (request) => ({ type: 'open', endpoint, request, record, listen: true, audio: { from: 'fork' } }),
      'opening a leg',
    );
    if (reply.type !== 'opened') throw new Error(`a leg was ${reply.type}`);
    const leg: Leg = { key: endpoint, recording, paused: false, playback: PROMPT };
    legs.set(endpoint, leg);
    tell({
      type: 'negotiated',
      endpoint,
      media: {
        codec: 'PCMU',
        payloadType: 0,
        telephoneEvent: 101,
        eventTypes: [101],
        remote: undefined,
        send: true,
        receive: true,
        held: false,
      },
    });
    const token = randomBytes(24).toString('base64url');
    tell({ type: 'expect-fork', endpoint, token });
    play(leg, bargeIn);
    forks.push({ endpoint, port: reply.port, token });
  }
  return forks;
}

async function statistics(): Promise<MediaWorkerStatistics> {
  const reply = await worker().ask((request) => ({ type: 'statistics', request }), 'statistics');
  return reply.type === 'statistics' ? reply.statistics : fail('no statistics');
}

async function figures(): Promise<ForkServerFigures> {
  const answer = once(probe as unknown as EventTarget, 'message');
  probe.postMessage('take');
  const [{ data }] = (await answer) as [{ readonly data: Probed }];
  const now = await statistics();
  const since = (of: (one: MediaWorkerStatistics) => number): number =>
    of(now) - (before === undefined ? 0 : of(before));
  const said = paused;
  paused = [];
  return {
    ages: data.ages,
    unread: data.unread,
    tickP99: latenessPercentile([now.lateness], 0.99),
    received: since((one) => one.packetsReceived),
    dropped: since((one) => one.packetsDropped),
    underrunMs: since((one) => one.underrun) / PER_MS,
    tapLateMs: since((one) => one.tapLate) / PER_MS,
    vadFallbacks: since((one) => one.vadFallbacks),
    oldestUnsyncedMs: recorder?.backlog().oldestUnsyncedMs ?? 0,
    decisions: data.decisions.flatMap((at, n) => (said[n] === undefined ? [] : [{ at, endpoint: said[n] }])),
    troubles: troubles.splice(0),
  };
}

async function silence({ everyMs }: ForkServerOrders['silence']['order']): Promise<readonly Decision[]> {
  const decisions: Decision[] = [];
  for (const leg of legs.values()) {
    decisions.push({ endpoint: leg.key, at: machineNow() });
    tell({ type: 'stop', endpoint: leg.key, playback: undefined });
    setTimeout(() => {
      leg.playback = (leg.playback + 1) as PlaybackId;
      play(leg, 'none');
    }, SILENT_FOR_MS);
    await sleep(everyMs);
  }
  await sleep(SILENT_FOR_MS * 2);
  return decisions;
}

async function end(): Promise<RecordingFigures> {
  const ending = [...legs.values()];
  legs.clear();
  const all = closed + ending.length;
  const gone = new Promise<void>((resolve) => {
    onClosed = () => (closed === all ? resolve() : undefined);
  });
  for (const { key } of ending) tell({ type: 'close', endpoint: key });
  if (ending.length > 0) await gone;
  const gapsMs: Record<string, number> = {};
  let minutes = 0;
  let problems = 0;
  let bytes = 0;
  for (const { recording } of ending) {
    const sealed = await recording.seal();
    minutes += sealed.duration / 60_000;
    problems += sealed.problems.length;
    const manifest = JSON.parse(await readFile(sealed.manifestPath, 'utf8')) as {
      readonly gaps: readonly { readonly because: string; readonly samples: number }[];
    };
    for (const { because, samples } of manifest.gaps) gapsMs[because] = (gapsMs[because] ?? 0) + samples / PER_MS;
    bytes += await sizeOf(dirname(sealed.manifestPath));
  }
  return { recordings: ending.length, minutes, problems, gapsMs, bytesPerMinute: bytes / Math.max(minutes, 1e-9) };
}

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = entries
    .filter((one) => one.isFile())
    .map(async (one) => (await stat(join(one.parentPath, one.name))).size);
  return (await Promise.all(sizes)).reduce((a, b) => a + b, 0);
}

/** A speech worker that knows one prompt: 5 s of sound. */
function speechLine(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  port1.on('message', (message: FromMedia) => {
    if (message.type !== 'fetch-clip') return;
    port1.postMessage({
      type: 'clip-chunk',
      clip: message.clip,
      offset: 0,
      samples: tone([440, 1_000], PROMPT_SAMPLES),
      last: true,
      keep: true,
    } satisfies ToMedia);
  });
  port1.unref();
  return port2;
}

takeOrders<ForkServerOrders>({
  open,
  add,
  async clear() {
    probe.postMessage('clear');
    paused = [];
    before = await statistics();
    return {};
  },
  take: figures,
  silence,
  end,
});
