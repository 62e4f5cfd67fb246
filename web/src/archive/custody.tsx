import { Card, Table } from 'antd';
import type { AccessSession } from '../../../src/http/routes/archive/access-sessions.ts';
import { Failure } from '../parts/failure.tsx';
import { useLoaded } from '../parts/use-loaded.ts';
import { clockOf, useLanguage } from '../text/language.tsx';

export function Custody({ id, grant }: { readonly id: string; readonly grant: string }) {
  const { text, date } = useLanguage();
  const { value, error, loading } = useLoaded<{ rows: AccessSession[] }>(
    `/api/archive/recordings/${id}/custody?grant=${grant}`,
  );
  return (
    <Card size="small" title={text.recording.custody} style={{ marginBottom: 16 }}>
      <Failure error={error} />
      <Table<AccessSession>
        size="small"
        rowKey="seq"
        loading={loading}
        dataSource={value?.rows ?? []}
        pagination={{ pageSize: 10, hideOnSinglePage: true, size: 'small' }}
        scroll={{ x: 600 }}
        columns={[
          {
            title: text.audit.when,
            render: (_, { at, until }) => (date(at) === date(until) ? date(at) : `${date(at)} – ${date(until)}`),
          },
          { title: text.audit.who, dataIndex: 'actor' },
          { title: text.audit.what, render: (_, { action }) => text.audit.actions[action] ?? action },
          {
            title: text.audit.why,
            render: (_, { purpose, ticket }) => [purpose, ticket].filter((part) => part !== '').join(' · '),
          },
          {
            title: text.audit.played,
            render: (_, { playedMs }) => (playedMs === null ? text.none : clockOf(playedMs)),
          },
          { title: text.audit.result, render: (_, { result }) => text.audit.results[result] },
        ]}
      />
    </Card>
  );
}
