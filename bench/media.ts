import { type ChildProcess, fork } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { encodeMulaw } from '../src/audio/g711.ts';
import { tone } from '../src/audio/tone.ts';
import { newContactId, newLegId, turnId } from '../src/domain/ids.ts';
import { mintRecording } from '../src/domain/recording-origin.ts';
import { wallMs } from '../src/domain/units.ts';
import { sharedNow, systemClock } from '../src/lib/clock.ts';
import { silentLogger } from '../src/lib/logger.ts';
import { openEmbeddedMediaServer } from '../src/media/embedded/embedded-media-server.ts';
import { PlayoutClock } from '../src/media/engine/playout-clock.ts';
import type { FromMedia, ToMedia } from '../src/speech/speech-channel.ts';
import type { ClipId } from '../src/speech/speech-service.ts';
import { sayWithFlite } from '../test/support/flite/say-with-flite.ts';

/* Legs that play a looped prompt and are recorded, against telephones in a process of their own: CPU per call, lateness at the telephone. */

const SECONDS = 12;
const WARM_UP_MS = 3_000;
const TALKING_SHARE = 0.3;

export interface MediaFigures {
  readonly calls: number;
  readonly recorded: boolean;
  readonly voice_activity: boolean;
  /** Of one core: the whole process, and the child that runs the model. */
  readonly cpu_percent_per_call: number;
  readonly cpu_percent: number;
  /** Behind the stream's own best packet, as it arrives. */
  readonly late_p50_ms: number;
  readonly late_p99_ms: number;
  readonly late_max_ms: number;
  readonly lost: number;
  readonly tick_p99_ms: number;
  readonly rss_mb: number;
}

interface Order {
  readonly ports: readonly number[];
  readonly seconds: number;
  readonly warmUpMs: number;
}

interface Heard {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly lost: number;
}

export async function benchMedia(
  cases: readonly { readonly calls: number; readonly recorded: boolean; readonly vad: boolean }[],
): Promise<MediaFigures[]> {
  const figures: MediaFigures[] = [];
  for (const one of cases) figures.push(await measure(one.calls, one.recorded, one.vad));
  return figures;
}

async function measure(calls: number, recorded: boolean, vad: boolean): Promise<MediaFigures> {
  const peer = fork(process.argv[1] ?? '', ['calling'], { stdio: 'inherit' });
  const [ports] = (await replyTo(peer, { sockets: calls })) as [number[]];
  const server = await openEmbeddedMediaServer(
    {
      hosts: ['127.0.0.1'],
      portRange: { min: 0, max: 0 },
      workers: 1,
      rtpTimeoutMs: 60_000,
      codecs: ['PCMU'],
      voiceActivity: vad ? 'silero' : 'off',
      inbandDtmf: true,
    },
    silentLogger,
  );
  const discarding = new Worker(
    "require('node:worker_threads').parentPort.on('message', ({ port }) => port.on('message', () => undefined))",
    { eval: true },
  );
  server.connect({ to: 'speech', open: speechLine });
  server.connect({ to: 'recorder', open: () => recorderLine(discarding) });
  const contact = newContactId(Date.now());
  const endpoints = [];
  for (const port of ports) {
    const endpoint = await server.createEndpoint(
      {
        leg: newLegId(Date.now()),
        contact,
        listen: vad,
        remoteSdp: `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio ${port} RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n`,
        ...(recorded
          ? { record: { ...mintRecording(wallMs(Date.now()), sharedNow()), track: 'customer' as const } }
          : {}),
      },
      new AbortController().signal,
    );
    endpoint.play({ turn: turnId(contact, 1), clips: ['prompt' as ClipId], bargeIn: 'none', loop: true });
    endpoints.push(endpoint);
  }
  const targets = endpoints.map(({ localSdp }) => Number(/m=audio (\d+)/.exec(localSdp)?.[1]));
  const answer = replyTo(peer, { ports: targets, seconds: SECONDS, warmUpMs: WARM_UP_MS } satisfies Order);
  await new Promise((resolve) => setTimeout(resolve, WARM_UP_MS));
  await server.statistics(); // lateness since here
  const [began, cpu] = [performance.now(), cpuMs(peer.pid)];
  await new Promise((resolve) => setTimeout(resolve, (SECONDS - 1) * 1000));
  const share = (100 * (cpuMs(peer.pid) - cpu)) / (performance.now() - began);
  const statistics = await server.statistics();
  const [heard] = (await answer) as [Heard];
  const { rss } = process.memoryUsage();
  await server[Symbol.asyncDispose]();
  await discarding.terminate();
  if (peer.connected) peer.disconnect();
  return {
    calls,
    recorded,
    voice_activity: vad,
    cpu_percent_per_call: round(share / calls),
    cpu_percent: round(share),
    late_p50_ms: round(heard.p50),
    late_p99_ms: round(heard.p99),
    late_max_ms: round(heard.max),
    lost: heard.lost,
    tick_p99_ms: statistics.latenessP99Ms,
    rss_mb: Math.round(rss / 2 ** 20),
  };
}

async function replyTo(peer: ChildProcess, message: object): Promise<unknown[]> {
  peer.send(message);
  return once(peer, 'message');
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
      samples: tone([440, 1_000], 40_000),
      last: true,
      keep: true,
    } satisfies ToMedia);
  });
  port1.unref();
  return port2;
}

function recorderLine(discarding: Worker): MessagePort {
  const { port1, port2 } = new MessageChannel();
  discarding.postMessage({ port: port1 }, [port1]);
  return port2;
}

/** This process and its children but for the telephones, by the system's account. */
function cpuMs(peer: number | undefined): number {
  const { user, system } = process.cpuUsage();
  let total = (user + system) / 1000;
  for (const task of readdirSync('/proc/self/task'))
    for (const child of readFileSync(`/proc/self/task/${task}/children`, 'utf8').trim().split(' ')) {
      if (child === '' || Number(child) === peer) continue;
      const fields = readFileSync(`/proc/${child}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      total += (Number(fields[11]) + Number(fields[12])) * 10;
    }
  return total;
}

/** The other process: as many telephones, talking 30 % of the time, each stamping what it hears. */
async function beTelephones(): Promise<void> {
  const sockets: Socket[] = [];
  const [{ sockets: count }] = (await once(process, 'message')) as [{ sockets: number }];
  for (let i = 0; i < count; i++) {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    sockets.push(socket);
  }
  const speech = await sound();
  process.send?.(sockets.map((socket) => socket.address().port));
  const [order] = (await once(process, 'message')) as [Order];
  const streams = sockets.map((socket, i) => new Telephone(socket, speech, i));
  for (const [i, stream] of streams.entries()) stream.connect(order.ports[i] ?? 0);
  const clock = new PlayoutClock(systemClock, () => undefined);
  const leave = streams.map((stream) => clock.join(stream));
  await new Promise((resolve) => setTimeout(resolve, order.warmUpMs));
  for (const stream of streams) stream.start();
  await new Promise((resolve) => setTimeout(resolve, order.seconds * 1000));
  for (const go of leave) go();
  const late = streams.flatMap((stream) => stream.lateness()).toSorted((a, b) => a - b);
  const at = (share: number): number => late[Math.min(late.length - 1, Math.floor(late.length * share))] ?? Number.NaN;
  process.send?.({
    p50: at(0.5),
    p99: at(0.99),
    max: at(1),
    lost: streams.reduce((sum, stream) => sum + stream.lost, 0),
  } satisfies Heard);
  for (const socket of sockets) socket.close();
}

/** Ten seconds, three of them a sentence, the rest a quiet line. */
async function sound(): Promise<Uint8Array> {
  const sentence = await sayWithFlite('I want to hear the balance of my account.');
  const samples = Int16Array.from({ length: 80_000 }, () => Math.round((Math.random() - 0.5) * 40));
  let at = 0;
  while (at < 80_000 * TALKING_SHARE) {
    samples.set(sentence.subarray(0, Math.max(0, 80_000 * TALKING_SHARE - at)), at);
    at += sentence.length;
  }
  return encodeMulaw(samples);
}

class Telephone {
  lost = 0;
  readonly #socket: Socket;
  readonly #sound: Uint8Array;
  readonly #packet = Buffer.alloc(172);
  readonly #transits: number[] = [];
  #position: number;
  #sequence = 0;
  #last: number | undefined;
  #counting = false;

  constructor(socket: Socket, speech: Uint8Array, number: number) {
    this.#socket = socket;
    this.#sound = speech;
    this.#position = (number * 7_919) % speech.length;
    this.#packet[0] = 0x80;
    this.#packet.writeUInt32BE(number + 1, 8);
    socket.on('message', (bytes) => this.#take(bytes, performance.now()));
  }

  connect(port: number): void {
    this.#socket.connect(port, '127.0.0.1');
  }

  start(): void {
    this.#counting = true;
  }

  tick(): void {
    const packet = this.#packet;
    packet.writeUInt16BE((this.#sequence = (this.#sequence + 1) & 0xffff), 2);
    packet.writeUInt32BE((this.#sequence * 160) >>> 0, 4);
    for (let i = 0; i < 160; i++) packet[12 + i] = this.#sound[(this.#position + i) % this.#sound.length] ?? 0xff;
    this.#position = (this.#position + 160) % this.#sound.length;
    this.#socket.send(packet);
  }

  /** Behind the quickest packet of the stream. */
  lateness(): number[] {
    const best = Math.min(...this.#transits);
    return this.#transits.map((transit) => transit - best);
  }

  #take(bytes: Buffer, now: number): void {
    if (!this.#counting) return;
    const sequence = bytes.readUInt16BE(2);
    if (this.#last !== undefined) this.lost += Math.max(0, ((sequence - this.#last) & 0xffff) - 1);
    this.#last = sequence;
    this.#transits.push(now - bytes.readUInt32BE(4) / 8);
  }
}

const round = (value: number): number => Math.round(value * 1000) / 1000;

if (process.argv[1]?.endsWith('media.js') === true) {
  if (process.argv[2] === 'calling') await beTelephones();
  else
    console.table(
      await benchMedia([
        { calls: 50, recorded: true, vad: false },
        { calls: 150, recorded: false, vad: false },
        { calls: 150, recorded: true, vad: false },
        { calls: 150, recorded: true, vad: true },
      ]),
    );
}
