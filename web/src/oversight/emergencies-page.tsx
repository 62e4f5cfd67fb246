import { Button, Input, Modal, Space, Table } from 'antd';
import { useState } from 'react';
import type { Emergency } from '../../../src/staff/emergencies.ts';
import { call } from '../app/api.ts';
import { Failure } from '../parts/failure.tsx';
import { Mark } from '../parts/mark.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { useAction } from '../parts/use-action.ts';
import { useLoaded } from '../parts/use-loaded.ts';
import { useLanguage } from '../text/language.tsx';

type Shown = Emergency & { readonly own: boolean };

export function EmergenciesPage() {
  const { text, date } = useLanguage();
  const { value, error, loading, reload } = useLoaded<{ emergencies: Shown[] }>('/api/staff/break-glass');
  const [reviewing, setReviewing] = useState<Shown>();
  const [note, setNote] = useState('');
  const review = useAction(async (verdict: 'justified' | 'unjustified') => {
    await call('POST', `/api/staff/break-glass/${reviewing?.id ?? ''}/review`, { verdict, note });
    setReviewing(undefined);
    setNote('');
    await reload();
  });
  return (
    <>
      <PageHead title={text.emergencies.title} lead={text.emergencies.lead} />
      <Failure error={error} />
      <Table<Shown>
        rowKey="id"
        size="small"
        loading={loading}
        dataSource={value?.emergencies ?? []}
        pagination={{ pageSize: 25, hideOnSinglePage: true }}
        locale={{ emptyText: text.emergencies.nothing }}
        columns={[
          { title: text.emergencies.when, render: (_, { begunAt }) => date(begunAt) },
          { title: text.emergencies.who, dataIndex: 'account' },
          {
            title: text.emergencies.recording,
            render: (_, { recording }) => <span className="hash">{recording}</span>,
          },
          {
            title: text.emergencies.why,
            render: (_, { purpose, ticket }) => [purpose, ticket].filter((part) => part !== '').join(' · '),
          },
          {
            title: text.emergencies.verdict,
            render: (_, { verdict, note: noted }) => (
              <>
                <Mark tone={verdict === 'justified' ? 'plain' : 'bad'}>
                  {verdict === null ? text.emergencies.open : text.emergencies[verdict]}
                </Mark>
                <span className="facts">{noted}</span>
              </>
            ),
          },
          {
            title: '',
            render: (_, each) =>
              each.verdict === null && !each.own ? (
                <Button onClick={() => setReviewing(each)}>{text.emergencies.review}</Button>
              ) : null,
          },
        ]}
      />
      <Modal
        open={reviewing !== undefined}
        title={text.emergencies.review}
        onCancel={() => setReviewing(undefined)}
        footer={
          <Space>
            <Button danger loading={review.busy} onClick={() => review.run('unjustified')}>
              {text.emergencies.unjustified}
            </Button>
            <Button type="primary" loading={review.busy} onClick={() => review.run('justified')}>
              {text.emergencies.justified}
            </Button>
          </Space>
        }
      >
        <Failure error={review.error} />
        <p>{reviewing?.purpose}</p>
        <Input.TextArea
          aria-label={text.requests.note}
          placeholder={text.requests.note}
          maxLength={500}
          value={note}
          onChange={(event) => setNote(event.target.value)}
        />
      </Modal>
    </>
  );
}
