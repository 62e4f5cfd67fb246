import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mayFollow, statesBefore } from '../../src/archive/index/recording-state.ts';
import { ARCHIVE_STATES } from '../../src/domain/archive-state.ts';

const state = fc.constantFrom(...ARCHIVE_STATES);

test('what is destroyed or exempt stays so; a recording comes to be destroyed only from where its copies are known', () => {
  for (const to of ARCHIVE_STATES) {
    expect(mayFollow('DESTROYED', to)).toBe(false);
    expect(mayFollow('EXEMPT', to)).toBe(false);
  }
  expect(statesBefore('DESTROYED')).toEqual(['ARCHIVED', 'VERIFIED']);
  expect(statesBefore('EXPECTED')).toEqual([]);
});

test('from every state that is not final some way leads to VERIFIED, and MISSING is entered from each that is on its way', () => {
  fc.assert(
    fc.property(state, (from) => {
      if (from === 'DESTROYED' || from === 'EXEMPT') return;
      expect(from === 'VERIFIED' || mayFollow(from, 'VERIFIED')).toBe(true);
      expect(from === 'MISSING' || mayFollow(from, 'MISSING')).toBe(true);
    }),
  );
});
