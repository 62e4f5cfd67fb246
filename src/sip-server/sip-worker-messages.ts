import type { Admission } from '../domain/admission.ts';
import type { ErrorCode, SafeFacts } from '../domain/error.ts';
import type { SipLadder } from '../domain/sip-ladder.ts';
import type { SourceAdmissionOptions } from '../lib/source-admission.ts';
import type { TlsMaterial } from '../lib/tls-files.ts';
import type { Advertised, BoundAddress, SipTlsOptions } from '../sip/stack.ts';
import type { LadderQuery } from './ladders.ts';
import type { RegistrarOptions, RegistrarUsers } from './registrar.ts';
import type { SignallingStatistics } from './signalling-statistics.ts';
import type { Trunk } from './trunk.ts';
import type { TrunkChange } from './trunks.ts';

/** Where the line listens, and who is known to it. */
export interface SipLine {
  readonly host: string;
  /** Further addresses to listen on, with the same ports. */
  readonly moreHosts?: readonly string[];
  /** 0 picks a free port, the same for UDP and TCP. */
  readonly port: number;
  readonly tcp: boolean;
  /** Absent: no TLS. */
  readonly tls?: SipTlsOptions;
  /** Absent: telephones cannot register. */
  readonly registrar?: RegistrarOptions;
  readonly trunks?: readonly Trunk[];
  /** Keys of SRTP may be told over SIP that is not encrypted. Default: they may not. */
  readonly keysInTheClear?: boolean;
  /** What far ends are told instead of the address bound. */
  readonly advertise?: Advertised;
}

/** What the SIP worker is started with. */
export interface SipWorkerData extends SipLine {
  readonly control: { readonly host: string; readonly port: number; readonly secret: string };
  readonly setupsPerSecond: number;
  readonly burst: number;
  readonly eventLoopLagMs: number;
  readonly maxCalls: number;
  readonly sessionSeconds: number;
  readonly sources: SourceAdmissionOptions;
  readonly ackMs: number;
  readonly ladders: boolean;
  readonly ledger?: string;
}

export type SipAddress = BoundAddress;

/** What the main thread may ask of the SIP worker, beside the messages below. */
export interface SipWorkerFunctions {
  readonly statistics: () => Promise<SignallingStatistics>;
  readonly ladder: (query: LadderQuery) => Promise<SipLadder>;
  readonly [name: string]: (...given: never[]) => Promise<unknown>;
}

export type ToSipWorker =
  | { readonly type: 'admission'; readonly admission: Admission }
  | { readonly type: 'users'; readonly users: RegistrarUsers }
  | { readonly type: 'certificate'; readonly material: TlsMaterial }
  | {
      readonly type: 'socket-opened';
      readonly socket: number;
      readonly host: string;
      readonly port: number;
      readonly secure: boolean;
    }
  | { readonly type: 'socket-message'; readonly socket: number; readonly message: Uint8Array }
  | { readonly type: 'socket-closed'; readonly socket: number }
  | { readonly type: 'close' };

export type FromSipWorker =
  | { readonly type: 'opened'; readonly sipAddresses: readonly SipAddress[]; readonly controlPort: number }
  | { readonly type: 'not-opened'; readonly code: ErrorCode; readonly message: string; readonly facts: SafeFacts }
  | { readonly type: 'trunk-changed'; readonly change: TrunkChange }
  | { readonly type: 'guessing'; readonly address: string }
  | { readonly type: 'socket-send'; readonly socket: number; readonly message: Uint8Array }
  | { readonly type: 'socket-proved' | 'socket-close'; readonly socket: number }
  | { readonly type: 'trouble'; readonly message: string };
