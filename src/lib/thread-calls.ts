import type { MessagePort, Worker } from 'node:worker_threads';
import { asError, type ErrorCode, IvrError, type SafeFacts } from '../domain/error.ts';

/* Calls of functions in another thread, over a channel that carries other messages as well. */

/** A MessagePort, a Worker, or a worker's parentPort. */
export type ThreadPort = MessagePort | Worker;

type ThreadFunctions = { readonly [name: string]: (...given: never[]) => Promise<unknown> };

interface Call {
  readonly type: 'call';
  readonly call: number;
  readonly name: string;
  readonly given: readonly unknown[];
}

/** An error as it crosses threads: classes do not. */
export interface ThreadFailure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly facts: SafeFacts;
}

type Answer = { readonly type: 'answer'; readonly call: number } & (
  | { readonly value: unknown }
  | { readonly failure: ThreadFailure }
);

export function toFailure(thrown: unknown): ThreadFailure {
  const { message } = asError(thrown);
  return thrown instanceof IvrError
    ? { code: thrown.code, message, facts: thrown.facts }
    : { code: 'INTERNAL', message, facts: {} };
}

export const fromFailure = ({ code, message, facts }: ThreadFailure): IvrError => new IvrError(code, message, facts);

/**
 * Answers the calls of the other thread.
 *
 * @param onSent - told of each answer once the other thread has its copy: what is secret in it can be wiped here
 */
export function serveCalls(
  port: ThreadPort,
  functions: ThreadFunctions,
  onSent: (name: string, value: unknown) => void = () => undefined,
): void {
  port.on('message', (message: Call) => {
    if (message.type !== 'call') return;
    const { call } = message;
    const answer = (content: { readonly value: unknown } | { readonly failure: ThreadFailure }): void =>
      port.postMessage({ type: 'answer', call, ...content });
    Promise.resolve()
      .then(() => functions[message.name]?.(...(message.given as never[])))
      .then(
        (value) => {
          answer({ value });
          onSent(message.name, value);
        },
        (thrown: unknown) => answer({ failure: toFailure(thrown) }),
      );
  });
}

export interface ThreadCalls<F extends ThreadFunctions> {
  /** Of the other thread. They throw IvrErrors alone. */
  readonly functions: F;
  /** Calls that are not answered yet. */
  readonly open: number;
  /** The other thread is gone: whatever is not answered fails. */
  fail(error: Error): void;
}

export function callsTo<F extends ThreadFunctions>(
  port: ThreadPort,
  names: readonly (keyof F & string)[],
): ThreadCalls<F> {
  const open = new Map<
    number,
    { readonly resolve: (value: unknown) => void; readonly reject: (error: Error) => void }
  >();
  let last = 0;
  port.on('message', (message: Answer) => {
    if (message.type !== 'answer') return;
    const waiting = open.get(message.call);
    open.delete(message.call);
    if ('failure' in message) waiting?.reject(fromFailure(message.failure));
    else waiting?.resolve(message.value);
  });
  const call =
    (name: string) =>
    (...given: unknown[]): Promise<unknown> =>
      new Promise((resolve, reject) => {
        const number = ++last;
        open.set(number, { resolve, reject });
        port.postMessage({ type: 'call', call: number, name, given } satisfies Call);
      });
  return {
    functions: Object.fromEntries(names.map((name) => [name, call(name)])) as ThreadFunctions as F,
    get open() {
      return open.size;
    },
    fail(error) {
      for (const { reject } of open.values()) reject(error);
      open.clear();
    },
  };
}
