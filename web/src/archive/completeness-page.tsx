import { Alert, Card, Space, Statistic, Table } from 'antd';
import type { CompletenessDay, CompletenessFinding, CompletenessOverview } from '../../../src/archive/completeness.ts';
import type { ArchiveState } from '../../../src/domain/archive-state.ts';
import { Failure } from '../parts/failure.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { StateTag } from '../parts/state-tag.tsx';
import { useLoaded } from '../parts/use-loaded.ts';
import { Waiting } from '../parts/waiting.tsx';
import { useLanguage } from '../text/language.tsx';
import { CdrComparisons } from './cdr-comparisons.tsx';

export function CompletenessPage() {
  const { text } = useLanguage();
  const { value, error, loading, reload } = useLoaded<CompletenessOverview>('/api/archive/completeness');
  if (loading) return <Waiting />;
  return (
    <>
      <PageHead title={text.completeness.title} lead={text.completeness.lead} />
      <Failure error={error} />
      {value === undefined ? null : (
        <>
          <Verdict value={value} />
          <Overview value={value} />
          <Findings title={text.completeness.missing} nothing={text.completeness.noneMissing} list={value.missing} />
          <Findings
            title={text.completeness.unverified}
            nothing={text.completeness.noneUnverified}
            list={value.unverified}
          />
          <Days days={value.days} />
          <CdrComparisons comparisons={value.comparisons} onCompared={() => void reload()} />
        </>
      )}
    </>
  );
}

/** In one sentence; nothing is called good that was not compared. */
function Verdict({ value: { days, missing, unverified, lastRunAt } }: { readonly value: CompletenessOverview }) {
  const { text, language } = useLanguage();
  const { complete, neverCompared, lost, unproven } = text.completeness;
  const expected = days.reduce((sum, day) => sum + day.expected, 0);
  const absent = days.reduce((sum, day) => sum + day.missing, 0);
  // rounded down: 100 % is said only when nothing is missing
  const percent = expected === 0 ? 100 : Math.floor(((expected - absent) / expected) * 100_000) / 1000;
  const shown = new Intl.NumberFormat(language, { maximumFractionDigits: 3 }).format(percent);
  const [type, title] =
    lastRunAt === null
      ? (['info', neverCompared] as const)
      : missing.length > 0
        ? (['error', lost(missing.length)] as const)
        : unverified.length > 0
          ? (['warning', unproven(unverified.length)] as const)
          : (['success', complete(shown)] as const);
  return <Alert showIcon type={type} title={title} style={{ marginBottom: 16 }} />;
}

function Overview({ value }: { readonly value: CompletenessOverview }) {
  const { text, date, number } = useLanguage();
  const test = value.lastTestCall;
  const shown = Object.entries(value.states).filter(([, count]) => count > 0);
  return (
    <Card size="small" title={text.completeness.byState} style={{ marginBottom: 16 }}>
      <Space size={36} wrap align="start">
        {shown.map(([state, count]) => (
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
            test === null
              ? text.completeness.noTestCall
              : `${test.ok ? text.completeness.ok : text.completeness.failed}, ${date(test.at)}`
          }
          styles={{ content: { fontSize: 16 } }}
        />
      </Space>
    </Card>
  );
}

function Days({ days }: { readonly days: readonly CompletenessDay[] }) {
  const { text, day, number } = useLanguage();
  const count = (of: (each: CompletenessDay) => number) => (_: unknown, each: CompletenessDay) => number(of(each));
  return (
    <Card size="small" title={text.completeness.days} style={{ marginBottom: 16 }}>
      <Table<CompletenessDay>
        rowKey="day"
        size="small"
        dataSource={[...days]}
        pagination={{ pageSize: 10, hideOnSinglePage: true }}
        locale={{ emptyText: text.completeness.noDays }}
        scroll={{ x: 760 }}
        columns={[
          { title: text.completeness.day, render: (_, each) => day(each.day) },
          { title: text.completeness.expected, align: 'right', render: count(({ expected }) => expected) },
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
          { title: text.completeness.exempt, align: 'right', render: count(({ exempt }) => exempt) },
          { title: text.completeness.notProven, align: 'right', render: count(({ unverified }) => unverified) },
          {
            title: text.completeness.lost1,
            align: 'right',
            render: (_, { missing }) => (missing > 0 ? <strong className="bad">{number(missing)}</strong> : number(0)),
          },
          {
            title: text.completeness.difference,
            align: 'right',
            render: count(({ callMs, audioMs }) => Math.max(0, Math.round((callMs - audioMs) / 1000))),
          },
          {
            title: text.completeness.report,
            render: (_, { day: id, leafIndex }) => (
              <a
                href={`/api/archive/completeness/reports/${id}`}
                download
                aria-label={text.completeness.download(day(id))}
              >
                {text.completeness.leaf(leafIndex === null ? text.none : number(leafIndex))}
              </a>
            ),
          },
        ]}
      />
    </Card>
  );
}

function Findings({
  title,
  nothing,
  list,
}: {
  readonly title: string;
  readonly nothing: string;
  readonly list: readonly CompletenessFinding[];
}) {
  const { text, date } = useLanguage();
  return (
    <Card size="small" title={title} style={{ marginBottom: 16 }}>
      {list.length === 0 ? (
        <p className="facts">{nothing}</p>
      ) : (
        <Table<CompletenessFinding>
          rowKey="contact"
          size="small"
          dataSource={[...list]}
          pagination={{ pageSize: 10, hideOnSinglePage: true }}
          scroll={{ x: 640 }}
          columns={[
            { title: text.completeness.when, render: (_, { at }) => date(at) },
            { title: text.completeness.contact, render: (_, { contact }) => <span className="hash">{contact}</span> },
            { title: text.completeness.reason, render: (_, { reason }) => text.completeness.reasons[reason] ?? reason },
          ]}
        />
      )}
    </Card>
  );
}
