import { Button, Dropdown, Space } from 'antd';
import type { DeskSetup } from '../../../src/agents/agent-desk.ts';
import { AgentStateTag } from '../parts/agent-state-tag.tsx';
import { Failure } from '../parts/failure.tsx';
import { useAction } from '../parts/use-action.ts';
import { useNow } from '../parts/use-now.ts';
import { clockOf, useLanguage } from '../text/language.tsx';
import type { Desk } from './use-desk.ts';

interface Props {
  readonly desk: Desk;
  readonly setup: DeskSetup | undefined;
}

/** The agent's state, how long it lasts, and the ways out of it. */
export function StateBar({ desk: { view, connection }, setup }: Props) {
  const { text } = useLanguage();
  const now = useNow();
  const words = text.desk;
  const { desk } = view;
  const choose = useAction(async (state: 'available' | 'break', reason?: string) => {
    await connection.send('state', { state, ...(reason === undefined ? {} : { reason }) });
  });
  const leave = useAction(async () => {
    await connection.send('sign-out');
  });
  if (desk === undefined) return null;
  const { state } = desk;
  const signedIn = state !== 'signed-out';
  return (
    <>
      <header className="desk-state">
        <h1 className="desk-title">{words.title}</h1>
        <div className="desk-state-now">
          <span role="status">
            <AgentStateTag state={state} />
            {desk.reason === undefined ? null : <span> {desk.reason}</span>}
          </span>
          {/* whoever was never signed in has been nothing since the beginning of time */}
          {desk.since === 0 ? null : <span className="call-clock">{words.since(clockOf(now - desk.since))}</span>}
          {desk.until === undefined ? null : (
            <span className="facts call-clock">{words.left(clockOf(desk.until - now))}</span>
          )}
        </div>
        {signedIn ? (
          <Space wrap>
            <Button
              type={state === 'not-answering' || state === 'break' ? 'primary' : 'default'}
              disabled={state === 'available' || state === 'offered' || state === 'dialling'}
              loading={choose.busy}
              onClick={() => choose.run('available')}
            >
              {words.available}
            </Button>
            <Dropdown
              trigger={['click']}
              disabled={state === 'offered' || state === 'dialling'}
              menu={{
                items: (setup?.breakReasons ?? []).map((reason) => ({ key: reason, label: reason })),
                onClick: ({ key }) => choose.run('break', key),
              }}
            >
              <Button aria-haspopup="menu" aria-label={words.breakReason}>
                {words.takeBreak}
              </Button>
            </Dropdown>
            <Button loading={leave.busy} onClick={() => leave.run()}>
              {words.signOut}
            </Button>
          </Space>
        ) : null}
      </header>
      <Failure error={choose.error ?? leave.error} />
      {state === 'not-answering' ? <p role="alert">{words.notAnswering}</p> : null}
      {desk.next === undefined ? null : <p className="facts">{words.next[desk.next]}</p>}
    </>
  );
}
