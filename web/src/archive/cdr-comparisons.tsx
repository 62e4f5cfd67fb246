import { UploadOutlined } from '@ant-design/icons';
import { Alert, Button, Card, Table } from 'antd';
import { type ChangeEvent, useRef, useState } from 'react';
import type { CdrComparisonResult, CdrComparisonRow } from '../../../src/archive/completeness.ts';
import { call } from '../app/api.ts';
import { Failure } from '../parts/failure.tsx';
import { useAction } from '../parts/use-action.ts';
import { clockOf, useLanguage } from '../text/language.tsx';

type Kind = 'unknownHere' | 'unrecorded' | 'differing' | 'unknownThere';
interface Compared extends CdrComparisonResult {
  readonly counts: Readonly<Record<Kind, number>>;
}
interface Difference {
  readonly key: string;
  readonly kind: Kind;
  readonly line: number | null;
  readonly at: number;
  readonly call: string;
  readonly lengths: string;
}

/** Call records of the switch before us, brought as a file and compared with ours. */
export function CdrComparisons({
  comparisons,
  onCompared,
}: {
  readonly comparisons: readonly CdrComparisonRow[];
  readonly onCompared: () => void;
}) {
  const { text } = useLanguage();
  const chooser = useRef<HTMLInputElement>(null);
  const [result, setResult] = useState<Compared>();
  const { run, busy, error } = useAction(async (file: File) => {
    setResult(undefined);
    setResult(await call<Compared>('POST', '/api/archive/completeness/comparisons', { csv: await file.text() }));
    onCompared();
  });
  const choose = ({ target }: ChangeEvent<HTMLInputElement>): void => {
    const [file] = target.files ?? [];
    target.value = '';
    if (file !== undefined) run(file);
  };
  return (
    <Card size="small" title={text.cdr.title} style={{ marginBottom: 16 }}>
      <p>{text.cdr.lead}</p>
      <input ref={chooser} type="file" accept=".csv,text/csv" hidden aria-label={text.cdr.choose} onChange={choose} />
      <Button icon={<UploadOutlined aria-hidden />} loading={busy} onClick={() => chooser.current?.click()}>
        {text.cdr.choose}
      </Button>
      <div aria-live="polite" style={{ marginTop: 12 }}>
        <Failure error={error} />
        {result === undefined ? null : <Result result={result} />}
      </div>
      {comparisons.length === 0 ? null : <Earlier comparisons={comparisons} />}
    </Card>
  );
}

function Result({ result }: { readonly result: Compared }) {
  const { text, date, number } = useLanguage();
  const { counts, compared } = result;
  const rows = differencesIn(result);
  const agrees = Object.values(counts).every((count) => count === 0);
  return (
    <>
      <Alert
        type={agrees ? 'success' : 'warning'}
        showIcon
        title={agrees ? text.cdr.agrees(compared) : text.cdr.differs(compared)}
        style={{ marginBottom: 12 }}
      />
      {agrees ? null : (
        <Table<Difference>
          rowKey="key"
          size="small"
          dataSource={rows}
          pagination={{ pageSize: 10, hideOnSinglePage: true }}
          scroll={{ x: 700 }}
          columns={[
            { title: text.cdr.what, render: (_, { kind }) => text.cdr.kinds[kind] },
            { title: text.cdr.line, render: (_, { line }) => (line === null ? text.none : number(line)) },
            { title: text.completeness.when, render: (_, { at }) => date(at) },
            { title: text.cdr.call, render: (_, each) => <span className="hash">{each.call}</span> },
            { title: text.cdr.lengths, dataIndex: 'lengths' },
          ]}
        />
      )}
    </>
  );
}

const lengthOf = (ms: number | null): string => (ms === null ? '—' : clockOf(ms));

const differencesIn = ({ unknownHere, unrecorded, differing, unknownThere }: CdrComparisonResult): Difference[] => [
  ...unknownHere.map(({ line, startedAt, sipCallId, durationMs }) =>
    difference('unknownHere', line, startedAt, sipCallId, lengthOf(durationMs)),
  ),
  ...unrecorded.map(({ line, startedAt, contact, durationMs }) =>
    difference('unrecorded', line, startedAt, contact, lengthOf(durationMs)),
  ),
  ...differing.map(({ line, startedAt, contact, durationMs, ourMs }) =>
    difference('differing', line, startedAt, contact, `${lengthOf(durationMs)} / ${lengthOf(ourMs)}`),
  ),
  ...unknownThere.map(({ contact, startedAt }) => difference('unknownThere', null, startedAt, contact, '')),
];

const difference = (kind: Kind, line: number | null, at: number, of: string, lengths: string): Difference => ({
  key: `${kind} ${line ?? of}`,
  kind,
  line,
  at,
  call: of,
  lengths,
});

function Earlier({ comparisons }: { readonly comparisons: readonly CdrComparisonRow[] }) {
  const { text, date, number } = useLanguage();
  return (
    <Table<CdrComparisonRow>
      style={{ marginTop: 16 }}
      rowKey="id"
      size="small"
      dataSource={[...comparisons]}
      pagination={{ pageSize: 5, hideOnSinglePage: true }}
      scroll={{ x: 700 }}
      columns={[
        { title: text.cdr.compared, render: (_, { at }) => date(at) },
        { title: text.cdr.period, render: (_, { from, to }) => `${date(from)} – ${date(to)}` },
        { title: text.completeness.expected, align: 'right', render: (_, { compared }) => number(compared) },
        { title: text.cdr.wrong, align: 'right', render: (_, { wrong }) => number(wrong) },
        { title: text.cdr.other, align: 'right', render: (_, { differing }) => number(differing) },
        {
          title: text.completeness.report,
          render: (_, { id, at, leafIndex }) => (
            <a
              href={`/api/archive/completeness/reports/${id}`}
              download
              aria-label={text.completeness.download(date(at))}
            >
              {text.completeness.leaf(leafIndex === null ? text.none : number(leafIndex))}
            </a>
          ),
        },
      ]}
    />
  );
}
