import type { CallEvent } from '../domain/call-event.ts';
import type { SipLadder } from '../domain/sip-ladder.ts';
import type { CallSummary } from '../domain/call-summary.ts';
import type { ContactId } from '../domain/ids.ts';
import type { WallMs } from '../domain/units.ts';

/* What the web server needs of the rest: the composition root supplies it. */

export interface CallQuery {
  readonly live?: boolean;
  readonly since?: number;
  readonly until?: number;
  readonly because?: string;
  readonly limit: number;
  /** The contact after which the page begins (contacts sort by time). */
  readonly before?: string;
}

export interface Health {
  readonly ok: boolean;
  /** Name of the part → 'ok' or what is wrong with it. */
  readonly checks: Readonly<Record<string, string>>;
}

/** One of our FreeSWITCH servers. */
export interface MediaServerState {
  /** `host:port` of its event socket. */
  readonly host: string;
  readonly state: 'up' | 'refusing' | 'down';
  readonly legs: number;
  readonly weight: number;
  /** It gets no new calls; those that it has go on. */
  readonly draining: boolean;
}

export interface StatusSources {
  /** The process works. */
  health(): Promise<Health>;
  /** It also takes calls. */
  readiness(): Promise<Health>;
  metrics(): Promise<{ readonly contentType: string; readonly text: string }>;
}

export interface CallHistory {
  list(query: CallQuery): Promise<readonly CallSummary[]>;
  find(contact: string): Promise<{ readonly call: CallSummary; readonly events: readonly CallEvent[] } | undefined>;
}

export interface RecordingPauses {
  /** @returns when it goes on by itself. @throws IvrError NOT_FOUND, NO_TALK, PAUSE_USED_UP */
  pauseRecording(contact: ContactId, by: string): WallMs;
  /** @throws IvrError NOT_FOUND */
  resumeRecording(contact: ContactId, by: string): void;
}

/** The SIP messages of calls. */
export interface LadderSource {
  /** Of a call under way as far as it has come; undefined: none are kept. @throws IvrError STORAGE_FAILED, SIP_TIMEOUT */
  find(call: { readonly contact: string; readonly callIds: readonly string[] }): Promise<SipLadder | undefined>;
}

export interface MediaServerList {
  list(): readonly MediaServerState[];
  /** @returns false when there is no such server */
  drain(host: string, draining: boolean): boolean;
}

/** Every call event as it happens; returns the way to stop. */
export type Subscribe = (listener: (event: CallEvent) => void) => () => void;

export interface ReportQuery {
  readonly of: 'queue' | 'agent';
  readonly interval: '15min' | 'day';
  /** IANA name. */
  readonly zone: string;
  /** Unix ms, the end excluded. */
  readonly from: number;
  readonly until: number;
  /** These alone; undefined: all. */
  readonly names?: readonly string[];
}

export interface QueueReports {
  /** Who may work on any of these queues, whether they are signed in or not. */
  agentsOf(queues: readonly string[]): readonly string[];
  /** @throws IvrError STORAGE_FAILED, REPORT_TOO_LONG, here and below */
  json(query: ReportQuery): Promise<{ readonly formulas: readonly object[]; readonly lines: readonly object[] }>;
  csv(query: ReportQuery): Promise<string>;
}
