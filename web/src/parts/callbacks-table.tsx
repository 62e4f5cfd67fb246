import { App, Button, Space, Table } from 'antd';
import { useState } from 'react';
import type { CallbackOrder, WaitingCallback } from '../../../src/agents/agent-desk.ts';
import { wallMs } from '../../../src/domain/units.ts';
import { useLanguage } from '../text/language.tsx';
import { Failure } from './failure.tsx';
import { useAction } from './use-action.ts';

interface Props {
  readonly callbacks: readonly WaitingCallback[];
  readonly loading?: boolean;
  readonly order: (entry: string, order: CallbackOrder) => Promise<void>;
}

/** Customers who are to be called back, and what can be decided about each. */
export function CallbacksTable({ callbacks, loading = false, order }: Props) {
  const { text, date, number } = useLanguage();
  const words = text.desk.callbacks;
  const { modal } = App.useApp();
  const [putOff, setPutOff] = useState<{ readonly entry: string; readonly until: string }>();
  const action = useAction(async (entry: string, what: CallbackOrder) => {
    await order(entry, what);
    setPutOff(undefined);
  });
  const cancel = (entry: string): void =>
    void modal.confirm({
      title: words.cancelAsk,
      okText: words.cancel,
      cancelText: text.cancel,
      okButtonProps: { danger: true },
      onOk: () => action.run(entry, { do: 'cancel' }),
    });
  const next = ({ retryAt, underWay }: WaitingCallback): string =>
    underWay === true ? words.underWay : retryAt === undefined ? words.due : date(retryAt);
  return (
    <>
      <Failure error={action.error} />
      <Table<WaitingCallback>
        rowKey="entry"
        size="small"
        loading={loading}
        pagination={{ pageSize: 8, hideOnSinglePage: true }}
        dataSource={[...callbacks]}
        locale={{ emptyText: words.none }}
        columns={[
          { title: words.queue, dataIndex: 'queue' },
          { title: words.asked, render: (_, { since }) => date(since) },
          { title: words.attempts, render: (_, { attempts }) => number(attempts) },
          { title: words.next, render: (_, callback) => next(callback) },
          {
            title: words.orders,
            render: (_, { entry, underWay, retryAt }) =>
              putOff?.entry === entry ? (
                <Space wrap>
                  <input
                    type="datetime-local"
                    aria-label={words.until}
                    value={putOff.until}
                    onChange={({ target }) => setPutOff({ entry, until: target.value })}
                  />
                  <Button
                    size="small"
                    type="primary"
                    disabled={action.busy || putOff.until === ''}
                    onClick={() =>
                      action.run(entry, { do: 'postpone', until: wallMs(new Date(putOff.until).getTime()) })
                    }
                  >
                    {text.save}
                  </Button>
                  <Button size="small" onClick={() => setPutOff(undefined)}>
                    {text.cancel}
                  </Button>
                </Space>
              ) : (
                <Space wrap>
                  <Button
                    size="small"
                    disabled={action.busy || underWay === true || retryAt === undefined}
                    onClick={() => action.run(entry, { do: 'now' })}
                  >
                    {words.now}
                  </Button>
                  <Button
                    size="small"
                    disabled={action.busy || underWay === true}
                    onClick={() => setPutOff({ entry, until: '' })}
                  >
                    {words.postpone}
                  </Button>
                  <Button size="small" danger disabled={action.busy} onClick={() => cancel(entry)}>
                    {words.cancel}
                  </Button>
                </Space>
              ),
          },
        ]}
      />
    </>
  );
}
