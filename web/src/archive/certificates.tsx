import { Button, Card, Table } from 'antd';
import { useEffect, useState } from 'react';
import type { DestructionCertificate } from '../../../src/archive/destruction.ts';
import { call } from '../app/api.ts';
import { Failure } from '../parts/failure.tsx';
import { useAction } from '../parts/use-action.ts';
import { useLanguage } from '../text/language.tsx';

interface Page {
  readonly certificates: readonly DestructionCertificate[];
  /** Where the next page begins; null: this is the last one. */
  readonly next: string | null;
}

/** What was destroyed, newest recordings first, as far back as the archive goes. */
export function Certificates() {
  const { text, date } = useLanguage();
  const [page, setPage] = useState<Page>();
  const { run, busy, error } = useAction(async (before: string | null) => {
    const query = before === null ? '' : `?before=${encodeURIComponent(before)}`;
    const next = await call<Page>('GET', `/api/archive/destruction/certificates${query}`);
    setPage((shown) =>
      before === null ? next : { ...next, certificates: [...(shown?.certificates ?? []), ...next.certificates] },
    );
  });
  useEffect(() => {
    run(null);
  }, []);
  return (
    <Card size="small" title={text.destruction.certificates}>
      <Failure error={error} />
      <Table<DestructionCertificate>
        rowKey="id"
        size="small"
        loading={page === undefined && busy}
        dataSource={[...(page?.certificates ?? [])]}
        pagination={false}
        columns={[
          {
            title: text.destruction.recording,
            render: (_, { recording }) => <span className="hash">{recording}</span>,
          },
          { title: text.destruction.when, render: (_, { destroyedAt }) => date(destroyedAt) },
          { title: text.destruction.basis, dataIndex: 'basis' },
          { title: text.destruction.approvers, render: (_, { approvers }) => approvers.join(', ') },
          { title: text.destruction.method, dataIndex: 'method' },
          { title: text.destruction.leaf, render: (_, { leafIndex }) => leafIndex ?? text.none },
          {
            title: '',
            render: (_, { recording }) => (
              <a href={`/api/archive/destruction/${recording}/certificate.json`} download>
                {text.destruction.download}
              </a>
            ),
          },
        ]}
      />
      {page === undefined || page.next === null ? null : (
        <Button style={{ marginTop: 12 }} loading={busy} onClick={() => run(page.next)}>
          {text.more}
        </Button>
      )}
    </Card>
  );
}
