import type { ManifestGap } from './manifest.ts';
import { RATE } from './render-recording.ts';

/**
 * What is missing from a recording, for people: 'gaps: customer 0.4 s loss, 3.2 s masked'. A verified recording may have
 * gaps: each is known and says why.
 *
 * @returns undefined when there are none
 */
export function gapsTold(gaps: readonly Pick<ManifestGap, 'track' | 'samples' | 'because'>[]): string | undefined {
  if (gaps.length === 0) return undefined;
  const tracks = new Map<string, Map<string, number>>();
  for (const { track, samples, because } of gaps) {
    const reasons = tracks.get(track) ?? new Map<string, number>();
    reasons.set(because, (reasons.get(because) ?? 0) + samples);
    tracks.set(track, reasons);
  }
  const told = [...tracks].map(([track, reasons]) => {
    const all = [...reasons].map(([because, samples]) => `${(samples / RATE).toFixed(2)} s ${because}`);
    return `${track} ${all.join(', ')}`;
  });
  return `${gaps.length === 1 ? '1 gap' : `${gaps.length} gaps`}: ${told.join('; ')}`;
}
