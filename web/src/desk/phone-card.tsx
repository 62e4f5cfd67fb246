import { Alert, Button, Card, Collapse } from 'antd';
import { Mark } from '../parts/mark.tsx';
import { Keypad } from '../telephone/keypad.tsx';
import { LevelMeter } from '../telephone/level-meter.tsx';
import { useLanguage } from '../text/language.tsx';
import { DeviceChoice } from './device-choice.tsx';
import type { Desk } from './use-desk.ts';
import { useKeys } from './use-keys.ts';

const TONES = { good: 'good', fair: 'warn', poor: 'bad' } as const;

/** The telephone in the page: whether the line is up, how good it is, mute, keys and devices. */
export function PhoneCard({ desk: { phone, view, connection } }: { readonly desk: Desk }) {
  const { text, number } = useLanguage();
  const words = text.desk.phone;
  const { phase, microphone, stream, dead, heardAgain, muted, quality } = phone;
  const up = phase === 'up';
  const mute = (): void => connection.phone.mute(!muted);
  useKeys({ F4: () => up && mute() });
  const trouble = microphone === 'none' || microphone === 'open' ? undefined : words[microphone];
  return (
    <Card
      title={<h2 className="desk-card-title">{words.title}</h2>}
      extra={
        <span role="status">
          <Mark tone={up ? 'good' : phase === 'lost' || phase === 'off' ? 'bad' : 'warn'}>{words.phases[phase]}</Mark>
        </span>
      }
    >
      {trouble === undefined ? null : (
        <Alert
          role="alert"
          type="error"
          showIcon
          title={trouble}
          action={<Button onClick={() => void connection.phone.start()}>{words.again}</Button>}
        />
      )}
      {stream === undefined ? null : (
        <LevelMeter microphone={stream} muted={muted} onDead={connection.phone.tellDead} />
      )}
      {dead ? <p role="status">{words.dead}</p> : null}
      {heardAgain ? <p role="status">{words.heardAgain}</p> : null}
      <div className="desk-controls">
        <Button aria-pressed={muted} aria-keyshortcuts="F4" disabled={!up} onClick={mute}>
          {muted ? words.unmute : words.mute}
        </Button>
        {quality === undefined ? null : (
          <span>
            <Mark tone={TONES[quality.level]}>{words.quality[quality.level]}</Mark>{' '}
            <span className="facts">
              {words.qualityOf(
                `${number(Math.round(quality.loss * 1_000) / 10)} %`,
                number(Math.round(quality.jitterMs)),
              )}
              {view.quality === undefined ? null : ` · MOS ${number(Math.round(view.quality.mos * 10) / 10)}`}
            </span>
          </span>
        )}
      </div>
      {muted ? <p role="status">{words.muted}</p> : null}
      <Collapse
        size="small"
        ghost
        items={[
          {
            key: 'keypad',
            label: words.keypad,
            children: <Keypad disabled={!up || view.talk === undefined} press={connection.phone.press} />,
          },
          { key: 'devices', label: words.devices, children: <DeviceChoice phone={connection.phone} /> },
        ]}
      />
    </Card>
  );
}
