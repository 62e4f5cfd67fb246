/** Where a media worker under measurement is asked what it has noted. */
export const PROBE_CHANNEL = 'tellerline-fork-probe';
