import { DownloadOutlined } from '@ant-design/icons';
import { Button, Progress, Table, Typography } from 'antd';
import { useEffect } from 'react';
import { Link } from 'react-router';
import type { ExportJob } from '../../../src/archive/exports.ts';
import { Failure } from '../parts/failure.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { useLoaded } from '../parts/use-loaded.ts';
import { useLanguage } from '../text/language.tsx';

const LOOK_MS = 1_000;
const MEGABYTE = 1_000_000;

/** Bundles that were ordered: how far they are, and where they are fetched. */
export function ExportsPage() {
  const { text } = useLanguage();
  const { value, error, loading, reload } = useLoaded<{ exports: ExportJob[] }>('/api/archive/exports');
  const jobs = value?.exports ?? [];
  const underWay = jobs.some(({ state }) => state === 'waiting' || state === 'running');
  useEffect(() => {
    if (!underWay) return undefined;
    const timer = setInterval(() => void reload(), LOOK_MS);
    return () => clearInterval(timer);
  }, [underWay, reload]);
  return (
    <>
      <PageHead title={text.exports.title} lead={text.exports.lead} />
      <Failure error={error} />
      <ExportTable jobs={jobs} loading={loading} />
      <Typography.Paragraph className="facts" style={{ marginTop: 12 }}>
        {text.exports.verify}
      </Typography.Paragraph>
    </>
  );
}

function ExportTable({ jobs, loading }: { readonly jobs: readonly ExportJob[]; readonly loading: boolean }) {
  const { text, date } = useLanguage();
  return (
    <Table<ExportJob>
      rowKey="id"
      size="small"
      loading={loading}
      dataSource={[...jobs]}
      pagination={{ pageSize: 20, hideOnSinglePage: true }}
      locale={{ emptyText: text.exports.nothing }}
      scroll={{ x: 900 }}
      columns={[
        {
          title: text.destruction.recording,
          render: (_, { recording, masked }) => (
            <>
              <Link className="hash" to={`/recordings/${recording}`}>
                {recording}
              </Link>
              <div className="facts">{masked ? text.requests.maskedBundle : text.requests.clearBundle}</div>
            </>
          ),
        },
        {
          title: text.audit.why,
          render: (_, { purpose, ticket }) => (
            <>
              {purpose}
              <div className="facts">{ticket}</div>
            </>
          ),
        },
        { title: text.requests.decidedBy, render: (_, { approver }) => approver ?? text.none },
        { title: text.exports.ordered, render: (_, { orderedAt }) => date(orderedAt) },
        { title: text.search.state, render: (_, job) => <JobState job={job} />, width: 190 },
        {
          title: text.exports.bundle,
          width: 250,
          render: (_, job) => (job.state === 'done' ? <Bundle job={job} /> : null),
        },
      ]}
    />
  );
}

function JobState({ job: { state, progress, error } }: { readonly job: ExportJob }) {
  const { text } = useLanguage();
  if (state === 'done') return text.exports.states.done;
  if (state === 'failed')
    return <Failure error={`${text.exports.states.failed}: ${text.errors[error ?? ''] ?? error ?? ''}`} />;
  return (
    <>
      <span aria-live="polite">{text.exports.states[state]}</span>
      <Progress percent={Math.round(progress * 100)} size="small" status="active" aria-label={text.exports.progress} />
    </>
  );
}

function Bundle({ job: { id, recording, bytes, sha256, keptUntil } }: { readonly job: ExportJob }) {
  const { text, date, number } = useLanguage();
  return (
    <>
      <Button
        type="primary"
        size="small"
        icon={<DownloadOutlined aria-hidden />}
        href={`/api/archive/exports/${id}/bundle.zip`}
        download={`${recording}.zip`}
      >
        {text.requests.download}
      </Button>
      <div className="facts">
        {text.exports.size(number(Math.max(0.1, Math.round((bytes ?? 0) / (MEGABYTE / 10)) / 10)))} ·{' '}
        {text.exports.keptUntil(date(keptUntil))}
      </div>
      <div className="hash">SHA-256 {sha256}</div>
    </>
  );
}
