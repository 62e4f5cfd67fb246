import { Button, Dropdown, Space, Table } from 'antd';
import { useState } from 'react';
import type { AgentView, FloorView } from '../../../src/agents/supervision.ts';
import { call } from '../app/api.ts';
import { useMay } from '../app/session.tsx';
import { AgentStateTag } from '../parts/agent-state-tag.tsx';
import { Failure } from '../parts/failure.tsx';
import { useAction } from '../parts/use-action.ts';
import { useNow } from '../parts/use-now.ts';
import { clockOf, useLanguage } from '../text/language.tsx';
import { MonitorDialog } from './monitor-dialog.tsx';
import { MoveDialog } from './move-dialog.tsx';
import type { Monitor } from './use-monitor.ts';

const STATES = ['available', 'break', 'signed-out'] as const;

/** Who works on it: the state and since when, and what may be done about it. */
export function AgentsTable({ view, monitor }: { readonly view: FloorView; readonly monitor: Monitor }) {
  const { text } = useLanguage();
  const words = text.floor;
  const now = useNow();
  const mayMonitor = useMay()('floor.monitor');
  const [moving, setMoving] = useState<AgentView>();
  const [hearing, setHearing] = useState<AgentView>();
  const setState = useAction(async (agent: string, state: string) => {
    await call('POST', `/api/staff/floor/agents/${encodeURIComponent(agent)}/state`, { state });
  });
  return (
    <section className="floor-part" aria-labelledby="floor-agents">
      <h2 id="floor-agents">{words.agents}</h2>
      <Failure error={setState.error} />
      <Table<AgentView>
        rowKey="agent"
        size="small"
        pagination={{ pageSize: 50, hideOnSinglePage: true }}
        scroll={{ x: 900 }}
        dataSource={[...view.agents]}
        locale={{ emptyText: words.noAgents }}
        columns={[
          { title: words.agent, render: (_, { agent }) => <strong>{agent}</strong> },
          {
            title: words.state,
            render: (_, { state, reason, queue }) => (
              <>
                <AgentStateTag state={state} /> <span className="facts">{reason ?? queue ?? ''}</span>
              </>
            ),
          },
          { title: words.since, render: (_, { since }) => clockOf(now - since) },
          {
            title: words.queues,
            render: (_, { queues }) => (
              <span className="facts">
                {Object.entries(queues)
                  .map(([queue, level]) => `${queue} ${level}`)
                  .join(', ')}
              </span>
            ),
          },
          {
            title: words.listeners,
            render: (_, { monitors = [] }) =>
              monitors.map(({ supervisor, mode }) => `${supervisor} (${words.modes[mode]})`).join(', '),
          },
          {
            title: words.actions,
            render: (_, agent) => (
              <Space wrap>
                {mayMonitor ? (
                  <Button
                    size="small"
                    aria-label={`${words.monitor}: ${agent.agent}`}
                    disabled={agent.contact === undefined || monitor.agent !== undefined}
                    onClick={() => setHearing(agent)}
                  >
                    {words.monitor}
                  </Button>
                ) : null}
                <Dropdown
                  trigger={['click']}
                  menu={{
                    items: STATES.map((state) => ({ key: state, label: words.states[state] })),
                    onClick: ({ key }) => setState.run(agent.agent, key),
                  }}
                >
                  <Button size="small" aria-haspopup="menu" aria-label={`${words.setState}: ${agent.agent}`}>
                    {words.setState}
                  </Button>
                </Dropdown>
                <Button size="small" aria-label={`${words.move} ${agent.agent}`} onClick={() => setMoving(agent)}>
                  {words.move}
                </Button>
              </Space>
            ),
          },
        ]}
      />
      {moving === undefined ? null : (
        <MoveDialog agent={moving} queues={view.queues.map(({ queue }) => queue)} close={() => setMoving(undefined)} />
      )}
      {hearing === undefined ? null : (
        <MonitorDialog agent={hearing.agent} monitor={monitor} close={() => setHearing(undefined)} />
      )}
    </section>
  );
}
