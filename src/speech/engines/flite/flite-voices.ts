/** Of flite 2.3; `awb_time`, which only tells the time, is left out. */
export const FLITE_VOICES = ['slt', 'rms', 'awb', 'kal', 'kal16'] as const;
export type FliteVoice = (typeof FLITE_VOICES)[number];

export const isFliteVoice = (voice: string): voice is FliteVoice => FLITE_VOICES.some((known) => known === voice);
