import { Segmented, Space, Table } from 'antd';
import { useState } from 'react';
import type { Hold } from '../../../src/archive/holds.ts';
import { useMay } from '../app/session.tsx';
import { Failure } from '../parts/failure.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { useLoaded } from '../parts/use-loaded.ts';
import { useLanguage } from '../text/language.tsx';
import { HoldDialog } from './hold-dialog.tsx';
import { RequestDialog } from './request-dialog.tsx';

export function HoldsPage() {
  const { text, date, number } = useLanguage();
  const may = useMay();
  const [released, setReleased] = useState(false);
  const { value, error, loading, reload } = useLoaded<{ holds: Hold[] }>(`/api/archive/holds?released=${released}`);
  return (
    <>
      <PageHead title={text.holds.title} lead={text.holds.lead}>
        <Space>
          <Segmented
            value={released}
            onChange={setReleased}
            options={[
              { value: false, label: text.holds.inForce },
              { value: true, label: text.holds.released },
            ]}
          />
          {may('hold.place') ? <HoldDialog onPlaced={() => void reload()} /> : null}
        </Space>
      </PageHead>
      <Failure error={error} />
      <Table<Hold>
        rowKey="id"
        size="small"
        loading={loading}
        dataSource={value?.holds ?? []}
        pagination={{ pageSize: 25, hideOnSinglePage: true }}
        locale={{ emptyText: text.holds.nothing }}
        columns={[
          { title: text.holds.caseNo, dataIndex: 'caseNo' },
          { title: text.holds.reason, dataIndex: 'reason' },
          { title: text.holds.by, dataIndex: 'by' },
          { title: text.holds.placed, render: (_, { placedAt }) => date(placedAt) },
          { title: text.holds.recordings, render: (_, { recordings }) => number(recordings) },
          {
            title: '',
            render: (_, { id, releasedAt }) =>
              releasedAt === null && may('hold.release') ? (
                <RequestDialog action="hold.release" targets={[id]} terms={{}} label={text.holds.release} />
              ) : releasedAt === null ? null : (
                date(releasedAt)
              ),
          },
        ]}
      />
    </>
  );
}
