import { Alert, Button, Card, Dropdown, Space } from 'antd';
import { useState } from 'react';
import type { DeskSetup, Talk } from '../../../src/agents/agent-desk.ts';
import { Failure } from '../parts/failure.tsx';
import { Mark } from '../parts/mark.tsx';
import { useAction } from '../parts/use-action.ts';
import { useNow } from '../parts/use-now.ts';
import { clockOf, useLanguage } from '../text/language.tsx';
import { AppointmentButton } from './appointment-button.tsx';
import { PassOnDialog } from './pass-on-dialog.tsx';
import type { Desk } from './use-desk.ts';
import { useKeys } from './use-keys.ts';

interface Props {
  readonly desk: Desk;
  readonly talk: Talk;
  readonly setup: DeskSetup;
  readonly openTicket: () => void;
}

/** Before the recording goes on by itself the agent is warned so long. */
const LAST_MS = 15_000;

/** All that can be done with the customer on the line. */
export function TalkCard({ desk, talk, setup, openTicket }: Props) {
  const { connection } = desk;
  const { text } = useLanguage();
  const words = text.desk.talk;
  const now = useNow();
  const [passing, setPassing] = useState<'transfer' | 'consult'>();
  const command = useAction(async (name: string, body: unknown = {}) => {
    await connection.send(name, body);
  });
  const { held, pausedUntil, others, verification } = talk;
  const verifying = verification === 'under-way';
  const consulting = others.length > 0;
  const hold = (): void => command.run('hold', { held: !held });
  // said twice it is the same: no press is lost while an answer is on its way
  useKeys({ F2: () => !consulting && !verifying && hold() });
  return (
    <Card
      title={<h2 className="desk-card-title">{words.title(talk.queue)}</h2>}
      extra={<span className="call-clock">{clockOf(now - talk.since)}</span>}
    >
      <Failure error={command.error} />
      {pausedUntil === undefined ? null : (
        <Alert
          showIcon
          {...(pausedUntil - now > LAST_MS ? { type: 'warning', role: 'status' } : { type: 'error', role: 'alert' })}
          title={words.paused(clockOf(Math.max(0, pausedUntil - now)))}
          action={
            <Button disabled={command.busy} onClick={() => command.run('pause-recording', { paused: true })}>
              {words.pauseLonger}
            </Button>
          }
        />
      )}
      {verifying ? (
        <Alert
          showIcon
          type="info"
          role="status"
          title={words.verifying}
          description={
            <>
              <p>{words.verifyingLead}</p>
              <Button disabled={command.busy} onClick={() => command.run('end-verification')}>
                {words.takeBack}
              </Button>
            </>
          }
        />
      ) : null}
      {consulting ? (
        <ul className="desk-list">
          {others.map(({ to, state }) => (
            <li key={to}>
              <strong>{to}</strong> <Mark tone={state === 'joined' ? 'good' : 'warn'}>{words.others[state]}</Mark>
            </li>
          ))}
        </ul>
      ) : null}
      <div className="desk-controls">
        <Button
          size="large"
          type={held ? 'primary' : 'default'}
          aria-pressed={held}
          aria-keyshortcuts="F2"
          disabled={consulting || verifying}
          onClick={hold}
        >
          {held ? words.resume : words.hold}
        </Button>
        <Button size="large" danger type="primary" disabled={command.busy} onClick={() => command.run('hang-up')}>
          {verifying ? words.leaveToBot : words.hangUp}
        </Button>
        <Button size="large" onClick={openTicket}>
          {text.desk.ticket.open}
        </Button>
        <AppointmentButton desk={desk} />
      </div>
      {verifying ? null : (
        <PassingControls talk={talk} setup={setup} busy={command.busy} run={command.run} pass={setPassing} />
      )}
      <p className="facts desk-keys">{words.keys}</p>
      <PassOnDialog
        how={passing}
        setup={setup}
        close={() => setPassing(undefined)}
        go={(how, to) => connection.send(how, { to })}
      />
    </Card>
  );
}

interface PassingProps {
  readonly talk: Talk;
  readonly setup: DeskSetup;
  readonly busy: boolean;
  readonly run: (command: string, body?: unknown) => void;
  readonly pass: (how: 'transfer' | 'consult') => void;
}

/** Others are brought in, the customer is passed on, the recording is paused. */
function PassingControls({
  talk: { pausedUntil, others, verification },
  setup: { canConsult },
  busy,
  run,
  pass,
}: PassingProps) {
  const { text } = useLanguage();
  const words = text.desk.talk;
  const joined = others.some(({ state }) => state === 'joined');
  return (
    <Space wrap>
      {others.length > 0 ? (
        <>
          {joined ? null : (
            <Button disabled={busy} onClick={() => run('conference')}>
              {words.conference}
            </Button>
          )}
          <Button type="primary" disabled={busy} onClick={() => run('complete-transfer')}>
            {words.completeTransfer}
          </Button>
          <Button disabled={busy} onClick={() => run('end-consult')}>
            {words.endConsult}
          </Button>
        </>
      ) : (
        <>
          <Button onClick={() => pass('transfer')}>{words.passOn}</Button>
          {canConsult ? <Button onClick={() => pass('consult')}>{words.consult}</Button> : null}
          <Dropdown
            trigger={['click']}
            menu={{
              items: [
                ...(verification === 'possible' ? [{ key: 'verify', label: words.toBotVerify }] : []),
                { key: 'satisfaction', label: words.toBotSatisfaction },
              ],
              onClick: ({ key }) => run('return-to-bot', { purpose: key }),
            }}
          >
            <Button aria-haspopup="menu">{words.toBot}</Button>
          </Dropdown>
        </>
      )}
      <Button
        aria-pressed={pausedUntil !== undefined}
        disabled={busy}
        onClick={() => run('pause-recording', { paused: pausedUntil === undefined })}
      >
        {pausedUntil === undefined ? words.pauseRecording : words.resumeRecording}
      </Button>
    </Space>
  );
}
