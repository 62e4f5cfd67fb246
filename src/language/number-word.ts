/** A word of a number, and the digits that are written for it. */
export type NumberWord =
  /** 0…9 */
  | { readonly kind: 'unit'; readonly digits: string; readonly ordinal: boolean }
  /** 10…19, two digits that nothing is added to */
  | { readonly kind: 'teen'; readonly digits: string; readonly ordinal: boolean }
  /** 2…9 for twenty…ninety: a unit may follow, else a zero is written */
  | { readonly kind: 'tens'; readonly digits: string; readonly ordinal: boolean }
  | { readonly kind: 'scale'; readonly zeros: number };
