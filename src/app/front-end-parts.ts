import type { ServerStatistics } from '../media/freeswitch/freeswitch-server.ts';
import type { MediaServer, MediaStatistics } from '../media/media-server.ts';
import type { Signalling } from '../signalling/signalling.ts';

/* The two halves of a front end, as it is composed of them. */

export interface SignallingGauges {
  readonly dialogs: number;
  readonly transactions: number;
  readonly malformed: number;
  readonly retransmissions: number;
  readonly sipServersUp: number;
  readonly callsOrphaned: number;
}

export interface MediaGauges {
  readonly media: MediaStatistics;
  readonly mediaServersUp: number;
  readonly forksReattached: number;
  readonly channelsOrphaned: number;
}

/** Of each server, by its number in the configuration: 'ok' or its state. Anybody may ask: where it is and what it said is in the log. */
export type Checks = Readonly<Record<string, string>>;

export interface Line {
  readonly signalling: Signalling;
  /** Where callers reach us by UDP. */
  readonly sip: { readonly host: string; readonly port: number };
  /** Whether a server is up that calls can come from. */
  ready(): boolean;
  /** False: new calls are refused with 503 and Retry-After; calls that are up go on. */
  setAdmission(admit: boolean, retryAfterSeconds: number): void;
  checks(): Promise<Checks>;
  gauges(): Promise<SignallingGauges>;
}

export interface Media {
  readonly media: MediaServer;
  /** The FreeSWITCH servers, if it stands on any. */
  servers(): Promise<readonly ServerStatistics[]>;
  /** Whether a server gets no new calls. @returns false when there is no such server */
  drain(host: string, draining: boolean): boolean;
  checks(): Promise<Checks>;
  gauges(): Promise<MediaGauges>;
}
