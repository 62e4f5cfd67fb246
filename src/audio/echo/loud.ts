/** Power of a frame above which it is loud: -55 dBFS. */
export const LOUD = 58 * 58;
