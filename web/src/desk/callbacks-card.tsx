import { Card, Table } from 'antd';
import type { WaitingCallback } from '../../../src/agents/agent-desk.ts';
import { Failure } from '../parts/failure.tsx';
import { useLoaded } from '../parts/use-loaded.ts';
import { useLanguage } from '../text/language.tsx';

/** Customers of the agent's queues who are to be called back; they are offered in their turn. */
export function CallbacksCard() {
  const { text, date, number } = useLanguage();
  const words = text.desk.callbacks;
  const { value, error, loading } = useLoaded<{ readonly callbacks: readonly WaitingCallback[] }>(
    '/api/staff/desk/callbacks',
  );
  return (
    <Card title={<h2 className="desk-card-title">{words.title}</h2>}>
      <Failure error={error} />
      <Table<WaitingCallback>
        rowKey="entry"
        size="small"
        loading={loading}
        pagination={{ pageSize: 8, hideOnSinglePage: true }}
        dataSource={[...(value?.callbacks ?? [])]}
        locale={{ emptyText: words.none }}
        columns={[
          { title: words.queue, dataIndex: 'queue' },
          { title: words.asked, render: (_, { since }) => date(since) },
          { title: words.attempts, render: (_, { attempts }) => number(attempts) },
          { title: words.next, render: (_, { retryAt }) => (retryAt === undefined ? words.due : date(retryAt)) },
        ]}
      />
    </Card>
  );
}
