/*
 * How a stream sounds to a person, from what RTCP tells of it: the E-model (ITU-T G.107) with all parameters but delay and
 * loss at their defaults, and the mean opinion score that follows from its rating. An estimate, of narrowband speech: nobody
 * has listened.
 */

/** R without any delay or loss, with the defaults of G.107 (table 2). */
const R_DEFAULT = 93.2;
/** Of G.711 with concealment by its Appendix I (G.113 Appendix I, table I.4): what a person hears here, and on most telephones. */
const LOSS_ROBUSTNESS = 25.1;
const WORST_IMPAIRMENT = 95;
/** Below this delay is not heard, ms. */
const UNHEARD_DELAY = 100;
/** A packet, and what a jitter buffer holds beyond the jitter at least, ms. */
const PACKET_MS = 20;
const LEAST_BUFFER_MS = 40;

export interface StreamQuality {
  /** Of the packets that were expected, 0 to 1. */
  readonly lossShare: number;
  readonly jitterMs: number;
  /** Undefined: not known, and taken for none. */
  readonly roundTripMs: number | undefined;
}

/** Mean opinion score, 1 (bad) to 4.4 (all that G.711 has). */
export const meanOpinionScore = (quality: StreamQuality): number => scoreOf(rating(quality));

/** The rating R, 0 to 93.2. */
export function rating({ lossShare, jitterMs, roundTripMs = 0 }: StreamQuality): number {
  const oneWay = roundTripMs / 2 + PACKET_MS + Math.max(LEAST_BUFFER_MS, 2 * jitterMs);
  return Math.max(0, R_DEFAULT - delayImpairment(oneWay) - lossImpairment(lossShare * 100));
}

/** Idd of G.107 (formula 7-27 with the default sensitivity): what absolute delay does to a conversation. */
function delayImpairment(oneWayMs: number): number {
  if (oneWayMs <= UNHEARD_DELAY) return 0;
  const x = Math.log2(oneWayMs / UNHEARD_DELAY);
  return 25 * ((1 + x ** 6) ** (1 / 6) - 3 * (1 + (x / 3) ** 6) ** (1 / 6) + 2);
}

/** Ie,eff of G.107 (formula 7-29), losses at random (BurstR 1), a codec without impairment of its own. */
const lossImpairment = (percent: number): number => (WORST_IMPAIRMENT * percent) / (percent + LOSS_ROBUSTNESS);

/** G.107 Annex B. */
function scoreOf(r: number): number {
  if (r <= 0) return 1;
  return Math.max(1, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6);
}
