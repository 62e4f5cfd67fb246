import { type KeyboardEvent, type RefObject, useEffect, useRef } from 'react';
import WaveSurfer from 'wavesurfer.js';
import type { RecordingDetail } from '../../../src/archive/recording-reader.ts';
import { NONCE } from '../app/style-nonce.ts';
import { COLOURS } from '../app/theme.ts';
import { clockOf, useLanguage } from '../text/language.tsx';
import { shownSpans } from './shown-spans.ts';

export interface Peaks {
  readonly perSecond: number;
  readonly channels: readonly (readonly number[])[];
}
const HEIGHT = 84;

/** Stereo waveform from peaks that were made at the seal, a slider for keys, with the masked and missing spans over it. */
export function Waveform({
  detail,
  peaks,
  audio,
  nowMs,
  watermark,
  onKey,
}: {
  readonly detail: RecordingDetail;
  readonly peaks: Peaks | undefined;
  readonly audio: RefObject<HTMLAudioElement | null>;
  readonly nowMs: number;
  readonly watermark: string;
  readonly onKey: (event: KeyboardEvent) => void;
}) {
  const { text } = useLanguage();
  const wave = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const [container, media] = [wave.current, audio.current];
    if (container === null || media === null || peaks === undefined) return undefined;
    const surfer = WaveSurfer.create({
      container,
      media,
      cspNonce: NONCE,
      height: HEIGHT,
      normalize: false,
      cursorColor: COLOURS.ink,
      cursorWidth: 2,
      duration: detail.durationMs / 1000,
      peaks: peaks.channels.map((channel) => channel.map((value) => value / 128)),
      splitChannels: [
        { waveColor: COLOURS.customer, progressColor: '#5b8fc7' },
        { waveColor: COLOURS.bank, progressColor: '#ad85c4' },
      ],
    });
    return () => surfer.destroy();
  }, [peaks, audio, detail.durationMs]);
  const percent = (ms: number): string => `${(ms / Math.max(1, detail.durationMs)) * 100}%`;
  const roles = (channel: number): string =>
    (detail.channels.find((each) => each.channel === channel)?.roles ?? [])
      .map((role) => text.parties[role])
      .join(', ');
  return (
    <div
      className="wave"
      role="slider"
      tabIndex={0}
      aria-label={text.recording.wave}
      aria-valuemin={0}
      aria-valuemax={Math.round(detail.durationMs / 1000)}
      aria-valuenow={Math.round(nowMs / 1000)}
      aria-valuetext={clockOf(nowMs)}
      onKeyDown={onKey}
    >
      <div ref={wave} style={{ minHeight: HEIGHT * 2 }} />
      <span className="wave-label" style={{ top: 4, color: COLOURS.customer }}>
        {roles(0)}
      </span>
      <span className="wave-label" style={{ top: HEIGHT + 4, color: COLOURS.bank }}>
        {roles(1)}
      </span>
      {shownSpans(detail.spans).map((span) => (
        <div
          key={`${span.kind} ${span.fromMs} ${span.channel}`}
          className={`wave-span ${span.channel === 0 ? 'upper' : span.channel === 1 ? 'lower' : ''}`}
          title={`${text.spans[span.kind]}: ${text.reasons[span.reason] ?? span.reason}`}
          style={{ left: percent(span.fromMs), width: percent(span.toMs - span.fromMs) }}
        />
      ))}
      <span className="watermark">{watermark}</span>
    </div>
  );
}
