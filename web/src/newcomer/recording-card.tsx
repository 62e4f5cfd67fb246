import { Card, Steps } from 'antd';
import { useEffect, useState } from 'react';
import type { ArchiveState } from '../../../src/domain/archive-state.ts';
import { call } from '../app/api.ts';
import { clockOf, useLanguage } from '../text/language.tsx';
import type { EndedCall } from './use-newcomer-call.ts';

interface Found {
  readonly recording: string | null;
  readonly state: ArchiveState | null;
  readonly duration_ms: number | null;
}

const EVERY_MS = 1_000;
const STEPS = ['SEALED', 'ARCHIVED', 'VERIFIED'] as const;

/** The recording of the call that has just ended, on its way into the archive; then to be heard. */
export function RecordingCard({ call: { contact } }: { readonly call: EndedCall }) {
  const { text } = useLanguage();
  const words = text.newcomer;
  const [found, setFound] = useState<Found>();
  const done = found?.state === 'VERIFIED';
  useEffect(() => {
    if (done) return;
    const timer = setInterval(() => {
      call<Found>('GET', `/api/newcomer/recordings/${contact}`).then(setFound, () => undefined);
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, [contact, done]);
  const reached = STEPS.findIndex((step) => step === found?.state) + 1;
  return (
    <Card className="recording-card" title={words.recording}>
      <Steps
        orientation="vertical"
        size="small"
        current={reached}
        items={STEPS.map((step) => ({ title: words.steps[step].title, content: words.steps[step].text }))}
      />
      {done && found !== undefined ? (
        <>
          {/* biome-ignore lint/a11y/useMediaCaption: what was said stands beside it */}
          <audio
            controls
            preload="none"
            src={`/api/newcomer/recordings/${contact}/audio.wav`}
            aria-label={words.listen}
          />
          <p className="call-hint">{words.stereo(clockOf(found.duration_ms ?? 0))}</p>
          <p className="call-hint">
            {words.recordingId} <code>{found.recording}</code>
          </p>
        </>
      ) : (
        <p role="status" className="call-hint">
          {words.archiving}
        </p>
      )}
    </Card>
  );
}
