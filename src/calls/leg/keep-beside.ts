import type { AnchoredLeg } from './anchored-leg.ts';

/** What is joined has to be in one place: whenever the media of `near` has moved, that of the leg follows. @returns the way to stop */
export const keepBeside = (near: Pick<AnchoredLeg, 'onMove'>, leg: Pick<AnchoredLeg, 'follow'>): (() => void) =>
  near.onMove((move) => (move.type === 'moved' ? leg.follow(move.because) : undefined));
