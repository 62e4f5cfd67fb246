import { AudioMutedOutlined, AudioOutlined, PauseOutlined, PhoneOutlined, PlayCircleOutlined } from '@ant-design/icons';
import { Alert, Button, Card } from 'antd';
import type { DemoCustomer } from '../../../src/http/browser/demo-customer.ts';
import { useNow } from '../parts/use-now.ts';
import { Keypad } from '../telephone/keypad.tsx';
import { LevelMeter } from '../telephone/level-meter.tsx';
import { clockOf, useLanguage } from '../text/language.tsx';
import type { NewcomerCall } from './use-newcomer-call.ts';

/** The button, and while somebody talks all that a telephone has. */
export function CallCard({
  newcomer,
  customer,
}: {
  readonly newcomer: NewcomerCall;
  /** Whom one may be. */
  readonly customer: DemoCustomer | undefined;
}) {
  const { text } = useLanguage();
  const { state, preparing, startedAt, microphone, begin, hangUp, hold, mute, press } = newcomer;
  const words = text.newcomer;
  const up = state !== undefined && state.phase !== 'ended';
  if (!up)
    return (
      <Card className="call-card">
        <Button
          type="primary"
          size="large"
          className="call-button"
          icon={<PhoneOutlined aria-hidden />}
          loading={preparing}
          onClick={begin}
        >
          {preparing ? words.preparing : state === undefined ? words.call : words.callAgain}
        </Button>
        <p className="call-hint">{words.hint}</p>
        {customer === undefined ? null : <TrySaying customer={customer} />}
      </Card>
    );
  const talking = state.phase === 'talking';
  return (
    <Card className="call-card" title={<CallStatus startedAt={talking ? startedAt : undefined} held={state.held} />}>
      {state.deaf ? <Alert role="alert" type="warning" showIcon title={words.deaf} /> : null}
      {microphone === undefined ? null : <LevelMeter microphone={microphone} muted={state.muted || state.held} />}
      <div className="call-controls">
        <Button
          icon={state.muted ? <AudioMutedOutlined aria-hidden /> : <AudioOutlined aria-hidden />}
          aria-pressed={state.muted}
          disabled={!talking || state.held}
          onClick={() => mute(!state.muted)}
        >
          {state.muted ? words.unmute : words.mute}
        </Button>
        <Button
          icon={state.held ? <PlayCircleOutlined aria-hidden /> : <PauseOutlined aria-hidden />}
          aria-pressed={state.held}
          disabled={!talking}
          onClick={() => hold(!state.held)}
        >
          {state.held ? words.resume : words.hold}
        </Button>
        <Button danger type="primary" icon={<PhoneOutlined aria-hidden rotate={225} />} onClick={hangUp}>
          {words.hangUp}
        </Button>
      </div>
      <Keypad disabled={!talking || state.held} press={press} />
      {customer === undefined ? null : <TrySaying customer={customer} />}
    </Card>
  );
}

/** What to say, and who to be, as long as a demo bank is behind the line. */
function TrySaying({ customer: { account, pin } }: { readonly customer: DemoCustomer }) {
  const words = useLanguage().text.newcomer.trying;
  return (
    <div className="try-saying">
      <p>
        {words.say} {words.sentences.join(' · ')}
      </p>
      <p>
        {words.account} <strong>{account}</strong>, {words.pin} <strong>{pin}</strong>
      </p>
    </div>
  );
}

function CallStatus({ startedAt, held }: { readonly startedAt: number | undefined; readonly held: boolean }) {
  const { text } = useLanguage();
  const now = useNow();
  const words = text.newcomer;
  if (startedAt === undefined) return <span role="status">{words.calling}</span>;
  return (
    <span>
      <span role="status">{held ? words.held : words.talking}</span>{' '}
      <span className="call-clock">{clockOf(now - startedAt)}</span>
    </span>
  );
}
