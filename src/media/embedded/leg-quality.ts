import { type Milliseconds, ms } from '../../domain/units.ts';
import { meanOpinionScore } from '../../rtp/e-model.ts';
import type { ReportBlock } from '../../rtp/rtcp.ts';

/** Of the far end's stream, cumulative. */
export interface ReceivedSoFar {
  readonly received: number;
  readonly lost: number;
  readonly late: number;
  readonly jitterMs: number;
}

/** What is told of a leg every few seconds. Scores are those of the E-model. */
export interface LegQuality {
  readonly received: number;
  readonly lost: number;
  readonly late: number;
  readonly jitter: Milliseconds;
  /** By the far end's reports. */
  readonly roundTrip: Milliseconds | undefined;
  /** Of what we heard since the last time; undefined: nothing came. */
  readonly mos: number | undefined;
  /** Of what the far end heard, by its last report. */
  readonly far: { readonly lostShare: number; readonly jitter: Milliseconds; readonly mos: number } | undefined;
}

/** LSR and DLSR count 1/65536 s. */
const NTP_UNITS_PER_MS = 65.536;
/** A longer way back and forth is a mistake of somebody's clock. */
const LONGEST_ROUND_TRIP_MS = 60_000;

/** How a leg sounds to either side. */
export class QualityMonitor {
  #roundTripMs: number | undefined;
  #far: { readonly lostShare: number; readonly jitterMs: number } | undefined;
  #expected = 0;
  #missing = 0;

  /**
   * A report of the far end on our stream.
   *
   * @param nowCompact - NTP time now (`compactNtp`), by the clock that our sender reports have
   * @param clockRate - of our stream, which its jitter is counted by
   */
  onReport(
    { fractionLost, jitter, lastSenderReport, delaySinceLastSenderReport }: ReportBlock,
    nowCompact: number,
    clockRate: number,
  ): void {
    this.#far = { lostShare: fractionLost / 256, jitterMs: (jitter * 1000) / clockRate };
    if (lastSenderReport === 0) return;
    const roundTrip = ((nowCompact - lastSenderReport - delaySinceLastSenderReport) | 0) / NTP_UNITS_PER_MS;
    // their clock counts in steps: a little less than nothing is nothing
    if (roundTrip > -10 && roundTrip < LONGEST_ROUND_TRIP_MS) this.#roundTripMs = Math.max(0, roundTrip);
  }

  take({ received, lost, late, jitterMs }: ReceivedSoFar): LegQuality {
    // what came late has come: it is expected once
    const expected = received + lost - this.#expected;
    const missing = Math.max(0, lost + late - this.#missing);
    this.#expected = received + lost;
    this.#missing = lost + late;
    const roundTripMs = this.#roundTripMs;
    const score = (lossShare: number, jitter: number): number =>
      meanOpinionScore({ lossShare, jitterMs: jitter, roundTripMs });
    return {
      received,
      lost,
      late,
      jitter: ms(jitterMs),
      roundTrip: roundTripMs === undefined ? undefined : ms(roundTripMs),
      mos: expected > 0 ? score(Math.min(1, missing / expected), jitterMs) : undefined,
      far:
        this.#far === undefined
          ? undefined
          : {
              lostShare: this.#far.lostShare,
              jitter: ms(this.#far.jitterMs),
              mos: score(this.#far.lostShare, this.#far.jitterMs),
            },
    };
  }
}
