import { IvrError } from '../../domain/error.ts';

/** Where a recording's objects lie in the store of the archive: `customer-call/2026/11/29/23/<recording>.rec`, by the hour (UTC) of its start. */
export interface Locations {
  /** The stereo FLAC, sealed. */
  readonly audio: string;
  /** Everything else: the signed manifest, the sealed one, events, transcript, peaks. */
  readonly pack: string;
  /** A track that the customer did not hear, such as the supervisor's. */
  track(name: string): string;
}

export const AUDIO_SUFFIX = '.rec';
export const PACK_SUFFIX = '.mft';

/** @param folder - of the class: the first half of a key epoch's id */
export function locationsOf(recording: string, folder: string, startedAt: number): Locations {
  const hour = new Date(startedAt).toISOString().slice(0, 13).replaceAll(/[-T]/g, '/');
  const base = `${folder}/${hour}/${recording}`;
  return {
    audio: base + AUDIO_SUFFIX,
    pack: base + PACK_SUFFIX,
    track: (name) => `${base}.${name}${AUDIO_SUFFIX}`,
  };
}

/** The pack beside an audio, and the audio beside a pack. */
export const packOf = (audio: string): string => audio.slice(0, -AUDIO_SUFFIX.length) + PACK_SUFFIX;
export const audioOf = (pack: string): string => pack.slice(0, -PACK_SUFFIX.length) + AUDIO_SUFFIX;

/** What the keys of all objects of a recording begin with. @throws IvrError BLOB_MISSING: the index does not say where it lies */
export function baseOf(recording: string, location: string | null): string {
  if (location === null || !location.endsWith(`${recording}${AUDIO_SUFFIX}`))
    throw new IvrError('BLOB_MISSING', `the index does not say where recording ${recording} lies`, { recording });
  return location.slice(0, -AUDIO_SUFFIX.length);
}
