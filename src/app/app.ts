import type { AgentDesks } from '../agents/agent-desk.ts';
import type { Supervision } from '../agents/supervision.ts';
import type { CallEvent } from '../domain/call-event.ts';
import type { Milliseconds } from '../domain/units.ts';
import type { SipPlace } from './front-end-parts.ts';

/** The server, once it answers the line. Closing it closes all its parts. */
export interface App extends AsyncDisposable {
  readonly sip: SipPlace;
  /** The web server's address. */
  readonly http: string;
  /** Where the probes alone are answered, if `http.probe_port` is set. */
  readonly probes: string | undefined;
  readonly token: string;
  /** Name and version of what answers. */
  readonly dialplan: string;
  /** Languages that a voice speaks so that they can be understood, ISO 639-1. */
  readonly spoken: readonly string[];
  /** Recordings of an earlier run that were sealed at the start. */
  readonly recovered: number;
  readonly liveCalls: number;
  /** Resolves when a part has died without which there is no line: drain, and start again. */
  readonly failed: Promise<Error>;
  /** Those of the agents; undefined: there are no queues. */
  readonly desks: AgentDesks | undefined;
  /** The supervisor's page; likewise. */
  readonly supervision: Supervision | undefined;
  /** Every call event as it happens. */
  subscribe(listener: (event: CallEvent) => void): () => void;
  /** No more calls; those under way say goodbye and are sealed, within `limit`. */
  drain(limit: Milliseconds): Promise<void>;
}
