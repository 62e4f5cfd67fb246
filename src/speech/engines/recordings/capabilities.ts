import type { SynthesizerCapabilities } from '../../synthesizer.ts';

/** What is put together from recordings needs no time; which languages there are is a matter of the folder. */
export const RECORDINGS: SynthesizerCapabilities = {
  languages: ['zh'],
  voices: ['zf_xiaoxiao'],
  rates: [8000],
  streaming: false,
};
