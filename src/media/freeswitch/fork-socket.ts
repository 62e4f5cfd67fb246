import type { WebSocket } from 'ws';
import type { MonotonicMs } from '../../domain/units.ts';
import type { EndpointKey } from '../engine/media-protocol.ts';
import { namesEndpoint } from './fork-metadata.ts';
import type { ForkSink } from './fork-sink.ts';

const KILL = JSON.stringify({ type: 'killAudio' });
/** The metadata come with the connection. */
const METADATA_LIMIT_MS = 5_000;
/** Above this nothing more is sent until it has drained; 4 s of speech are 64 KB. */
const FULL_BYTES = 128 * 1024;
/** For so long it may be full. */
const FULL_LIMIT_MS = 5_000;
const MOST_BYTES = 1024 * 1024;
/** FreeSWITCH is asked for a sign of life after so long without one (it is silent during hold), and then given up. */
const PING_AFTER_MS = 10_000;
const DEAD_AFTER_MS = 20_000;
/** RFC 6455 §7.4.1 */
const NORMAL = 1000;
const POLICY_VIOLATION = 1008;

export interface ForkSocketHandlers {
  /** It has said whose audio it brings. */
  readonly onNamed: () => void;
  readonly onAudio: (bytes: Uint8Array) => void;
  /** It has gone without our asking. @param faulty - it did what no fork does, or took nothing off us */
  readonly onLost: (faulty: boolean) => void;
  /** A defect. */
  readonly onFailure: (thrown: unknown) => void;
}

/** A WebSocket of mod_audio_fork, from its first text to its end. */
export class ForkSocket implements ForkSink {
  readonly #socket: WebSocket;
  readonly #endpoint: EndpointKey;
  readonly #handlers: ForkSocketHandlers;
  /** Milliseconds. */
  readonly #now: () => MonotonicMs;
  #named = false;
  #over = false;
  #heardAt: MonotonicMs;
  #pinged = false;
  #fullSince: MonotonicMs | undefined;

  constructor(socket: WebSocket, endpoint: EndpointKey, handlers: ForkSocketHandlers, now: () => MonotonicMs) {
    this.#now = now;
    this.#socket = socket;
    this.#endpoint = endpoint;
    this.#handlers = handlers;
    this.#heardAt = now();
    socket.binaryType = 'nodebuffer';
    socket.on('message', (data, binary) => {
      try {
        if (!this.#over && Buffer.isBuffer(data)) this.#onMessage(data, binary);
      } catch (thrown) {
        handlers.onFailure(thrown);
      }
    });
    socket.on('pong', () => this.#alive());
    socket.on('error', () => this.#lose(true));
    socket.on('close', () => this.#lose(false));
  }

  get full(): boolean {
    return this.#socket.bufferedAmount > FULL_BYTES;
  }

  audio(bytes: Uint8Array): void {
    this.#send(bytes);
  }

  kill(): void {
    this.#send(KILL);
  }

  /** Watches over its time limits; call once in a while. */
  tick(): void {
    if (this.#over) return;
    const now = this.#now();
    const silent = now - this.#heardAt;
    this.#fullSince = this.full ? (this.#fullSince ?? now) : undefined;
    const stuck = this.#fullSince !== undefined && now - this.#fullSince > FULL_LIMIT_MS;
    if (stuck || silent > (this.#named ? DEAD_AFTER_MS : METADATA_LIMIT_MS)) return this.#giveUp();
    if (silent <= PING_AFTER_MS || this.#pinged) return;
    this.#pinged = true;
    this.#socket.ping();
  }

  /** It is no longer needed, so its end is not a loss. */
  close(code: number = NORMAL): void {
    if (this.#over) return;
    this.#over = true;
    this.#socket.close(code);
  }

  #onMessage(data: Buffer, binary: boolean): void {
    this.#alive();
    if (this.#named) {
      // later texts report on marks, which we do not use
      if (binary) this.#handlers.onAudio(data);
      return;
    }
    if (binary || !namesEndpoint(data.toString(), this.#endpoint)) {
      this.#socket.close(POLICY_VIOLATION);
      return this.#lose(true);
    }
    this.#named = true;
    this.#handlers.onNamed();
  }

  #alive(): void {
    this.#heardAt = this.#now();
    this.#pinged = false;
  }

  #send(data: Uint8Array | string): void {
    if (this.#over) return;
    this.#socket.send(data);
    if (this.#socket.bufferedAmount > MOST_BYTES) this.#giveUp();
  }

  #giveUp(): void {
    this.#socket.terminate();
    this.#lose(true);
  }

  #lose(faulty: boolean): void {
    if (this.#over) return;
    this.#over = true;
    try {
      this.#handlers.onLost(faulty);
    } catch (thrown) {
      this.#handlers.onFailure(thrown);
    }
  }
}
