import { asError } from '../../domain/error.ts';
import { seconds } from '../../domain/units.ts';
import type { SrfApplication } from '../../drachtio/drachtio-srf.ts';
import type { Logger } from '../../lib/logger.ts';
import { endOrphan, type Orphan } from './srf-orphan.ts';

export interface OrphanCounts {
  /** Calls that the server may still have, of this run and of an earlier one. */
  readonly found: number;
  /** Of those: ended by us. */
  readonly ended: number;
  /** Of those: the server had nothing of them any more. */
  readonly unknown: number;
  /** Of those: could not be ended; the session timer or the far end does it. */
  readonly failed: number;
}

export interface OrphanSweepOptions {
  readonly srf: SrfApplication;
  /** Whether the server can be asked now. */
  readonly isUp: () => boolean;
  /** An orphan was dealt with: nothing is left of it. */
  readonly onGone: (orphan: Orphan) => void;
  readonly logger: Logger;
}

/** Ends what a SIP server may still have of lost calls, some at a time, whenever the server is up. */
export interface OrphanSweep {
  readonly counts: OrphanCounts;
  /** To be ended at once if the server is up, else by the next `run`. */
  add(orphans: readonly Orphan[]): void;
  /** The server is up again. */
  run(): Promise<void>;
  /** Forgets those that are left. */
  abandon(): void;
}

const ORPHAN_WITHIN = seconds(10);
const ORPHANS_AT_ONCE = 16;

export function openOrphanSweep({ srf, isUp, onGone, logger }: OrphanSweepOptions): OrphanSweep {
  const counts = { found: 0, ended: 0, unknown: 0, failed: 0 };
  let orphans: Orphan[] = [];
  let running = false;

  async function endOne(orphan: Orphan): Promise<void> {
    try {
      counts[await endOrphan(srf, orphan, ORPHAN_WITHIN)]++;
      onGone(orphan);
    } catch (thrown) {
      counts.failed++;
      logger.warn({}, 'an orphaned call could not be ended', asError(thrown));
    }
  }

  async function run(): Promise<void> {
    if (running) return;
    running = true;
    for (;;) {
      const some = isUp() ? orphans.splice(0, ORPHANS_AT_ONCE) : [];
      if (some.length === 0) break;
      await Promise.all(some.map(endOne));
    }
    running = false;
  }

  return {
    counts,
    add(more) {
      counts.found += more.length;
      orphans.push(...more);
      if (isUp()) void run();
    },
    run,
    abandon() {
      orphans = [];
    },
  };
}
