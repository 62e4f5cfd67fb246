/** VoiceXML 2.0, appendix P, and two of ours: `postcode` and `spelled`. */
export const BUILTIN_TYPES = [
  'boolean',
  'currency',
  'date',
  'digits',
  'number',
  'phone',
  'postcode',
  'spelled',
  'time',
] as const;
export type BuiltinType = (typeof BUILTIN_TYPES)[number];
