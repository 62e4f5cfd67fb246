/** A speaker: the voice as it was trained, or lowered or raised as a whole, and its pace. */
export interface NeuralVoice {
  /** Of the vocoder's transform, 400 for the voice as it is: more lowers pitch and vocal tract together. */
  readonly size: number;
  /** Above 1 faster: a larger transform alone makes speech slower, a smaller one faster. */
  readonly pace: number;
}

/** Pitch 205, 150 and 255 Hz (medians over twenty sentences of a bank). */
const VOICES: Readonly<Record<string, NeuralVoice>> = {
  hibari: { size: 400, pace: 1 },
  'hibari-low': { size: 540, pace: 1.3 },
  'hibari-high': { size: 320, pace: 0.85 },
};

export const NEURAL_VOICES: readonly string[] = Object.keys(VOICES);
export const DEFAULT_NEURAL_VOICE = 'hibari';

export const neuralVoice = (name: string): NeuralVoice | undefined =>
  Object.hasOwn(VOICES, name) ? VOICES[name] : undefined;
export const isNeuralVoice = (name: string): boolean => neuralVoice(name) !== undefined;

/** Voices of flite, which spoke until version 0.2, and who speaks in their place: women, men, and the third speaker. */
export const FORMER_VOICES: Readonly<Record<string, string>> = {
  slt: 'hibari',
  rms: 'hibari-low',
  awb: 'hibari-low',
  kal: 'hibari-high',
  kal16: 'hibari-high',
};

/** The name itself, or that of the voice that replaced it. */
export const currentVoice = (name: string): string =>
  Object.hasOwn(FORMER_VOICES, name) ? (FORMER_VOICES[name] ?? name) : name;
