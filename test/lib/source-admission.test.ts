import { expect, test } from 'vitest';
import { ms } from '../../src/domain/units.ts';
import { SourceAdmission, type SourceAdmissionOptions } from '../../src/lib/source-admission.ts';

const why = (sources: SourceAdmission, address: string, now = 0): string | undefined => {
  const admitted = sources.admit(address, ms(now));
  return admitted.take ? undefined : admitted.because;
};

const admission = (more: Partial<SourceAdmissionOptions> = {}): SourceAdmission =>
  new SourceAdmission({
    trusted: ['127.0.0.0/8', '::1', '10.0.0.0/8'],
    allow: [],
    sourceSetupsPerSecond: 1,
    sourcePending: 2,
    pendingOfAll: 3,
    ...more,
  });

test('who is trusted has no share, is never pending, and may always come', () => {
  const sources = admission({ allow: ['192.0.2.0/24'] });
  for (let i = 0; i < 1_000; i++) {
    expect(why(sources, '10.0.0.1', 0)).toBeUndefined();
    sources.begin('10.0.0.1');
  }
  expect(sources.pending).toBe(0);
  expect(why(sources, '192.0.2.1', 0)).toBeUndefined();
});

test('who is not on the list may not come', () => {
  const sources = admission({ allow: ['192.0.2.0/24'] });
  expect(why(sources, '198.51.100.1', 0)).toBe('not-allowed');
  expect(sources.isAllowed('198.51.100.1')).toBe(false);
});

test('one source has a few pending, all together a few more, and proof gives them back', () => {
  const sources = admission({ sourceSetupsPerSecond: 100 });
  const first = sources.begin('192.0.2.1');
  sources.begin('192.0.2.1');
  expect(why(sources, '192.0.2.1', 0)).toBe('source-pending');
  expect(why(sources, '192.0.2.2', 0)).toBeUndefined();
  sources.begin('192.0.2.2');
  expect(why(sources, '192.0.2.3', 0)).toBe('strangers-pending');
  first();
  expect(why(sources, '192.0.2.3', 0)).toBeUndefined();
  expect(why(sources, '192.0.2.1', 0)).toBeUndefined();
});

test('five seconds’ worth at once, then the rate', () => {
  const sources = admission();
  const refusals = Array.from({ length: 7 }, () => why(sources, '192.0.2.1', 0));
  expect(refusals).toEqual([...Array.from({ length: 5 }, () => undefined), 'source-rate', 'source-rate']);
  expect(why(sources, '192.0.2.1', 1_000)).toBeUndefined();
});
