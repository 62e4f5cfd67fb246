import { type Admission, admit, type RefusalReason } from '../domain/admission.ts';
import type { Milliseconds } from '../domain/units.ts';
import type { Clock } from '../lib/clock.ts';
import type { SourceAdmission } from '../lib/source-admission.ts';
import type { TokenBucket } from '../lib/token-bucket.ts';
import type { Sources } from '../sip/transport/sources.ts';
import { isOfScanner } from './scanners.ts';

export interface LineSourcesOptions {
  readonly sources: SourceAdmission;
  /** What the line bears. */
  readonly line: () => Admission;
  readonly setups: TokenBucket;
  /** How long a stranger may take for its ACK. */
  readonly ackMs: Milliseconds;
  readonly clock: Clock;
  readonly onRefused: (because: RefusalReason) => void;
}

/** Whose calls the line takes: first by where they come from, then by what the whole line bears. */
export function lineSources({ sources, line, setups, ackMs, clock, onRefused }: LineSourcesOptions): Sources {
  const judge = (method: string, host: string): Admission => {
    if (method !== 'INVITE') return sources.allow(host);
    const now = clock.now();
    const borne = admit({ line: line(), setups: setups.level(now) });
    if (!borne.take) return borne;
    const shared = sources.admit(host, now);
    if (shared.take) setups.take(now);
    return shared;
  };
  return {
    allows: sources.isAllowed,
    trusts: sources.isTrusted,
    // whoever we trust may test us with whatever it likes
    isUnwanted: (request, { host }) => !sources.isTrusted(host) && isOfScanner(request),
    admit({ method }, { host }) {
      const admission = judge(method, host);
      if (!admission.take) onRefused(admission.because);
      return admission;
    },
    // a TCP connection has proved the address already
    ackMs: ({ protocol, host }) => (protocol === 'UDP' && !sources.isTrusted(host) ? ackMs : undefined),
    begin: ({ host }) => sources.begin(host),
  };
}
