import { expect, test } from 'vitest';
import { Fft } from '../../src/audio/fft.ts';

test.each([1, 2, 3, 4, 5, 12, 320, 400, 540])('%d points are what the sum says', (size) => {
  const re = Float64Array.from({ length: size }, (_, i) => Math.sin(i * i));
  const im = Float64Array.from({ length: size }, (_, i) => Math.cos(3 * i));
  const [outRe, outIm] = [re.slice(), im.slice()];
  new Fft(size).transform(outRe, outIm);
  for (let k = 0; k < size; k++) {
    let [sumRe, sumIm] = [0, 0];
    for (let i = 0; i < size; i++) {
      const angle = (-2 * Math.PI * ((i * k) % size)) / size;
      sumRe += re[i]! * Math.cos(angle) - im[i]! * Math.sin(angle);
      sumIm += re[i]! * Math.sin(angle) + im[i]! * Math.cos(angle);
    }
    expect(outRe[k]).toBeCloseTo(sumRe, 8);
    expect(outIm[k]).toBeCloseTo(sumIm, 8);
  }
});

test('other sizes are refused', () => {
  expect(() => new Fft(14)).toThrow(RangeError);
});
