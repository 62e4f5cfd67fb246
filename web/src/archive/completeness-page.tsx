import { Alert, Card, Space, Statistic, Table } from 'antd';
import type { ArchiveState, CompletenessDay, CompletenessOverview } from '../../../src/archive/archive-services.ts';
import { Failure } from '../parts/failure.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { StateTag } from '../parts/state-tag.tsx';
import { useLoaded } from '../parts/use-loaded.ts';
import { Waiting } from '../parts/waiting.tsx';
import { useLanguage } from '../text/language.tsx';

export function CompletenessPage() {
  const { text, language } = useLanguage();
  const { value, error, loading } = useLoaded<CompletenessOverview>('/api/archive/completeness');
  if (loading) return <Waiting />;
  const days = value?.days ?? [];
  const expected = days.reduce((sum, day) => sum + day.expected, 0);
  const missing = days.reduce((sum, day) => sum + day.missing, 0);
  // rounded down: 100 % is said only when nothing is missing
  const percent = expected === 0 ? 100 : Math.floor(((expected - missing) / expected) * 100_000) / 1000;
  const shown = new Intl.NumberFormat(language, { maximumFractionDigits: 3 }).format(percent);
  return (
    <>
      <PageHead title={text.completeness.title} lead={text.completeness.lead} />
      <Failure error={error} />
      {value === undefined ? null : (
        <>
          <Alert
            showIcon
            type={missing === 0 && value.missing.length === 0 ? 'success' : 'error'}
            title={text.completeness.complete(shown)}
            style={{ marginBottom: 16 }}
          />
          <Overview value={value} />
          <div className="two-columns">
            <Days days={days} />
            <Missing list={value.missing} />
          </div>
        </>
      )}
    </>
  );
}

function Overview({ value }: { readonly value: CompletenessOverview }) {
  const { text, date, number } = useLanguage();
  const test = value.lastTestCall;
  return (
    <Card size="small" title={text.completeness.byState} style={{ marginBottom: 16 }}>
      <Space size={36} wrap align="start">
        {Object.entries(value.states).map(([state, count]) => (
          <Statistic key={state} title={<StateTag state={state as ArchiveState} />} value={number(count)} />
        ))}
        <Statistic
          title={text.completeness.lastRun}
          value={value.lastRunAt === null ? text.none : date(value.lastRunAt)}
          styles={{ content: { fontSize: 16 } }}
        />
        <Statistic
          title={text.completeness.testCall}
          value={
            test === null ? text.none : `${test.ok ? text.completeness.ok : text.completeness.failed}, ${date(test.at)}`
          }
          styles={{ content: { fontSize: 16 } }}
        />
      </Space>
    </Card>
  );
}

function Days({ days }: { readonly days: readonly CompletenessDay[] }) {
  const { text, day, number } = useLanguage();
  return (
    <Table<CompletenessDay>
      rowKey="day"
      size="small"
      dataSource={[...days]}
      pagination={{ pageSize: 15, hideOnSinglePage: true }}
      columns={[
        { title: text.completeness.day, render: (_, each) => day(each.day) },
        { title: text.completeness.expected, align: 'right', render: (_, each) => number(each.expected) },
        {
          title: text.completeness.found,
          render: (_, { expected, found, missing }) => (
            <div style={{ minWidth: 120 }}>
              {number(found)}
              <div className="bar" aria-hidden="true">
                <i style={{ flexGrow: found }} />
                {missing > 0 ? <i className="missing" style={{ flexGrow: missing }} /> : null}
                <i style={{ flexGrow: Math.max(0, expected - found - missing), background: 'transparent' }} />
              </div>
            </div>
          ),
        },
        { title: text.completeness.exempt, align: 'right', render: (_, each) => number(each.exempt) },
        {
          title: text.completeness.lost,
          align: 'right',
          render: (_, each) =>
            each.missing > 0 ? <strong style={{ color: '#b3261e' }}>{number(each.missing)}</strong> : number(0),
        },
        {
          title: text.completeness.difference,
          align: 'right',
          render: (_, { callMs, audioMs }) => number(Math.max(0, Math.round((callMs - audioMs) / 1000))),
        },
      ]}
    />
  );
}

function Missing({ list }: { readonly list: CompletenessOverview['missing'] }) {
  const { text, date } = useLanguage();
  return (
    <Card size="small" title={text.completeness.missing}>
      {list.length === 0 ? (
        <p>{text.completeness.noneMissing}</p>
      ) : (
        <Table
          rowKey="contact"
          size="small"
          dataSource={[...list]}
          pagination={{ pageSize: 10, hideOnSinglePage: true }}
          columns={[
            { title: text.completeness.contact, render: (_, { contact }) => <span className="hash">{contact}</span> },
            { title: text.completeness.when, render: (_, { at }) => date(at) },
            { title: text.completeness.reason, render: (_, { reason }) => text.completeness.reasons[reason] ?? reason },
          ]}
        />
      )}
    </Card>
  );
}
