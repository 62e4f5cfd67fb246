import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { Deframer, type Frame, headerOf, parseFrame, type SipText, textOf } from './capture.ts';
import { type ConnectionScript, methodOf } from './script.ts';

/** A message of the server that is held back: until `release`, or until the application's next message has crossed it. */
export interface Gate {
  readonly at: (frame: Frame) => boolean;
  readonly until: 'released' | 'crossed';
}

/** Headers that drachtio-server passes on as they are: ours may have them where the recorded application had none. */
const PASSED_ON = new Set(['contact', 'reason', 'retry-after', 'allow', 'accept', 'referred-by']);

interface Sequence {
  readonly name: string;
  readonly frames: readonly Frame[];
  at: number;
}

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

/** One connection's play. Throws at what the server was never asked. */
class Playing {
  readonly #sequences: readonly Sequence[];
  readonly #gates: readonly Gate[];
  readonly #send: (text: string) => void;
  readonly #held = new Set<Frame>();
  readonly #released = new Set<Frame>();
  /** The application's messages by the recorded ones that they stand for. */
  readonly #live = new Map<string, Frame>();
  readonly #moreRoutes = new Set<string>();
  readonly #answeredRoutes: Frame[];
  #authenticated = false;

  constructor(script: ConnectionScript, gates: readonly Gate[], send: (text: string) => void) {
    this.#gates = gates;
    this.#send = send;
    this.#answeredRoutes = script.control.filter((frame) => frame.type === 'route');
    this.#control = script.control;
    this.#sequences = [...script.calls].map(([name, frames]) => ({ name, frames, at: 0 }));
  }

  readonly #control: readonly Frame[];

  get isDone(): boolean {
    return this.missing().length === 0;
  }

  missing(): string[] {
    const missing = this.#sequences
      .filter(({ at, frames }) => at < frames.length)
      .map(({ name, at, frames }) => `${name}: ${nameOf(frames[at])}`);
    if (!this.#authenticated && this.#control.some(({ type }) => type === 'authenticate')) missing.push('authenticate');
    // the other methods that the recorded application asked for are nothing that ours needs
    if (this.#answeredRoutes.some(({ fields }) => fields[0] === 'invite')) missing.push('route|invite');
    return missing;
  }

  release(at: (frame: Frame) => boolean): boolean {
    for (const frame of this.#held) {
      if (!at(frame)) continue;
      this.#held.delete(frame);
      this.#released.add(frame);
      this.#pump();
      return true;
    }
    return false;
  }

  expects(at: (frame: Frame) => boolean): boolean {
    return this.#sequences.some((sequence) => {
      const next = sequence.frames[sequence.at];
      return next?.from === 'client' && at(next);
    });
  }

  take(actual: Frame): void {
    if (actual.type === 'sip') this.#takeSip(actual);
    else this.#takeControl(actual);
    this.#pump();
  }

  #takeControl(actual: Frame): void {
    const recorded = this.#control.find(
      (frame) =>
        frame.from === 'client' && frame.type === actual.type && frame.fields.join('|') === actual.fields.join('|'),
    );
    // the recorded application asked for fewer methods; the server routes whatever it is asked for, and says so alike
    if (recorded === undefined && actual.type === 'route' && this.#authenticated) {
      const [method = ''] = actual.fields;
      if (this.#moreRoutes.has(method)) throw new Error(`routed twice: ${method}`);
      this.#moreRoutes.add(method);
      this.#send([randomUUID(), 'response', actual.id, 'OK'].join('|'));
      return;
    }
    if (recorded === undefined) throw new Error(`never asked: ${actual.type}|${actual.fields.join('|')}`);
    if (actual.type === 'authenticate') {
      if (this.#authenticated) throw new Error('authenticated twice');
      this.#authenticated = true;
    } else if (!this.#authenticated) throw new Error(`${actual.type} before authenticate`);
    if (actual.type === 'route') {
      const at = this.#answeredRoutes.indexOf(recorded);
      if (at < 0) throw new Error(`routed twice: ${actual.fields.join('|')}`);
      this.#answeredRoutes.splice(at, 1);
    }
    const reply = this.#control.find((frame) => frame.type === 'response' && frame.fields[0] === recorded.id);
    // a server that died before it answered
    if (reply !== undefined) this.#send([randomUUID(), 'response', actual.id, ...reply.fields.slice(1)].join('|'));
  }

  #takeSip(actual: Frame): void {
    const sequence = this.#sequenceOf(actual);
    if (sequence === undefined) throw new Error(`of no recorded call: ${nameOf(actual)}`);
    // what has crossed it on its way is sent before it is dealt with
    for (;;) {
      const frame = sequence.frames[sequence.at];
      if (frame === undefined || frame.from === 'client' || this.#gateOf(frame)?.until !== 'crossed') break;
      this.#released.add(frame);
      this.#play(sequence, frame);
    }
    const expected = sequence.frames[sequence.at];
    if (expected === undefined || expected.from === 'server')
      throw new Error(`${sequence.name}: ${nameOf(actual)} instead of waiting for ${nameOf(expected)}`);
    compare(actual, expected, sequence.name);
    this.#live.set(expected.id, actual);
    sequence.at++;
  }

  #sequenceOf(actual: Frame): Sequence | undefined {
    const [transactionId = '', dialogId = ''] = actual.fields;
    if (dialogId !== '') return this.#sequences.find(({ name }) => dialogId.startsWith(`${name};from-tag=`));
    if (transactionId !== '')
      return this.#sequences.find(({ frames }) =>
        frames.some((frame) => frame.from === 'server' && frame.fields.includes(transactionId)),
      );
    return this.#sequences.find(
      ({ frames, at }) => frames[at]?.from === 'client' && frames[at].sip?.start === actual.sip?.start,
    );
  }

  #gateOf(frame: Frame): Gate | undefined {
    return this.#released.has(frame) ? undefined : this.#gates.find(({ at }) => at(frame));
  }

  #pump(): void {
    if (!this.#authenticated || this.#answeredRoutes.some(({ fields }) => fields[0] === 'invite')) return;
    for (const sequence of this.#sequences) {
      for (;;) {
        const frame = sequence.frames[sequence.at];
        if (frame === undefined || frame.from === 'client') break;
        const gate = this.#gateOf(frame);
        if (gate !== undefined) {
          if (gate.until === 'released') this.#held.add(frame);
          break;
        }
        this.#play(sequence, frame);
      }
    }
  }

  #play(sequence: Sequence, frame: Frame): void {
    sequence.at++;
    if (frame.type !== 'response') {
      this.#send(textOf([randomUUID(), frame.type, ...frame.fields], frame.sip));
      return;
    }
    const [about = '', outcome = '', ...rest] = frame.fields;
    const asked = this.#live.get(about);
    if (asked === undefined) throw new Error(`the recording answers what was not asked: ${nameOf(frame)}`);
    const sip = frame.sip === undefined ? undefined : withBody(frame.sip, asked.sip?.body ?? '');
    // OK|application|<bytes>|…
    if (sip !== undefined) rest[1] = String(Buffer.byteLength(textOf([], sip)) - 2);
    this.#send(textOf([randomUUID(), 'response', asked.id, outcome, ...rest], sip));
  }
}

const nameOf = (frame: Frame | undefined): string =>
  frame === undefined ? 'the end' : `${frame.type} ${frame.sip?.start ?? frame.fields.join('|')} (${methodOf(frame)})`;

/** What the server says that it sent has the application's body, whatever the recorded application's was. */
const withBody = (sip: SipText, body: string): SipText => ({
  ...sip,
  body,
  headers: sip.headers.map(([name, value]) =>
    name.toLowerCase() === 'content-length' ? [name, String(Buffer.byteLength(body))] : [name, value],
  ),
});

/** @throws with every difference that would have made it another request to the server */
function compare(actual: Frame, expected: Frame, call: string): void {
  const wrong: string[] = [];
  const differ = (what: string, is: unknown, was: unknown): void => {
    if (is !== was) wrong.push(`${what} is ${JSON.stringify(is)}, was ${JSON.stringify(was)}`);
  };
  differ('transaction', actual.fields[0] ?? '', expected.fields[0] ?? '');
  // the dialog of an INVITE outside of one is not known before it is answered
  differ('dialog', actual.fields[1] ?? '', expected.fields[1] ?? '');
  differ('start line', actual.sip?.start, expected.sip?.start);
  for (const [name, value] of expected.sip?.headers ?? [])
    if (name.toLowerCase() !== 'content-length') differ(name, headerOf(actual.sip, name), value);
  for (const [name] of actual.sip?.headers ?? []) {
    const known = name.toLowerCase() === 'content-length' || PASSED_ON.has(name.toLowerCase());
    if (!known && headerOf(expected.sip, name) === undefined) wrong.push(`${name} was not there`);
  }
  const body = actual.sip?.body ?? '';
  differ('a body', body !== '', (expected.sip?.body ?? '') !== '');
  if (body !== '' && !body.startsWith('v=0') && headerOf(actual.sip, 'content-type') === undefined)
    wrong.push('missing content-type');
  differ('Content-Length', Number(headerOf(actual.sip, 'content-length')), Buffer.byteLength(body));
  if (wrong.length > 0) throw new Error(`${call}: ${nameOf(actual)}: ${wrong.join('; ')}`);
}
