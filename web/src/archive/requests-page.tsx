import { App, Button, Input, Modal, Progress, Space, Table, Tag } from 'antd';
import { useEffect, useState } from 'react';
import type { ExportJob } from '../../../src/archive/exports.ts';
import type { ApprovalState } from '../../../src/staff/approvals.ts';
import { call } from '../app/api.ts';
import { Failure } from '../parts/failure.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { useAction } from '../parts/use-action.ts';
import { useLoaded } from '../parts/use-loaded.ts';
import { useLanguage } from '../text/language.tsx';
import { Terms } from './terms.tsx';

export interface AskedFor {
  readonly id: string;
  readonly action: string;
  readonly targets: readonly string[];
  readonly terms: Readonly<Record<string, unknown>>;
  readonly purpose: string;
  readonly ticket: string;
  readonly state: ApprovalState;
  readonly requester: string;
  readonly approver: string | null;
  readonly expiresAt: number;
  readonly own: boolean;
  readonly mayDecide: boolean;
}
interface CarriedOut {
  readonly export?: ExportJob;
  readonly refused?: Readonly<Record<string, string>>;
}

export function RequestsPage() {
  const { text, date } = useLanguage();
  const { message, modal } = App.useApp();
  const { value, error, loading, reload } = useLoaded<{ requests: AskedFor[] }>('/api/archive/requests');
  const [deciding, setDeciding] = useState<AskedFor>();
  const [job, setJob] = useState<string>();
  const carryOut = useAction(async ({ id }: AskedFor) => {
    const done = await call<CarriedOut>('POST', `/api/archive/requests/${id}/carry-out`);
    if (done.export === undefined) void message.success(text.requests.done);
    else setJob(done.export.id);
    const stays = Object.entries(done.refused ?? {});
    if (stays.length > 0)
      modal.warning({
        title: text.requests.stays(stays.length),
        content: stays.map(([recording, why]) => (
          <p key={recording}>
            <span className="hash">{recording}</span>: {text.requests.stayReasons[why] ?? why}
          </p>
        )),
      });
    await reload();
  });
  return (
    <>
      <PageHead title={text.requests.title} lead={text.requests.lead} />
      <Failure error={error ?? carryOut.error} />
      {job === undefined ? null : <ExportProgress job={job} />}
      <Table<AskedFor>
        rowKey="id"
        size="small"
        loading={loading}
        dataSource={value?.requests ?? []}
        pagination={{ pageSize: 20, hideOnSinglePage: true }}
        locale={{ emptyText: text.requests.nothing }}
        scroll={{ x: 1000 }}
        columns={[
          {
            title: text.requests.action,
            render: (_, { action, terms }) => (
              <>
                {text.requests.actions[action] ?? action}
                <Terms terms={terms} />
              </>
            ),
          },
          { title: text.requests.targets, render: (_, { targets }) => <Targets ids={targets} /> },
          {
            title: text.audit.why,
            render: (_, { purpose, ticket }) => (
              <>
                {purpose}
                <div className="facts">{ticket}</div>
              </>
            ),
          },
          {
            title: text.requests.by,
            render: (_, { requester, own }) => (own ? `${requester} (${text.requests.own})` : requester),
          },
          { title: text.requests.decidedBy, render: (_, { approver }) => approver ?? text.none },
          { title: text.requests.expires, render: (_, { expiresAt }) => date(expiresAt) },
          { title: text.search.state, render: (_, { state }) => <Tag>{text.requests.states[state]}</Tag> },
          {
            title: '',
            render: (_, request) => (
              <Space>
                {request.mayDecide ? (
                  <Button onClick={() => setDeciding(request)}>{text.emergencies.review}</Button>
                ) : null}
                {request.own && request.state === 'approved' ? (
                  <Button type="primary" loading={carryOut.busy} onClick={() => carryOut.run(request)}>
                    {text.requests.carryOut}
                  </Button>
                ) : null}
              </Space>
            ),
          },
        ]}
      />
      {deciding === undefined ? null : (
        <Decision
          request={deciding}
          onDone={() => {
            setDeciding(undefined);
            void reload();
          }}
        />
      )}
    </>
  );
}

function Targets({ ids }: { readonly ids: readonly string[] }) {
  return (
    <>
      {ids.slice(0, 3).map((id) => (
        <div key={id} className="hash">
          {id}
        </div>
      ))}
      {ids.length > 3 ? `+ ${ids.length - 3}` : null}
    </>
  );
}

function Decision({ request, onDone }: { readonly request: AskedFor; readonly onDone: () => void }) {
  const { text } = useLanguage();
  const [note, setNote] = useState('');
  const { run, busy, error } = useAction(async (decision: 'approved' | 'refused') => {
    await call('POST', `/api/archive/requests/${request.id}/decision`, { decision, note });
    onDone();
  });
  return (
    <Modal
      open
      title={text.requests.actions[request.action] ?? request.action}
      onCancel={onDone}
      footer={
        <Space>
          <Button danger loading={busy} onClick={() => run('refused')}>
            {text.requests.refuse}
          </Button>
          <Button type="primary" loading={busy} onClick={() => run('approved')}>
            {text.requests.approve}
          </Button>
        </Space>
      }
    >
      <Failure error={error} />
      <p>{text.requests.confirmApprove}</p>
      <div style={{ maxHeight: 220, overflow: 'auto' }}>
        {request.targets.map((id) => (
          <div key={id} className="hash">
            {id}
          </div>
        ))}
      </div>
      <Terms terms={request.terms} />
      <p>
        <strong>{request.purpose}</strong> {request.ticket}
      </p>
      <Input.TextArea
        aria-label={text.requests.note}
        placeholder={text.requests.note}
        maxLength={500}
        value={note}
        onChange={(event) => setNote(event.target.value)}
      />
    </Modal>
  );
}

const LOOK_MS = 700;

function ExportProgress({ job }: { readonly job: string }) {
  const { text } = useLanguage();
  const [state, setState] = useState<ExportJob>();
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let over = false;
    const look = async (): Promise<void> => {
      try {
        const now = await call<ExportJob>('GET', `/api/archive/exports/${job}`);
        if (over) return;
        setState(now);
        if (now.state === 'waiting' || now.state === 'running') timer = setTimeout(() => void look(), LOOK_MS);
      } catch (thrown) {
        setError(thrown);
      }
    };
    void look();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [job]);
  const done = state?.state === 'done';
  return (
    <section aria-label={text.recording.export} style={{ marginBottom: 16, maxWidth: 560 }}>
      <Failure error={error} />
      <p aria-live="polite">{done ? text.requests.done : text.requests.exporting}</p>
      <Progress
        percent={Math.round((state?.progress ?? 0) * 100)}
        status={state?.state === 'failed' ? 'exception' : done ? 'success' : 'active'}
      />
      {done ? (
        <>
          <Button type="primary" href={`/api/archive/exports/${job}/bundle.zip`} download>
            {text.requests.download}
          </Button>
          <p className="hash">SHA-256 {state.sha256}</p>
        </>
      ) : null}
    </section>
  );
}
