/** Values that an earlier version knew, and what stands for each now. A configuration that has one starts, with a warning. */
const FORMER: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'speech.recognizer': { moonshine: 'whisper' },
  'speech.synthesizer': { flite: 'neural-voice' },
  // the voices of flite; telephone scripts and dialplans have them too (speech/engines/neural-voice/voices.ts)
  'speech.voice': { slt: 'hibari', rms: 'hibari-low', awb: 'hibari-low', kal: 'hibari-high', kal16: 'hibari-high' },
};

/** What stands now for a value of before; undefined when it is none. */
export function presentValue(path: string, value: unknown): string | undefined {
  const known = Object.hasOwn(FORMER, path) ? FORMER[path] : undefined;
  return typeof value === 'string' && known !== undefined && Object.hasOwn(known, value) ? known[value] : undefined;
}
