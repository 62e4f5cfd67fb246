import type { Admission } from '../domain/admission.ts';
import type { ErrorCode, SafeFacts } from '../domain/error.ts';
import type { SourceAdmissionOptions } from '../lib/source-admission.ts';
import type { SignallingStatistics } from './signalling-statistics.ts';

/** What the SIP worker is started with. */
export interface SipWorkerData {
  readonly host: string;
  readonly port: number;
  readonly tcp: boolean;
  readonly advertise?: { readonly host: string; readonly port?: number };
  readonly control: { readonly host: string; readonly port: number; readonly secret: string };
  readonly setupsPerSecond: number;
  readonly burst: number;
  readonly eventLoopLagMs: number;
  readonly maxCalls: number;
  readonly sessionSeconds: number;
  readonly sources: SourceAdmissionOptions;
  readonly ackWithinMs: number;
  readonly ledger?: string;
}

export interface SipAddress {
  readonly protocol: 'UDP' | 'TCP';
  readonly host: string;
  readonly port: number;
}

export type ToSipWorker =
  | { readonly type: 'admission'; readonly admission: Admission }
  | { readonly type: 'statistics'; readonly request: number }
  | { readonly type: 'close' };

export type FromSipWorker =
  | { readonly type: 'opened'; readonly sipAddresses: readonly SipAddress[]; readonly controlPort: number }
  | { readonly type: 'not-opened'; readonly code: ErrorCode; readonly message: string; readonly facts: SafeFacts }
  | { readonly type: 'statistics'; readonly request: number; readonly statistics: SignallingStatistics }
  | { readonly type: 'trouble'; readonly message: string };
