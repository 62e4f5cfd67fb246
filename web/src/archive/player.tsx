import { BackwardOutlined, CaretRightOutlined, ForwardOutlined, PauseOutlined } from '@ant-design/icons';
import { Alert, Button, Card, Select } from 'antd';
import { type KeyboardEvent, type RefObject, useEffect, useRef, useState } from 'react';
import WaveSurfer from 'wavesurfer.js';
import type { RecordingDetail } from '../../../src/archive/archive-services.ts';
import { NONCE } from '../app/style-nonce.ts';
import { COLOURS } from '../app/theme.ts';
import { Failure } from '../parts/failure.tsx';
import { useLoaded } from '../parts/use-loaded.ts';
import { clockOf, useLanguage } from '../text/language.tsx';
import type { Access } from './access-gate.tsx';

interface Peaks {
  readonly perSecond: number;
  readonly channels: readonly (readonly number[])[];
}
const HEIGHT = 84;
const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2];

/** Stereo waveform from peaks that were made at the seal; the audio itself comes by ranges, as it is needed. */
export function Player({
  detail,
  access,
  audio,
  onTime,
}: {
  readonly detail: RecordingDetail;
  readonly access: Access;
  readonly audio: RefObject<HTMLAudioElement | null>;
  readonly onTime: (ms: number) => void;
}) {
  const { text, date } = useLanguage();
  const base = `/api/archive/recordings/${detail.id}`;
  const { value: peaks, error } = useLoaded<Peaks>(`${base}/peaks?grant=${access.grant}`);
  const wave = useRef<HTMLDivElement>(null);
  const [playing, setPlaying] = useState(false);
  const [now, setNow] = useState(0);
  const [failed, setFailed] = useState<unknown>();
  const [begun] = useState(() => Date.now());

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

  const toggle = (): void => {
    const media = audio.current;
    if (media === null) return;
    if (media.paused) media.play().catch(setFailed);
    else media.pause();
  };
  const move = (seconds: number): void => {
    const media = audio.current;
    if (media !== null)
      media.currentTime = Math.min(detail.durationMs / 1000, Math.max(0, media.currentTime + seconds));
  };
  const onKey = (event: KeyboardEvent): void => {
    const steps: Readonly<Record<string, () => void>> = {
      ' ': toggle,
      ArrowLeft: () => move(-5),
      ArrowRight: () => move(5),
      Home: () => move(-Infinity),
    };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    step();
  };
  const percent = (ms: number): string => `${(ms / Math.max(1, detail.durationMs)) * 100}%`;
  const roles = (channel: number): string =>
    (detail.channels.find((each) => each.channel === channel)?.roles ?? [])
      .map((role) => text.parties[role])
      .join(', ');
  return (
    <Card size="small" title={text.recording.player} style={{ marginBottom: 16 }}>
      <Failure error={error ?? failed} />
      <Alert
        style={{ marginBottom: 12 }}
        type={access.masked ? 'info' : 'warning'}
        showIcon
        title={access.masked ? text.recording.masked : text.recording.clear}
      />
      {/* biome-ignore lint/a11y/useMediaCaption: the transcript stands beside it */}
      <audio
        ref={audio}
        preload="metadata"
        src={`${base}/audio.wav?grant=${access.grant}`}
        onPlay={() => setPlaying(true)}
        onPause={() => setPlaying(false)}
        onError={() => setFailed(audio.current?.error?.message ?? 'audio')}
        onTimeUpdate={({ currentTarget }) => {
          setNow(currentTarget.currentTime * 1000);
          onTime(currentTarget.currentTime * 1000);
        }}
      />
      <div
        className="wave"
        role="slider"
        tabIndex={0}
        aria-label={text.recording.wave}
        aria-valuemin={0}
        aria-valuemax={Math.round(detail.durationMs / 1000)}
        aria-valuenow={Math.round(now / 1000)}
        aria-valuetext={clockOf(now)}
        onKeyDown={onKey}
      >
        <div ref={wave} style={{ minHeight: HEIGHT * 2 }} />
        <span className="wave-label" style={{ top: 4, color: COLOURS.customer }}>
          {roles(0)}
        </span>
        <span className="wave-label" style={{ top: HEIGHT + 4, color: COLOURS.bank }}>
          {roles(1)}
        </span>
        {detail.spans.map((span) => (
          <div
            key={`${span.kind} ${span.fromMs} ${span.channel}`}
            className={`wave-span ${span.channel === 0 ? 'upper' : span.channel === 1 ? 'lower' : ''}`}
            title={`${text.spans[span.kind]}: ${text.reasons[span.reason] ?? span.reason}`}
            style={{ left: percent(span.fromMs), width: percent(span.toMs - span.fromMs) }}
          />
        ))}
        <span className="watermark">{text.recording.watermark(access.watermark, date(begun))}</span>
      </div>
      <div className="transport">
        <Button aria-label={text.recording.back10} icon={<BackwardOutlined />} onClick={() => move(-10)} />
        <Button
          type="primary"
          aria-label={text.recording.playPause}
          icon={playing ? <PauseOutlined /> : <CaretRightOutlined />}
          onClick={toggle}
        >
          {playing ? text.recording.pause : text.recording.play}
        </Button>
        <Button aria-label={text.recording.on10} icon={<ForwardOutlined />} onClick={() => move(10)} />
        <span className="clock" role="timer">
          {clockOf(now)} / {clockOf(detail.durationMs)}
        </span>
        <Select
          aria-label={text.recording.speed}
          defaultValue={1}
          style={{ width: 88 }}
          options={SPEEDS.map((speed) => ({ value: speed, label: `${speed}×` }))}
          onChange={(speed) => {
            if (audio.current !== null) audio.current.playbackRate = speed;
          }}
        />
      </div>
    </Card>
  );
}
