import { App, Button, Drawer, Form, Input, InputNumber, Modal, Radio, Space, Table, Timeline } from 'antd';
import { useState } from 'react';
import type { RetentionPolicy } from '../../../src/archive/retention-policies.ts';
import { call } from '../app/api.ts';
import { useMay } from '../app/session.tsx';
import { Failure } from '../parts/failure.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { useAction } from '../parts/use-action.ts';
import { useLoaded } from '../parts/use-loaded.ts';
import { useLanguage } from '../text/language.tsx';
import { PurposeFields } from './purpose-fields.tsx';

export function PoliciesPage() {
  const { text, date } = useLanguage();
  const may = useMay();
  const { value, error, loading } = useLoaded<{ policies: RetentionPolicy[] }>('/api/archive/policies');
  const [editing, setEditing] = useState<RetentionPolicy | 'new'>();
  const [history, setHistory] = useState<string>();
  return (
    <>
      <PageHead title={text.policies.title} lead={text.policies.lead}>
        {may('policy.change') ? <Button onClick={() => setEditing('new')}>{text.policies.add}</Button> : null}
      </PageHead>
      <Failure error={error} />
      <Table<RetentionPolicy>
        rowKey="id"
        size="small"
        loading={loading}
        dataSource={value?.policies ?? []}
        pagination={false}
        columns={[
          {
            title: text.policies.name,
            render: (_, { name, id }) => (
              <>
                {name}
                <div className="facts">{id}</div>
              </>
            ),
          },
          { title: text.policies.duration, render: (_, { years, months }) => text.policies.kept(years, months) },
          {
            title: text.policies.basis,
            render: (_, { basis }) =>
              basis.kind === 'fixed' ? text.policies.fixed : text.policies.afterEvent(basis.event),
          },
          { title: text.policies.law, dataIndex: 'legalReference' },
          { title: text.policies.version, dataIndex: 'version' },
          { title: text.policies.since, render: (_, { since }) => date(since) },
          { title: text.policies.approvedBy, dataIndex: 'approvedBy' },
          {
            title: '',
            render: (_, policy) => (
              <Space>
                <Button size="small" onClick={() => setHistory(policy.id)}>
                  {text.policies.history}
                </Button>
                {may('policy.change') ? (
                  <Button size="small" onClick={() => setEditing(policy)}>
                    {text.policies.edit}
                  </Button>
                ) : null}
              </Space>
            ),
          },
        ]}
      />
      {editing === undefined ? null : (
        <PolicyEditor {...(editing === 'new' ? {} : { policy: editing })} onClose={() => setEditing(undefined)} />
      )}
      {history === undefined ? null : <History id={history} onClose={() => setHistory(undefined)} />}
    </>
  );
}

function History({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const { text, date } = useLanguage();
  const { value, error } = useLoaded<{ versions: RetentionPolicy[] }>(
    `/api/archive/policies/${encodeURIComponent(id)}/history`,
  );
  return (
    <Drawer open title={`${text.policies.history}: ${id}`} onClose={onClose}>
      <Failure error={error} />
      <Timeline
        items={(value?.versions ?? []).map(
          ({ version, name, legalReference, years, months, since, approvedBy, basis }) => ({
            key: version,
            content: (
              <>
                <strong>
                  {text.policies.version} {version}
                </strong>{' '}
                · {date(since)}
                <div>{name}</div>
                <div>
                  {text.policies.kept(years, months)} ·{' '}
                  {basis.kind === 'fixed' ? text.policies.fixed : text.policies.afterEvent(basis.event)}
                </div>
                <div className="facts">
                  {legalReference} · {text.policies.approvedBy}: {approvedBy}
                </div>
              </>
            ),
          }),
        )}
      />
    </Drawer>
  );
}

interface Values {
  readonly id: string;
  readonly name: string;
  readonly legalReference: string;
  readonly kind: 'fixed' | 'event';
  readonly event?: string;
  readonly years: number;
  readonly months: number;
  readonly purpose: string;
  readonly ticket?: string;
}

function PolicyEditor({ policy, onClose }: { readonly policy?: RetentionPolicy; readonly onClose: () => void }) {
  const { text } = useLanguage();
  const { message } = App.useApp();
  const [form] = Form.useForm<Values>();
  const kind = Form.useWatch('kind', form);
  const { run, busy, error } = useAction(
    async ({ purpose, ticket = '', kind: basis, event = '', ...values }: Values) => {
      const terms = { ...values, basis: basis === 'fixed' ? { kind: basis } : { kind: basis, event } };
      await call('POST', '/api/archive/requests', {
        action: 'policy.change',
        targets: [values.id],
        terms,
        purpose,
        ticket,
      });
      void message.success(text.recording.exportAsked);
      onClose();
    },
  );
  return (
    <Modal
      open
      title={policy === undefined ? text.policies.add : text.policies.edit}
      okButtonProps={{ loading: busy }}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <p>{text.policies.lead}</p>
      <Failure error={error} />
      <Form<Values>
        form={form}
        layout="vertical"
        requiredMark={false}
        onFinish={run}
        initialValues={
          policy === undefined
            ? { kind: 'fixed', years: 5, months: 0 }
            : {
                ...policy,
                kind: policy.basis.kind,
                ...(policy.basis.kind === 'event' ? { event: policy.basis.event } : {}),
              }
        }
      >
        <Form.Item
          name="id"
          label={text.policies.id}
          rules={[{ required: true, pattern: /^[a-z0-9][a-z0-9-]{1,62}$/ }]}
        >
          <Input disabled={policy !== undefined} />
        </Form.Item>
        <Form.Item name="name" label={text.policies.name} rules={[{ required: true }]}>
          <Input maxLength={120} />
        </Form.Item>
        <Form.Item name="legalReference" label={text.policies.law} rules={[{ required: true }]}>
          <Input maxLength={300} />
        </Form.Item>
        <Form.Item name="kind" label={text.policies.basis}>
          <Radio.Group
            options={[
              { value: 'fixed', label: text.policies.fixed },
              { value: 'event', label: text.policies.event },
            ]}
          />
        </Form.Item>
        {kind === 'event' ? (
          <Form.Item name="event" label={text.policies.eventName} rules={[{ required: true }]}>
            <Input maxLength={80} />
          </Form.Item>
        ) : null}
        <Space>
          <Form.Item name="years" label={text.policies.years} rules={[{ required: true }]}>
            <InputNumber min={0} max={100} precision={0} />
          </Form.Item>
          <Form.Item name="months" label={text.policies.months} rules={[{ required: true }]}>
            <InputNumber min={0} max={11} precision={0} />
          </Form.Item>
        </Space>
        <PurposeFields />
      </Form>
    </Modal>
  );
}
