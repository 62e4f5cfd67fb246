import { Alert, Card, Space, Statistic, Table, Tag } from 'antd';
import { useState } from 'react';
import type { DestructionCandidate, DestructionOverview } from '../../../src/archive/destruction.ts';
import { useMay } from '../app/session.tsx';
import { Failure } from '../parts/failure.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { useLoaded } from '../parts/use-loaded.ts';
import { useLanguage } from '../text/language.tsx';
import { Certificates } from './certificates.tsx';
import { RequestDialog } from './request-dialog.tsx';

export function DestructionPage() {
  const { text, date, day } = useLanguage();
  const may = useMay();
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const { value, error, loading } = useLoaded<{
    overview: DestructionOverview;
    candidates: DestructionCandidate[];
  }>('/api/archive/destruction');
  return (
    <>
      <PageHead title={text.destruction.title} lead={text.destruction.lead}>
        {may('recording.destroy') ? (
          <RequestDialog
            action="recording.destroy"
            targets={chosen}
            terms={{}}
            label={text.destruction.ask(chosen.length)}
            danger
          />
        ) : null}
      </PageHead>
      <Failure error={error} />
      {value === undefined ? null : <Overview overview={value.overview} />}
      <Card size="small" title={text.destruction.candidates} style={{ marginBottom: 16 }}>
        <Table<DestructionCandidate>
          rowKey="recording"
          size="small"
          loading={loading}
          dataSource={value?.candidates ?? []}
          pagination={{ pageSize: 25, hideOnSinglePage: true }}
          locale={{ emptyText: text.destruction.nothing }}
          {...(may('recording.destroy')
            ? {
                rowSelection: {
                  selectedRowKeys: [...chosen],
                  onChange: (keys) => setChosen(keys.map(String)),
                  getCheckboxProps: ({ recording, approved }) => ({ 'aria-label': recording, disabled: approved }),
                },
              }
            : {})}
          columns={[
            {
              title: text.destruction.recording,
              render: (_, { recording }) => <span className="hash">{recording}</span>,
            },
            { title: text.search.started, render: (_, { startedAt }) => date(startedAt) },
            { title: text.destruction.retained, render: (_, { retainedUntil }) => day(retainedUntil) },
            { title: text.destruction.notBefore, render: (_, { notBefore }) => date(notBefore) },
            { title: '', render: (_, { state }) => <State state={state} /> },
          ]}
        />
      </Card>
      <Certificates />
    </>
  );
}

function State({ state }: { readonly state: DestructionCandidate['state'] }) {
  const { text } = useLanguage();
  if (state === 'proposed') return null;
  return <Tag>{state === 'approved' ? text.destruction.approved : text.destruction.overview.unfinished}</Tag>;
}

const COUNTS = ['proposed', 'approved', 'unfinished', 'destroyed', 'withdrawn'] as const;

/** How many there are, and why nothing is destroyed now. */
function Overview({ overview }: { readonly overview: DestructionOverview }) {
  const { text, number } = useLanguage();
  const may = useMay();
  const { stopped } = overview;
  return (
    <>
      {stopped === null ? null : (
        <Alert
          type="warning"
          showIcon
          style={{ marginBottom: 16 }}
          title={text.destruction.stopped}
          description={`${text.destruction.stoppedBecause[stopped] ?? stopped} ${text.destruction.stoppedWhatNow}`}
          action={
            may('destruction.resume') ? (
              <RequestDialog
                action="destruction.resume"
                targets={[stopped]}
                terms={{}}
                label={text.destruction.resume}
              />
            ) : null
          }
        />
      )}
      <Space size="large" wrap style={{ marginBottom: 16 }}>
        {COUNTS.map((count) => (
          <Statistic key={count} title={text.destruction.overview[count]} value={number(overview[count])} />
        ))}
      </Space>
    </>
  );
}
