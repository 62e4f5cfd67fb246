import { App, Switch, Table } from 'antd';
import type { QueueNumbers, QueueView } from '../../../src/agents/supervision.ts';
import { call } from '../app/api.ts';
import { Failure } from '../parts/failure.tsx';
import { Mark } from '../parts/mark.tsx';
import { useAction } from '../parts/use-action.ts';
import type { AgentState } from '../../../src/queues/queue-fact.ts';
import { clockOf, useLanguage } from '../text/language.tsx';

/** Every queue: who waits, how long, and whether it goes as promised. */
export function QueuesTable({ queues }: { readonly queues: readonly QueueView[] }) {
  const { text, number } = useLanguage();
  const words = text.floor;
  const { modal } = App.useApp();
  const set = useAction(async (queue: string, emergency: boolean) => {
    await call('PUT', `/api/staff/floor/queues/${encodeURIComponent(queue)}/emergency`, { emergency });
  });
  const ask = (queue: string, on: boolean): void => {
    if (!on) return set.run(queue, false);
    modal.confirm({
      title: words.setEmergency(queue),
      content: words.emergencyAsk,
      okText: words.switchOn,
      cancelText: text.cancel,
      okButtonProps: { danger: true },
      onOk: () => set.run(queue, true),
    });
  };
  const level = ({ serviceLevel, answered, offered }: QueueNumbers) =>
    serviceLevel === null ? (
      <span className="facts">{words.nobodyOffered}</span>
    ) : (
      <>
        {number(Math.round(serviceLevel * 1_000) / 10)} %{' '}
        <span className="facts">{words.ofOffered(number(answered), number(offered))}</span>
      </>
    );
  return (
    <section className="floor-part" aria-labelledby="floor-queues">
      <h2 id="floor-queues">{words.queues}</h2>
      <Failure error={set.error} />
      {queues
        .filter(({ emergency }) => emergency)
        .map(({ queue }) => (
          <p key={queue} role="alert">
            <Mark tone="bad">{words.emergencyOn(queue)}</Mark>
          </p>
        ))}
      <Table<QueueView>
        rowKey="queue"
        size="small"
        pagination={false}
        scroll={{ x: 1_000 }}
        dataSource={[...queues]}
        columns={[
          {
            title: words.queue,
            render: (_, { queue, alarms }) => (
              <>
                <strong>{queue}</strong>
                {alarms.length === 0 ? null : (
                  <div role="status">
                    {alarms.map((alarm) => (
                      <Mark key={alarm} tone="bad">
                        {words.alarms[alarm] ?? alarm}
                      </Mark>
                    ))}
                  </div>
                )}
              </>
            ),
          },
          { title: words.waiting, render: (_, { waiting }) => <strong>{number(waiting)}</strong> },
          { title: words.longest, render: (_, { longestWaitMs }) => clockOf(longestWaitMs) },
          { title: words.expected, render: (_, { expectedWaitMs }) => clockOf(expectedWaitMs) },
          { title: words.callbacks, render: (_, { callbacks }) => number(callbacks) },
          {
            title: words.agents,
            render: (_, { agents }) => (
              <span className="facts">
                {(Object.entries(agents) as [AgentState, number][])
                  .map(([state, count]) => `${number(count)} ${text.desk.states[state]}`)
                  .join(', ')}
              </span>
            ),
          },
          { title: `${words.serviceLevel}: ${words.interval}`, render: (_, { interval }) => level(interval) },
          { title: `${words.serviceLevel}: ${words.today}`, render: (_, { today }) => level(today) },
          {
            title: words.abandoned,
            render: (_, { interval, today }) =>
              `${number(interval.abandoned)} · ${words.today} ${number(today.abandoned)}`,
          },
          {
            title: words.emergency,
            render: (_, { queue, emergency }) => (
              <Switch
                aria-label={words.setEmergency(queue)}
                checked={emergency}
                loading={set.busy}
                onChange={(on) => ask(queue, on)}
              />
            ),
          },
        ]}
      />
    </section>
  );
}
