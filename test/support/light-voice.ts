import { hasPeer } from './peers.ts';

/**
 * For a line that nobody listens to for its words: espeak-ng, where it is installed, keeps nothing loaded. The neural voice is a process of 200 MB and a
 * second of a processor for each start; tests with a recognizer have it, and those that name it.
 */
export const lightVoice = (): Readonly<Record<string, string>> =>
  hasPeer('espeak-ng') ? { 'speech.synthesizer': 'espeak-ng' } : {};
