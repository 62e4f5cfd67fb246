import { type RtpClockHz, type RtpTicks, TELEPHONE_RATE } from '../domain/units.ts';
import type { ReportBlock } from './rtcp.ts';

/* What RFC 3550 appendix A computes about one source that we hear. */

const SEQUENCES = 1 << 16;
const MAX_DROPOUT = 3000;
const MAX_MISORDER = 100;
/** Packets in sequence before a source counts. */
const MIN_SEQUENTIAL = 2;

export class ReceptionStatistics {
  readonly ssrc: number;
  readonly #clockRate: RtpClockHz;
  #started = false;
  #probation = MIN_SEQUENTIAL;
  #highest = 0;
  #cycles = 0;
  #base = 0;
  #bad = SEQUENCES + 1;
  #received = 0;
  #expectedPrior = 0;
  #receivedPrior = 0;
  #transit: number | undefined;
  #jitter = 0;
  #lastSenderReport = 0;
  #lastSenderReportAt = 0;

  constructor(ssrc: number, clockRate: RtpClockHz = TELEPHONE_RATE) {
    this.ssrc = ssrc;
    this.#clockRate = clockRate;
  }

  /**
   * Takes note of a packet (A.1, A.8).
   *
   * @param arrivalMs - monotonic
   * @returns whether the source is valid and the packet plausible; one on probation or after a wild jump is not
   */
  receive(sequence: number, timestamp: RtpTicks, arrivalMs: number): boolean {
    if (!this.#started) {
      this.#started = true;
      this.#restart(sequence);
      this.#highest = (sequence - 1) & 0xffff;
      this.#probation = MIN_SEQUENTIAL;
    }
    const valid = this.#updateSequence(sequence);
    if (valid) this.#updateJitter(timestamp, arrivalMs);
    return valid;
  }

  #restart(sequence: number): void {
    this.#base = sequence;
    this.#highest = sequence;
    this.#bad = SEQUENCES + 1;
    this.#cycles = 0;
    this.#received = 0;
    this.#receivedPrior = 0;
    this.#expectedPrior = 0;
  }

  #updateSequence(sequence: number): boolean {
    const delta = (sequence - this.#highest) & 0xffff;
    if (this.#probation > 0) {
      if (delta !== 1) {
        this.#probation = MIN_SEQUENTIAL - 1;
        this.#highest = sequence;
        return false;
      }
      this.#probation--;
      this.#highest = sequence;
      if (this.#probation > 0) return false;
      this.#restart(sequence);
    } else if (delta < MAX_DROPOUT) {
      if (sequence < this.#highest) this.#cycles += SEQUENCES;
      this.#highest = sequence;
    } else if (delta <= SEQUENCES - MAX_MISORDER) {
      if (sequence !== this.#bad) {
        this.#bad = (sequence + 1) & 0xffff;
        return false;
      }
      // two in sequence after the jump: the other side restarted without telling us
      this.#restart(sequence);
      this.#transit = undefined;
    }
    this.#received++;
    return true;
  }

  #updateJitter(timestamp: RtpTicks, arrivalMs: number): void {
    // 32-bit arithmetic, as timestamps wrap
    const transit = (Math.round((arrivalMs * this.#clockRate) / 1000) - timestamp) | 0;
    if (this.#transit !== undefined) {
      const difference = Math.abs((transit - this.#transit) | 0);
      // a jump of the sender's clock is not jitter
      if (difference < 10 * this.#clockRate) this.#jitter += (difference - this.#jitter) / 16;
    }
    this.#transit = transit;
  }

  /** Of a sender report of this source: its `compactNtp`, and when it came. */
  noteSenderReport(compactNtp: number, arrivalMs: number): void {
    this.#lastSenderReport = compactNtp;
    this.#lastSenderReportAt = arrivalMs;
  }

  get received(): number {
    return this.#received;
  }

  get extendedHighestSequence(): number {
    return this.#cycles + this.#highest;
  }

  get expected(): number {
    return this.#received === 0 ? 0 : this.extendedHighestSequence - this.#base + 1;
  }

  /** May be negative: duplicates count as received (A.3). */
  get lost(): number {
    return this.expected - this.#received;
  }

  /** Inter-arrival jitter in units of the timestamp. */
  get jitter(): number {
    return this.#jitter;
  }

  get jitterMs(): number {
    return (this.#jitter * 1000) / this.#clockRate;
  }

  /** A report block, once per interval: the fraction lost is since the last one (A.3). */
  report(nowMs: number): ReportBlock {
    const expected = this.expected - this.#expectedPrior;
    const lost = expected - (this.#received - this.#receivedPrior);
    this.#expectedPrior = this.expected;
    this.#receivedPrior = this.#received;
    return {
      ssrc: this.ssrc,
      fractionLost: expected <= 0 || lost <= 0 ? 0 : Math.min(255, Math.floor((lost * 256) / expected)),
      cumulativeLost: Math.max(-0x800000, Math.min(0x7fffff, this.lost)),
      extendedHighestSequence: this.extendedHighestSequence >>> 0,
      jitter: Math.floor(this.#jitter),
      lastSenderReport: this.#lastSenderReport,
      delaySinceLastSenderReport:
        this.#lastSenderReport === 0 ? 0 : Math.max(0, Math.round((nowMs - this.#lastSenderReportAt) * 65.536)) >>> 0,
    };
  }
}
