/** How a value is keyed. */
export interface KeyEntry {
  readonly min: number;
  readonly max: number;
  readonly terminator: '#' | undefined;
}

/** As many keys as that, and no more. */
export const exactly = (count: number): KeyEntry => ({ min: count, max: count, terminator: '#' });
/** Up to so many keys, and then #. */
export const upTo = (max: number, min = 1): KeyEntry => ({ min, max, terminator: '#' });
