import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { Deframer, type Frame, parseFrame } from './capture.ts';
import { type Gate, Playing } from './replayed-connection.ts';
import { type ConnectionScript } from './script.ts';

/**
 * drachtio-server as it was recorded. Each message of the application has to be the recorded one, in its call's order: of
 * the same kind, with the same start line and headers, with a body where one was. It is answered as it was then. Anything
 * else is a violation: the real server did not answer that, or not so.
 */
export class ReplayPeer {
  readonly #server: Server;
  readonly #scripts: readonly ConnectionScript[];
  readonly #gates: readonly Gate[];
  readonly #sockets = new Set<Socket>();
  readonly #playing = new Set<Playing>();
  readonly #wakers = new Set<() => void>();
  #next = 0;
  readonly violations: string[] = [];
  port = 0;

  private constructor(server: Server, scripts: readonly ConnectionScript[], gates: readonly Gate[]) {
    this.#server = server;
    this.#scripts = scripts;
    this.#gates = gates;
    server.on('connection', (socket) => this.#accept(socket));
  }

  static async open(scripts: readonly ConnectionScript[], gates: readonly Gate[] = []): Promise<ReplayPeer> {
    const server = createServer();
    const peer = new ReplayPeer(server, scripts, gates);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    peer.port = typeof address === 'object' && address !== null ? address.port : 0;
    return peer;
  }

  get address(): { readonly host: string; readonly port: number } {
    return { host: '127.0.0.1', port: this.port };
  }

  /** Everything has been played. Throws what went wrong, or what is still missing after `limitMs`. */
  async done(limitMs = 8_000): Promise<void> {
    const until = performance.now() + limitMs;
    while (!this.#isDone()) {
      const left = until - performance.now();
      if (left <= 0) throw new Error(`not played: ${this.#missing().join('; ')}`);
      await this.#woken(left);
    }
    this.#check();
  }

  /** Lets a held message go, once play has come to it. */
  async release(at: (frame: Frame) => boolean): Promise<void> {
    await this.#come('release', (playing) => playing.release(at));
  }

  /** Play has come to where the application has to send this. */
  async expecting(at: (frame: Frame) => boolean): Promise<void> {
    await this.#come('expect', (playing) => playing.expects(at));
  }

  async #come(what: string, to: (playing: Playing) => boolean, limitMs = 5_000): Promise<void> {
    const until = performance.now() + limitMs;
    for (;;) {
      this.#check();
      for (const playing of this.#playing) if (to(playing)) return;
      const left = until - performance.now();
      if (left <= 0) throw new Error(`nothing to ${what}: ${this.#missing().join('; ')}`);
      await this.#woken(left);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#check();
  }

  #check(): void {
    if (this.violations.length > 0) throw new Error(this.violations.join('\n'));
  }

  #isDone(): boolean {
    if (this.violations.length > 0) return true;
    return this.#next >= this.#scripts.length && [...this.#playing].every((playing) => playing.isDone);
  }

  #missing(): string[] {
    const later = this.#scripts.length - this.#next;
    return [
      ...[...this.#playing].flatMap((playing) => playing.missing()),
      ...(later > 0 ? [`${later} more connections`] : []),
    ];
  }

  async #woken(limitMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#wakers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, limitMs);
      this.#wakers.add(wake);
    });
  }

  #wake(): void {
    for (const wake of this.#wakers) wake();
  }

  #accept(socket: Socket): void {
    const script = this.#scripts[this.#next++];
    if (script === undefined) {
      socket.destroy();
      this.violations.push('one connection more than there was');
      return this.#wake();
    }
    this.#sockets.add(socket);
    const playing = new Playing(script, this.#gates, (text) => {
      socket.write(`${Buffer.byteLength(text)}#${text}`);
    });
    this.#playing.add(playing);
    const reader = new Deframer();
    const afterwards = (): void => {
      if (playing.isDone && script.closed) socket.destroy();
      this.#wake();
    };
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('data', (bytes) => {
      try {
        for (const payload of reader.push(bytes)) playing.take(parseFrame('client', payload));
      } catch (thrown) {
        this.violations.push(thrown instanceof Error ? thrown.message : String(thrown));
        socket.destroy();
      }
      afterwards();
    });
    afterwards();
  }
}
