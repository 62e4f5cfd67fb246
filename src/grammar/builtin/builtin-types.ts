/** VoiceXML 2.0, appendix P, and three of ours: `duration`, `postcode` and `spelled`. */
export const BUILTIN_TYPES = [
  'boolean',
  'currency',
  'date',
  'digits',
  'duration',
  'number',
  'phone',
  'postcode',
  'spelled',
  'time',
] as const;
export type BuiltinType = (typeof BUILTIN_TYPES)[number];
