import { DownloadOutlined } from '@ant-design/icons';
import { Button, Space, Table, type TableColumnsType, Typography } from 'antd';
import { useCallback, useEffect, useRef, useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import type { FoundPage, FoundRecording, RecordingQuery } from '../../../src/archive/recording-search.ts';
import { call } from '../app/api.ts';
import { useMay } from '../app/session.tsx';
import { Failure } from '../parts/failure.tsx';
import { Mark } from '../parts/mark.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { StateTag } from '../parts/state-tag.tsx';
import { clockOf, type LanguageValue, useLanguage } from '../text/language.tsx';
import { HoldDialog } from './hold-dialog.tsx';
import { RequestDialog } from './request-dialog.tsx';
import { SavedSearches } from './saved-searches.tsx';
import { SearchForm } from './search-form.tsx';

/** The query stands in the address, so that going back from a recording finds the list again; numbers of customers do not. */
const PRIVATE = new Set(['number', 'account', 'words']);

export function SearchPage() {
  const { text } = useLanguage();
  const [params, setParams] = useSearchParams();
  const [query, setQuery] = useState<RecordingQuery>(() => {
    try {
      return JSON.parse(params.get('q') ?? sessionStorage.getItem('tellerline-query') ?? '{}') as RecordingQuery;
    } catch {
      return {};
    }
  });
  const [page, setPage] = useState<FoundPage>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const asked = useRef(0);
  const load = useCallback(async (wanted: RecordingQuery, after?: string) => {
    // an answer that comes after that of a later search is not shown
    const turn = ++asked.current;
    setBusy(true);
    setError(undefined);
    try {
      const next = await call<FoundPage>('POST', '/api/archive/search', {
        query: wanted,
        ...(after === undefined ? {} : { after }),
      });
      if (turn !== asked.current) return;
      setPage((before) =>
        after === undefined || before === undefined
          ? next
          : { ...next, recordings: [...before.recordings, ...next.recordings] },
      );
    } catch (thrown) {
      if (turn === asked.current) setError(thrown);
    } finally {
      if (turn === asked.current) setBusy(false);
    }
  }, []);
  useEffect(() => void load(query), [load, query]);
  const search = (next: RecordingQuery): void => {
    sessionStorage.setItem('tellerline-query', JSON.stringify(next));
    const open = Object.fromEntries(Object.entries(next).filter(([name]) => !PRIVATE.has(name)));
    setParams(
      Object.keys(open).length === Object.keys(next).length && Object.keys(open).length > 0
        ? { q: JSON.stringify(open) }
        : {},
      { replace: true },
    );
    setQuery(next);
  };
  return (
    <>
      <PageHead title={text.search.title} />
      <SearchForm query={query} busy={busy} onSearch={search} />
      <SavedSearches query={query} onOpen={search} />
      <Failure error={error} />
      {page === undefined ? null : (
        // with another search nothing is chosen that nobody sees any more
        <Results
          key={JSON.stringify(query)}
          page={page}
          query={query}
          busy={busy}
          onMore={() => void load(query, page.next ?? undefined)}
        />
      )}
    </>
  );
}

function Results({
  page,
  query,
  busy,
  onMore,
}: {
  readonly page: FoundPage;
  readonly query: RecordingQuery;
  readonly busy: boolean;
  readonly onMore: () => void;
}) {
  const language = useLanguage();
  const { text } = language;
  const may = useMay();
  const [ticked, setTicked] = useState<readonly string[]>([]);
  // also of what was ticked while another answer was on its way
  const shown = new Set(page.recordings.map(({ id }) => id));
  const chosen = ticked.filter((id) => shown.has(id));
  const acts = may('hold.place') || may('recording.destroy') || may('recording.restrict');
  const csv = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
  return (
    <section aria-label={text.search.title}>
      <div className="page-head">
        <Typography.Text strong aria-live="polite">
          {text.search.found(page.count, page.countedTo !== null)}
        </Typography.Text>
        <Space wrap>
          {may('hold.place') ? <HoldDialog recordings={chosen} /> : null}
          {may('recording.restrict') ? (
            <RequestDialog
              action="recording.restrict"
              targets={chosen}
              terms={{ on: true }}
              label={text.search.restrict}
            />
          ) : null}
          {may('recording.destroy') ? (
            <RequestDialog action="recording.destroy" targets={chosen} terms={{}} label={text.search.destroy} danger />
          ) : null}
          <Button
            icon={<DownloadOutlined aria-hidden />}
            href={`/api/archive/recordings.csv?${csv.toString()}`}
            download
          >
            {text.search.csv}
          </Button>
        </Space>
      </div>
      <Table<FoundRecording>
        size="small"
        rowKey="id"
        pagination={false}
        loading={busy}
        dataSource={[...page.recordings]}
        scroll={{ x: 1000 }}
        locale={{ emptyText: text.search.nothing }}
        {...(acts
          ? {
              rowSelection: {
                selectedRowKeys: [...chosen],
                onChange: (keys) => setTicked(keys.map(String)),
                getCheckboxProps: ({ id }) => ({ 'aria-label': id }),
              },
            }
          : {})}
        columns={columnsOf(language)}
      />
      <Space style={{ marginTop: 12 }} size="middle">
        {page.next === null ? null : (
          <Button loading={busy} onClick={onMore}>
            {text.more}
          </Button>
        )}
        {acts ? <Typography.Text type="secondary">{text.search.select}</Typography.Text> : null}
      </Space>
    </section>
  );
}

/** Nobody knows yet, or never will, how long they are. */
const UNMEASURED: ReadonlySet<string> = new Set(['EXPECTED', 'OPEN', 'EXEMPT', 'MISSING']);

const columnsOf = ({ text, date, day }: LanguageValue): TableColumnsType<FoundRecording> => [
  {
    title: text.search.started,
    render: (_, { id, startedAt }) => <Link to={`/recordings/${id}`}>{date(startedAt)}</Link>,
  },
  {
    title: text.search.duration,
    render: (_, { durationMs, state }) =>
      UNMEASURED.has(state) ? text.none : <span className="clock">{clockOf(durationMs)}</span>,
  },
  {
    title: text.search.caller,
    render: (_, { caller, direction }) => (
      <>
        {caller} <span className="facts">{text.search[direction]}</span>
      </>
    ),
  },
  { title: text.search.queue, render: (_, { queue }) => queue ?? text.none },
  { title: text.search.agent, render: (_, { agent }) => agent ?? text.none },
  {
    title: text.search.intent,
    render: (_, { intents, snippet }) => (
      <>
        {intents.length === 0 ? text.none : intents.join(', ')}
        {snippet === null ? null : <div className="facts">“{snippet}”</div>}
      </>
    ),
  },
  {
    title: text.search.state,
    render: (_, { state, holds, restricted }) => (
      <Space size={4} wrap>
        <StateTag state={state} />
        {holds > 0 ? <Mark tone="warn">{text.search.held1}</Mark> : null}
        {restricted ? <Mark tone="plain">{text.search.restricted}</Mark> : null}
      </Space>
    ),
  },
  {
    title: text.search.keptUntil,
    render: (_, { retainUntil }) => (retainUntil === null ? text.none : day(retainUntil)),
  },
];
