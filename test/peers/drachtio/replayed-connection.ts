import { randomUUID } from 'node:crypto';
import { type Frame, headerOf, type SipText, textOf } from './capture.ts';
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

/** One connection's play. Throws at what the server was never asked. */
export class Playing {
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
