import type { SrfApplication } from '../../drachtio/drachtio-srf.ts';
import { deferred } from '../../lib/deferred.ts';

export interface ConnectionUser {
  onUp(reconnects: number): void;
  onDown(): void;
  /** Why it is not up, each time that this has changed; in words that hold nothing secret. */
  onProblem(why: string): void;
}

/** How the connection to one SIP server fares, from the events of srf. */
export interface ConnectionState {
  readonly up: boolean;
  /** The server does not take our secret. */
  readonly refused: boolean;
  /** Where the server takes SIP, as it says; '' before the first connection. */
  readonly hostports: string;
  /** Times that it came back. */
  readonly reconnects: number;
  /** Why it is down. */
  readonly problem: string | undefined;
  /** The first outcome of connecting; rejected when the server refuses our secret. */
  readonly tried: Promise<void>;
  /** When it has come up for the first time. */
  readonly cameUp: Promise<void>;
  fail(why: string): void;
  /** We have closed it: nothing of it is told any more. */
  close(): void;
}

export function followConnection(srf: SrfApplication, user: ConnectionUser): ConnectionState {
  const tried = deferred<void>();
  tried.promise.catch(() => undefined);
  const cameUp = deferred<void>();
  let up = false;
  let refused = false;
  let closed = false;
  let ups = 0;
  let hostports = '';
  let problem: string | undefined = 'not connected yet';

  function fail(why: string): void {
    if (problem !== why && !closed) user.onProblem(why);
    problem = why;
  }

  srf
    .on('connect', (error, said) => {
      if (error === null || error === undefined) {
        up = true;
        hostports = said ?? '';
        problem = undefined;
        refused = false;
        ups++;
        tried.resolve();
        cameUp.resolve();
        user.onUp(ups - 1);
        return;
      }
      refused = true;
      fail('it refuses our secret (signalling.secret or signalling.secret_file)');
      tried.reject(error);
    })
    .on('error', (error) => {
      fail(error.message);
      tried.resolve();
    })
    .on('close', () => {
      const wasUp = up;
      up = false;
      if (wasUp) user.onDown();
      fail(problem ?? 'connection lost');
      tried.resolve();
    });

  return {
    get up() {
      return up;
    },
    get refused() {
      return refused;
    },
    get hostports() {
      return hostports;
    },
    get reconnects() {
      return Math.max(0, ups - 1);
    },
    get problem() {
      return problem;
    },
    tried: tried.promise,
    cameUp: cameUp.promise,
    fail,
    close() {
      closed = true;
      up = false;
    },
  };
}
