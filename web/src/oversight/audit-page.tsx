import { Alert, Button, Form, Input, Space, Table, type TableColumnsType } from 'antd';
import { useEffect, useState } from 'react';
import type { AuditRow } from '../../../src/staff/audit.ts';
import { call } from '../app/api.ts';
import { Failure } from '../parts/failure.tsx';
import { Mark } from '../parts/mark.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { useAction } from '../parts/use-action.ts';
import type { Text } from '../text/en.ts';
import { type LanguageValue, useLanguage } from '../text/language.tsx';

interface Filter {
  readonly actor?: string;
  readonly action?: string;
  readonly target?: string;
}
const PAGE = 100;

export function AuditPage() {
  const language = useLanguage();
  const { text } = language;
  const [rows, setRows] = useState<readonly AuditRow[]>([]);
  const [more, setMore] = useState(false);
  const [filter, setFilter] = useState<Filter>({});
  const [chain, setChain] = useState<{ rows: number; broken: number | null }>();
  const load = useAction(async (wanted: Filter, before: number | undefined) => {
    const given = Object.entries({ ...wanted, before }).filter(([, value]) => value !== undefined && value !== '');
    const params = new URLSearchParams(given.map(([name, value]) => [name, String(value).trim()]));
    const answer = await call<{ rows: AuditRow[] }>('GET', `/api/staff/audit?${params.toString()}`);
    setRows((earlier) => (before === undefined ? answer.rows : [...earlier, ...answer.rows]));
    setMore(answer.rows.length === PAGE);
  });
  const verify = useAction(async () => setChain(await call('POST', '/api/staff/audit/verify')));
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, at first
  useEffect(() => load.run({}, undefined), []);
  return (
    <>
      <PageHead title={text.audit.title} lead={text.audit.lead}>
        <Button loading={verify.busy} onClick={() => verify.run()}>
          {text.audit.verify}
        </Button>
      </PageHead>
      <Failure error={load.error ?? verify.error} />
      {chain === undefined ? null : (
        <Alert
          showIcon
          style={{ marginBottom: 12 }}
          type={chain.broken === null ? 'success' : 'error'}
          title={chain.broken === null ? text.audit.whole(chain.rows) : text.audit.broken(chain.broken)}
        />
      )}
      <Form<Filter>
        layout="inline"
        style={{ marginBottom: 12, rowGap: 8 }}
        onFinish={(wanted) => {
          setFilter(wanted);
          load.run(wanted, undefined);
        }}
      >
        <Form.Item name="actor" label={text.audit.actor}>
          <Input allowClear />
        </Form.Item>
        <Form.Item name="action" label={text.audit.what}>
          <Input allowClear />
        </Form.Item>
        <Form.Item name="target" label={text.audit.target}>
          <Input allowClear />
        </Form.Item>
        <Button htmlType="submit">{text.audit.filter}</Button>
      </Form>
      <Table<AuditRow>
        rowKey="seq"
        size="small"
        loading={load.busy}
        dataSource={[...rows]}
        pagination={false}
        scroll={{ x: 1000 }}
        locale={{ emptyText: text.audit.nothing }}
        columns={columnsOf(language)}
      />
      {more ? (
        <Space style={{ marginTop: 12 }}>
          <Button loading={load.busy} onClick={() => load.run(filter, rows.at(-1)?.seq)}>
            {text.more}
          </Button>
        </Space>
      ) : null}
    </>
  );
}

/** A detail in words; what has none is shown as the trail has it. */
function shownDetail(name: string, value: string, { audit: { actions, details } }: Text): string {
  if (name === 'what') return details.kinds[value] ?? value;
  return `${details.names[name] ?? name} ${(name === 'action' ? actions[value] : undefined) ?? details.values[value] ?? value}`;
}

const columnsOf = ({ text, date }: LanguageValue): TableColumnsType<AuditRow> => [
  { title: text.audit.seq, dataIndex: 'seq' },
  { title: text.audit.when, render: (_, { at }) => date(at) },
  {
    title: text.audit.who,
    render: (_, { actor, role, address }) => (
      <>
        {actor}
        <div className="facts">{[role, address].filter((part) => part !== '').join(' · ')}</div>
      </>
    ),
  },
  { title: text.audit.what, render: (_, { action }) => text.audit.actions[action] ?? action },
  {
    title: text.audit.targets,
    render: (_, { targets }) =>
      targets.slice(0, 3).map((id) => (
        <div key={id} className="hash">
          {id}
        </div>
      )),
  },
  {
    title: text.audit.why,
    render: (_, { purpose, ticket }) => [purpose, ticket].filter((part) => part !== '').join(' · '),
  },
  {
    title: text.audit.result,
    render: (_, { result }) => (
      <Mark tone={result === 'denied' || result === 'failed' ? 'bad' : 'plain'}>{text.audit.results[result]}</Mark>
    ),
  },
  {
    title: text.audit.detail,
    render: (_, { detail }) => (
      <span className="facts">
        {Object.entries(detail)
          .map(([name, value]) => shownDetail(name, String(value), text))
          .join(', ')}
      </span>
    ),
  },
];
