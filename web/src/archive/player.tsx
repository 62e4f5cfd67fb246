import { BackwardOutlined, CaretRightOutlined, ForwardOutlined, PauseOutlined } from '@ant-design/icons';
import { Alert, Button, Card, Select } from 'antd';
import { type KeyboardEvent, type RefObject, useState } from 'react';
import type { RecordingDetail } from '../../../src/archive/recording-reader.ts';
import { Failure } from '../parts/failure.tsx';
import { useLoaded } from '../parts/use-loaded.ts';
import { clockOf, useLanguage } from '../text/language.tsx';
import type { Access } from './access-gate.tsx';
import { type Peaks, Waveform } from './waveform.tsx';

const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2];

/** The recording to hear: its waveform, and its audio by ranges as it is needed. */
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
  const [playing, setPlaying] = useState(false);
  const [now, setNow] = useState(0);
  const [failed, setFailed] = useState<unknown>();
  const [begun] = useState(() => Date.now());

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
      <Waveform
        detail={detail}
        peaks={peaks}
        audio={audio}
        nowMs={now}
        watermark={text.recording.watermark(access.watermark, date(begun))}
        onKey={onKey}
      />
      <div className="transport">
        <Button aria-label={text.recording.back10} icon={<BackwardOutlined aria-hidden />} onClick={() => move(-10)} />
        <Button
          type="primary"
          aria-label={text.recording.playPause}
          icon={playing ? <PauseOutlined aria-hidden /> : <CaretRightOutlined aria-hidden />}
          onClick={toggle}
        >
          {playing ? text.recording.pause : text.recording.play}
        </Button>
        <Button aria-label={text.recording.on10} icon={<ForwardOutlined aria-hidden />} onClick={() => move(10)} />
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
