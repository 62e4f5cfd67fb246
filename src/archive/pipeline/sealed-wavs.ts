import type { WavLayout } from '../../audio/wav.ts';
import type { FileEntry, ManifestTrack } from '../../recording/manifest.ts';
import type { PackOrder } from './pack-order.ts';
import type { SealedWav } from './read-wav.ts';

/** A WAV file of a sealed recording, and the digest that its manifest has. */
export type ListedWav = SealedWav & Pick<FileEntry, 'sha256'>;

/** The stereo rendering. */
export const stereoOf = ({ folder, manifest: { audio, samples, rate } }: PackOrder): ListedWav => ({
  ...folder.at(audio.path),
  sha256: audio.sha256,
  layout: { format: 'pcm16', rate, channels: 2 },
  samples,
});

/** One track, as it came. */
export const trackOf = (
  { folder, manifest: { samples } }: PackOrder,
  track: ManifestTrack,
  layout: WavLayout,
): ListedWav => ({ ...folder.at(track.path), sha256: track.sha256, layout, samples });
