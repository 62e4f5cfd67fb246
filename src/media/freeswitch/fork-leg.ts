import type { WebSocket } from 'ws';
import { codecOf } from '../../audio/codecs.ts';
import type { LinearFrame } from '../../domain/codec.ts';
import { FRAME_SAMPLES, legSample, type LegSample, TELEPHONE_RATE, type MonotonicMs } from '../../domain/units.ts';
import { type HeardPacket, newHeardPacket } from '../engine/heard-packet.ts';
import { LegBridge } from '../engine/leg-bridge.ts';
import { LegPipeline, type LegPipelineOptions } from '../engine/leg-pipeline.ts';
import type { LegServices } from '../engine/leg-services.ts';
import type { EndpointCommand, EndpointKey, MediaEvent, NegotiatedMedia } from '../engine/media-protocol.ts';
import type { LegCounts, RuntimeLeg } from '../engine/worker-legs.ts';
import { ForkEgress } from './fork-egress.ts';
import type { ForkListener } from './fork-listener.ts';
import { type ForkFrame, ForkReceiver } from './fork-receiver.ts';
import { ForkSocket, type ForkSocketHandlers } from './fork-socket.ts';

/** Samples to a millisecond. */
const PER_MS = 8;

/** Shared by all legs of the thread. */
const frame: LinearFrame = { rate: TELEPHONE_RATE, samples: new Int16Array(FRAME_SAMPLES) };
const heard = newHeardPacket();

export interface ForkLegOptions extends LegPipelineOptions {
  readonly endpoint: EndpointKey;
  readonly onFork: (state: 'connected' | 'lost') => void;
  /** A defect in what the network called. */
  readonly onFailure: (thrown: unknown) => void;
}

/**
 * A call leg whose RTP is FreeSWITCH's. We hear its caller, and speak to them, over the WebSocket of a stereo fork: left
 * is the caller, right whom they are bridged to. A leg without a fork (an agent's) is heard by way of the leg that it is
 * bridged to. FreeSWITCH bridges, sends keys and watches over RTP; the main thread asks it to.
 */
export class ForkLeg implements RuntimeLeg<ForkLeg> {
  readonly #options: ForkLegOptions;
  readonly #now: () => MonotonicMs;
  readonly #emit: (event: MediaEvent) => void;
  readonly #listener: Pick<ForkListener, 'expect'>;
  readonly #egress: ForkEgress;
  readonly #receiver: ForkReceiver;
  readonly #pipeline: LegPipeline;
  #media: NegotiatedMedia | undefined;
  #socket: ForkSocket | undefined;
  #unexpect: (() => void) | undefined;
  readonly #bridge = new LegBridge<ForkLeg>(
    this,
    () => this.#onJoin(),
    () => this.#onLeave(),
  );
  /** The caller was heard; before that, and without RTP, FreeSWITCH sends zeros. */
  #flowing = false;
  /** What we know of this leg by way of another: nothing yet, it is bridged, it was. */
  #overheard: 'never' | 'now' | 'before' = 'never';
  #overheardSounds = false;
  #troubles = 0;
  #closed = false;

  constructor(options: ForkLegOptions, listener: Pick<ForkListener, 'expect'>, services: LegServices) {
    this.#options = options;
    this.#now = services.now;
    this.#emit = options.emit;
    this.#listener = listener;
    this.#egress = new ForkEgress(options.emit, services);
    this.#pipeline = new LegPipeline(options, { voice: this.#egress, keyHeld: () => false }, services);
    this.#receiver = new ForkReceiver(
      () => this.#pipeline.position(),
      (placed) => this.#onFrame(placed),
    );
  }

  get counts(): LegCounts {
    return {
      received: this.#receiver.received,
      sent: Math.floor(this.#egress.sent / FRAME_SAMPLES),
      lost: 0,
      dropped: this.#receiver.dropped + this.#troubles + this.#pipeline.keysDropped,
      underrun: this.#egress.underrun,
      tapLate: this.#pipeline.tap?.late ?? 0,
      vadFallbacks: this.#pipeline.speechInput.fallbacks,
    };
  }

  command(command: EndpointCommand): void {
    switch (command.type) {
      case 'negotiated':
        return this.#useMedia(command.media);
      case 'expect-fork':
        return this.#expect(command.token);
      case 'unbridge':
        return this.unbridge();
      default:
        return this.#pipeline.command(command);
    }
  }

  bridge(other: ForkLeg): void {
    this.#bridge.join(other.#bridge);
  }

  unbridge(): void {
    this.#bridge.leave();
  }

  tick(due: MonotonicMs, missed: number): void {
    const skipped = missed * FRAME_SAMPLES;
    const grid = this.#pipeline.place(due, skipped);
    this.#socket?.tick();
    if (this.#pipeline.hides) this.#receiver.settle();
    else this.#receiver.tick();
    if (skipped > 0) this.#catchUp(legSample(grid - skipped), skipped);
    this.#say(grid, this.#egress.tick(frame.samples));
    if (this.#away) this.#pipeline.tap?.held(grid, FRAME_SAMPLES, this.#silenced);
    this.#pipeline.tick(grid);
  }

  /** Ends playback, flushes the tap. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.unbridge();
    this.#unexpect?.();
    try {
      this.#receiver.flush();
      this.#pipeline.close();
    } finally {
      this.#socket?.close();
      this.#socket = undefined;
    }
  }

  #expect(token: string): void {
    this.#unexpect?.();
    this.#unexpect = this.#listener.expect(token, (webSocket) => {
      try {
        this.#attach(webSocket);
      } catch (thrown) {
        this.#options.onFailure(thrown);
      }
    });
  }

  #attach(webSocket: WebSocket): void {
    this.#drop()?.close(); // a fork that we are done with
    const handlers: ForkSocketHandlers = {
      onNamed: () => {
        this.#receiver.begin();
        this.#egress.attach(socket);
        this.#options.onFork('connected');
      },
      onAudio: (bytes) => {
        this.#egress.streams();
        this.#receiver.receive(bytes);
      },
      onLost: (faulty) => {
        if (faulty) this.#troubles++;
        if (this.#socket === socket) this.#drop();
        this.#options.onFork('lost');
      },
      onFailure: this.#options.onFailure,
    };
    const socket = new ForkSocket(webSocket, this.#options.endpoint, handlers, this.#now);
    this.#socket = socket;
  }

  /** Playback stands still until another one comes. */
  #drop(): ForkSocket | undefined {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#egress.attach(undefined);
    if (socket !== undefined) this.#receiver.flush();
    return socket;
  }

  #useMedia(media: NegotiatedMedia): void {
    if (media.held && this.#media?.held !== true) this.#receiver.pause();
    this.#media = media;
    this.#egress.useMedia(media);
    // a fork has the telephone's rate, whatever FreeSWITCH has agreed on
    const wide = codecOf(media.codec).sampleRate !== TELEPHONE_RATE;
    this.#pipeline.useMedia(wide ? { ...media, codec: 'PCMU' } : media);
  }

  #onJoin(): void {
    this.#overheard = 'now';
    this.#overheardSounds = false;
  }

  #onLeave(): void {
    this.#receiver.settle();
    if (this.#overheard === 'now') this.#overheard = 'before';
  }

  /** Ticks that this thread missed. FreeSWITCH played meanwhile what it had. */
  #catchUp(from: LegSample, count: number): void {
    const played = Math.min(count, this.#egress.ticksAhead * FRAME_SAMPLES);
    for (let done = 0; done < played; done += FRAME_SAMPLES)
      this.#say(legSample(from + done), this.#egress.missed(frame.samples));
    if (this.#away) this.#pipeline.tap?.held(from, count, this.#silenced);
    else if (played < count) this.#pipeline.tap?.saidNothing(legSample(from + played), count - played);
  }

  #say(at: LegSample, anything: boolean): void {
    this.#pipeline.speechInput.played(at, anything ? frame.samples : undefined);
    if (anything) this.#pipeline.tap?.said(at, frame);
    else if (this.#media?.held !== true) this.#pipeline.tap?.saidNothing(at, FRAME_SAMPLES);
  }

  /** The far end is on hold, or out of hearing: an agent between two bridges, or while the caller holds. */
  get #away(): boolean {
    if (this.#media?.held === true) return true;
    if (this.#socket !== undefined || this.#flowing || this.#overheard === 'never') return false;
    const { peer } = this.#bridge;
    return peer === undefined || peer.#media?.held === true;
  }

  get #silenced(): boolean {
    return this.#media?.held === true && !this.#media.send;
  }

  #onFrame(placed: ForkFrame): void {
    const media = this.#media;
    if (media !== undefined && (this.#flowing || placed.leftSounds)) {
      if (!this.#flowing) {
        this.#flowing = true;
        this.#emit({ type: 'rtp-began' });
      }
      this.#pipeline.hear(packetOf(placed, placed.left, placed.at), media.held);
    }
    const { peer } = this.#bridge;
    if (peer !== undefined) peer.#overhear(placed, this.#pipeline.origin);
    else if (placed.rightSounds) this.#troubles++; // nobody should be there
  }

  /** What this leg's person says, as the other leg's fork has it. */
  #overhear(placed: ForkFrame, origin: number): void {
    const media = this.#media;
    if (this.#socket !== undefined || media === undefined) return; // its own fork has it
    this.#overheardSounds ||= placed.rightSounds;
    if (!this.#overheardSounds) return;
    const at = placed.at + Math.round((origin - this.#pipeline.origin) * PER_MS);
    this.#pipeline.hear(packetOf(placed, placed.right, legSample(at)), media.held);
  }
}

/** FreeSWITCH has decoded it: it is kept in the codec that it came to FreeSWITCH with. */
function packetOf(placed: ForkFrame, samples: Int16Array, at: LegSample): HeardPacket {
  heard.at = at;
  heard.samples = samples;
  heard.count = samples.length;
  heard.repeatBefore = placed.repeatBefore;
  return heard;
}
