import { DownloadOutlined } from '@ant-design/icons';
import { Button, Space, Table } from 'antd';
import { useState } from 'react';
import { Failure } from '../parts/failure.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { useLoaded } from '../parts/use-loaded.ts';
import { useLanguage } from '../text/language.tsx';
import { Formulas } from './formulas.tsx';
import { ReportFilters, type Wanted } from './report-filters.tsx';
import { named, shownKpi } from './shown-kpi.ts';

interface Line {
  readonly name: string;
  readonly interval: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly kpis: Readonly<Record<string, number | null>>;
}
interface Report {
  readonly formulas: readonly { readonly name: string; readonly formula: string }[];
  readonly lines: readonly Line[];
}

const DAY_MS = 86_400_000;
/** Beside the KPIs, whose parts they are. */
const COUNTS = {
  queue: ['answered', 'abandoned', 'callbacks', 'consults', 'refused', 'longest_wait_ms'],
  agent: ['offers', 'handled', 'missed', 'declined', 'signed_in_ms', 'break_ms'],
} as const;
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Names stay in their order. Both are ISO 8601. */
const newestFirst = (a: Line, b: Line): number => (a.interval === b.interval ? 0 : a.interval < b.interval ? 1 : -1);

/** Every KPI of queues and agents by day or quarter of an hour, each with its formula, and as a file. */
export function ReportsPage() {
  const { text, number, date, day } = useLanguage();
  const words = text.reports;
  const [wanted, setWanted] = useState<Wanted>({ of: 'queue', interval: 'day', days: 7 });
  const { of, interval, days } = wanted;
  // of the whole minute: the address stays the same while the page is drawn
  const [now] = useState(() => Math.ceil(Date.now() / 60_000) * 60_000);
  const query = new URLSearchParams({
    of,
    interval,
    zone,
    from: new Date(now - Math.max(1, days - 1) * DAY_MS).toISOString(),
    until: new Date(now + DAY_MS).toISOString(),
  });
  const { value, error, loading, reload } = useLoaded<Report>(`/api/staff/reports?${query}`);
  const formulas = value?.formulas ?? [];
  const nameOf = (name: string): string => named(words.names, name);
  const when = (at: string): string => (interval === 'day' ? day(at) : date(Date.parse(at)));
  return (
    <>
      <PageHead title={words.title} lead={words.lead}>
        <Space wrap>
          <Button onClick={() => void reload()}>{words.again}</Button>
          <Button icon={<DownloadOutlined aria-hidden />} href={`/api/staff/reports?${query}&format=csv`} download>
            {words.csv}
          </Button>
        </Space>
      </PageHead>
      <ReportFilters value={wanted} onChange={setWanted} />
      <Failure error={error} />
      <Table<Line>
        rowKey={({ interval: at, name }) => `${at} ${name}`}
        size="small"
        loading={loading}
        scroll={{ x: 'max-content' }}
        dataSource={(value?.lines ?? []).toSorted(newestFirst)}
        locale={{ emptyText: words.nothing }}
        columns={[
          { title: words.when, fixed: 'left', render: (_, { interval: at }) => when(at) },
          { title: of === 'queue' ? words.queue : words.agent, fixed: 'left', render: (_, { name }) => name },
          ...formulas.map(({ name }) => ({
            key: name,
            title: nameOf(name),
            align: 'right' as const,
            render: (_: unknown, { kpis }: Line) => shownKpi(name, kpis[name] ?? null, number),
          })),
          ...COUNTS[of].map((name) => ({
            key: name,
            title: nameOf(name),
            align: 'right' as const,
            render: (_: unknown, { counts }: Line) => shownKpi(name, counts[name] ?? 0, number),
          })),
        ]}
      />
      <Formulas of={formulas} />
    </>
  );
}
