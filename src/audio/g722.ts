import type { Decode, Encode } from '../domain/codec.ts';
import {
  G722Band,
  G722Step,
  HIGH_STEPS,
  HIGH_VALUES,
  LOW_STEPS,
  LOW_VALUES,
  QMF,
  QMF_TAPS,
  saturate,
} from './g722-band.ts';

/*
 * ITU-T G.722, 7 kHz audio at 64 kbit/s (mode 1): two sub-bands, each an adaptive difference of a prediction. An octet is
 * two samples at 16 kHz, six bits of it the lower band. Bit by bit as the Recommendation has it, between 16-bit samples of
 * full scale (RFC 3551 section 4.5.2 has its clock at 8000 Hz all the same).
 */

/** Q6: borders of the lower band's quantiser. */
const BORDERS = Int32Array.of(
  0,
  35,
  72,
  110,
  150,
  190,
  233,
  276,
  323,
  370,
  422,
  473,
  530,
  587,
  650,
  714,
  786,
  858,
  940,
  1023,
  1121,
  1219,
  1339,
  1458,
  1612,
  1765,
  1980,
  2195,
  2557,
  2919,
);
const LEVELS = BORDERS.length;
/** ILN and ILP: codes of what lies below and above zero, by the border that it does not reach. */
const NEGATIVE = Int32Array.of(
  0,
  63,
  62,
  31,
  30,
  29,
  28,
  27,
  26,
  25,
  24,
  23,
  22,
  21,
  20,
  19,
  18,
  17,
  16,
  15,
  14,
  13,
  12,
  11,
  10,
  9,
  8,
  7,
  6,
  5,
  4,
);
const POSITIVE = Int32Array.from({ length: LEVELS + 1 }, (_, i) => 62 - i);
/** The one border of the higher band's. */
const HIGH_BORDER = 564;

/** QM6: values of the lower band's 6-bit codes, of which the predictor sees four bits. */
const FINE_VALUES = Int32Array.of(
  -136,
  -136,
  -136,
  -136,
  -24808,
  -21904,
  -19008,
  -16704,
  -14984,
  -13512,
  -12280,
  -11192,
  -10232,
  -9360,
  -8576,
  -7856,
  -7192,
  -6576,
  -6000,
  -5456,
  -4944,
  -4464,
  -4008,
  -3576,
  -3168,
  -2776,
  -2400,
  -2032,
  -1688,
  -1360,
  -1040,
  -728,
  24808,
  21904,
  19008,
  16704,
  14984,
  13512,
  12280,
  11192,
  10232,
  9360,
  8576,
  7856,
  7192,
  6576,
  6000,
  5456,
  4944,
  4464,
  4008,
  3576,
  3168,
  2776,
  2400,
  2032,
  1688,
  1360,
  1040,
  728,
  432,
  136,
  -432,
  -136,
);

/** An odd sample at the end is left out: frames have even numbers. */
export function g722Encoder(): Encode {
  const low = new G722Band();
  const high = new G722Band();
  const lowStep = G722Step.low();
  const highStep = G722Step.high();
  const taps = new Int32Array(QMF_TAPS);
  return (samples, count, into) => {
    const octets = count >> 1;
    for (let n = 0; n < octets; n++) {
      taps.copyWithin(0, 2);
      taps[QMF_TAPS - 2] = samples[2 * n] as number;
      taps[QMF_TAPS - 1] = samples[2 * n + 1] as number;
      let even = 0;
      let odd = 0;
      for (let i = 0; i < 12; i++) {
        odd += (taps[2 * i] as number) * (QMF[i] as number);
        even += (taps[2 * i + 1] as number) * (QMF[11 - i] as number);
      }
      const lowCode = quantisedLow(saturate(((even + odd) >> 14) - low.prediction), lowStep.size);
      const row = lowCode >> 2;
      const lowDifference = (lowStep.size * (LOW_VALUES[row] as number)) >> 15;
      lowStep.adapt(LOW_STEPS[row] as number);
      low.adapt(lowDifference);

      const highCode = quantisedHigh(saturate(((even - odd) >> 14) - high.prediction), highStep.size);
      const highDifference = (highStep.size * (HIGH_VALUES[highCode] as number)) >> 15;
      highStep.adapt(HIGH_STEPS[highCode] as number);
      high.adapt(highDifference);
      into[n] = (highCode << 6) | lowCode;
    }
    return octets;
  };
}

function quantisedLow(difference: number, size: number): number {
  const magnitude = difference >= 0 ? difference : -(difference + 1);
  let i = 1;
  while (i < LEVELS && magnitude >= ((BORDERS[i] as number) * size) >> 12) i++;
  return (difference < 0 ? NEGATIVE[i] : POSITIVE[i]) as number;
}

function quantisedHigh(difference: number, size: number): number {
  const magnitude = difference >= 0 ? difference : -(difference + 1);
  const outer = magnitude >= (HIGH_BORDER * size) >> 12;
  return (difference < 0 ? 0 : 2) + (outer ? 0 : 1);
}

export function g722Decoder(): Decode {
  const low = new G722Band();
  const high = new G722Band();
  const lowStep = G722Step.low();
  const highStep = G722Step.high();
  const taps = new Int32Array(QMF_TAPS);
  return (payload, into) => {
    const { length } = payload;
    for (let n = 0; n < length; n++) {
      const octet = payload[n] as number;
      const lowCode = octet & 0x3f;
      const row = lowCode >> 2;
      const lowSample = limited(low.prediction + ((lowStep.size * (FINE_VALUES[lowCode] as number)) >> 15));
      const lowDifference = (lowStep.size * (LOW_VALUES[row] as number)) >> 15;
      lowStep.adapt(LOW_STEPS[row] as number);
      low.adapt(lowDifference);

      const highCode = octet >> 6;
      const highDifference = (highStep.size * (HIGH_VALUES[highCode] as number)) >> 15;
      const highSample = limited(high.prediction + highDifference);
      highStep.adapt(HIGH_STEPS[highCode] as number);
      high.adapt(highDifference);

      taps.copyWithin(0, 2);
      taps[QMF_TAPS - 2] = lowSample + highSample;
      taps[QMF_TAPS - 1] = lowSample - highSample;
      let first = 0;
      let second = 0;
      for (let i = 0; i < 12; i++) {
        second += (taps[2 * i] as number) * (QMF[i] as number);
        first += (taps[2 * i + 1] as number) * (QMF[11 - i] as number);
      }
      into[2 * n] = saturate(first >> 11);
      into[2 * n + 1] = saturate(second >> 11);
    }
    return 2 * length;
  };
}

/** LIMIT: of each sub-band 15 bits. */
const limited = (sample: number): number => (sample > 16_383 ? 16_383 : sample < -16_384 ? -16_384 : sample);
