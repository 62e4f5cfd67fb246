import { Button, Form, Input, InputNumber, Modal, Select, Space, Table } from 'antd';
import { useState } from 'react';
import type { StaffAccount } from '../../../src/staff/accounts.ts';
import { DATA_LEVELS, type DataLevel } from '../../../src/domain/data-level.ts';
import type { Role } from '../../../src/staff/staff-service.ts';
import { call } from '../app/api.ts';
import { useSession } from '../app/session.tsx';
import { Failure } from '../parts/failure.tsx';
import { Mark } from '../parts/mark.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { useAction } from '../parts/use-action.ts';
import { useLoaded } from '../parts/use-loaded.ts';
import { useLanguage } from '../text/language.tsx';

const ROLES: readonly Role[] = [
  'agent',
  'supervisor',
  'quality',
  'compliance',
  'legal',
  'privacy',
  'auditor',
  'administrator',
];
const path = (id: string): string => `/api/staff/accounts/${encodeURIComponent(id)}`;

export function AccountsPage() {
  const { text, date } = useLanguage();
  const { session } = useSession();
  const { value, error, loading, reload } = useLoaded<{ accounts: StaffAccount[] }>('/api/staff/accounts');
  const [editing, setEditing] = useState<StaffAccount | 'new'>();
  const [resetting, setResetting] = useState<StaffAccount>();
  const disable = useAction(async ({ id, disabled }: StaffAccount) => {
    await call('PATCH', path(id), { disabled: !disabled });
    await reload();
  });
  const closed = (): void => {
    setEditing(undefined);
    setResetting(undefined);
    void reload();
  };
  return (
    <>
      <PageHead title={text.accounts.title} lead={text.accounts.lead}>
        <Button type="primary" onClick={() => setEditing('new')}>
          {text.accounts.add}
        </Button>
      </PageHead>
      <Failure error={error ?? disable.error} />
      <Table<StaffAccount>
        rowKey="id"
        size="small"
        loading={loading}
        dataSource={value?.accounts ?? []}
        pagination={{ pageSize: 25, hideOnSinglePage: true }}
        columns={[
          {
            title: text.accounts.name,
            render: (_, { name, fullName, id }) => (
              <>
                {name} {id === session?.id ? <Mark tone="plain">{text.accounts.you}</Mark> : null}
                <div className="facts">{fullName}</div>
              </>
            ),
          },
          { title: text.accounts.roles, render: (_, { roles }) => roles.map((role) => text.roles[role]).join(', ') },
          { title: text.accounts.queues, render: (_, { attributes }) => attributes.queues.join(', ') || text.none },
          { title: text.accounts.level, render: (_, { attributes }) => attributes.level },
          {
            title: text.accounts.state,
            render: (_, { disabled, enrolled, mustChange }) => (
              <Space size={4} wrap>
                <Mark tone={disabled ? 'bad' : 'plain'}>
                  {disabled ? text.accounts.disabled : text.accounts.active}
                </Mark>
                {enrolled ? <Mark tone="plain">{text.accounts.factor}</Mark> : null}
                {mustChange ? <Mark tone="warn">{text.accounts.first}</Mark> : null}
              </Space>
            ),
          },
          { title: text.policies.since, render: (_, { createdAt }) => date(createdAt) },
          {
            title: '',
            render: (_, account) =>
              account.id === session?.id ? null : (
                <Space wrap>
                  <Button size="small" onClick={() => setEditing(account)}>
                    {text.accounts.edit}
                  </Button>
                  <Button size="small" onClick={() => setResetting(account)}>
                    {text.accounts.reset}
                  </Button>
                  <Button
                    size="small"
                    danger={!account.disabled}
                    loading={disable.busy}
                    onClick={() => disable.run(account)}
                  >
                    {account.disabled ? text.accounts.enable : text.accounts.disable}
                  </Button>
                </Space>
              ),
          },
        ]}
      />
      {editing === undefined ? null : (
        <AccountEditor {...(editing === 'new' ? {} : { account: editing })} onClose={closed} />
      )}
      {resetting === undefined ? null : <Reset account={resetting} onClose={closed} />}
    </>
  );
}

interface Values {
  readonly name: string;
  readonly fullName?: string;
  readonly password: string;
  readonly roles: Role[];
  readonly queues?: string[];
  readonly level: DataLevel;
  readonly maxAgeDays?: number | null;
}

function AccountEditor({ account, onClose }: { readonly account?: StaffAccount; readonly onClose: () => void }) {
  const { text } = useLanguage();
  const [form] = Form.useForm<Values>();
  const { run, busy, error } = useAction(
    async ({ name, fullName = '', password, roles, queues = [], level, maxAgeDays = null }: Values) => {
      const changes = { fullName, roles, attributes: { queues, level, maxAgeDays } };
      if (account === undefined) await call('POST', '/api/staff/accounts', { ...changes, name, password });
      else await call('PATCH', path(account.id), changes);
      onClose();
    },
  );
  const initial =
    account === undefined
      ? { level: 'C2', queues: [] }
      : { ...account, roles: [...account.roles], ...account.attributes };
  return (
    <Modal
      open
      title={account === undefined ? text.accounts.add : text.accounts.edit}
      okText={text.save}
      okButtonProps={{ loading: busy }}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <Failure error={error} />
      <Form<Values> form={form} layout="vertical" requiredMark={false} onFinish={run} initialValues={initial}>
        <Form.Item name="name" label={text.accounts.name} rules={[{ required: true }]}>
          <Input disabled={account !== undefined} autoComplete="off" maxLength={63} />
        </Form.Item>
        <Form.Item name="fullName" label={text.accounts.fullName}>
          <Input maxLength={120} autoComplete="off" />
        </Form.Item>
        {account === undefined ? (
          <Form.Item
            name="password"
            label={text.accounts.firstPassword}
            extra={text.accounts.firstHint}
            rules={[{ required: true, min: 12 }]}
          >
            <Input.Password autoComplete="new-password" />
          </Form.Item>
        ) : null}
        <Form.Item name="roles" label={text.accounts.roles} rules={[{ required: true }]}>
          <Select mode="multiple" options={ROLES.map((role) => ({ value: role, label: text.roles[role] }))} />
        </Form.Item>
        <Form.Item name="queues" label={text.accounts.queues}>
          <Select mode="tags" open={false} suffixIcon={null} tokenSeparators={[',', ' ']} />
        </Form.Item>
        <Space>
          <Form.Item name="level" label={text.accounts.level}>
            <Select options={DATA_LEVELS.map((level) => ({ value: level, label: level }))} style={{ width: 90 }} />
          </Form.Item>
          <Form.Item name="maxAgeDays" label={text.accounts.maxAge}>
            <InputNumber min={1} max={36_500} precision={0} placeholder={text.accounts.anyAge} style={{ width: 180 }} />
          </Form.Item>
        </Space>
      </Form>
    </Modal>
  );
}

function Reset({ account, onClose }: { readonly account: StaffAccount; readonly onClose: () => void }) {
  const { text } = useLanguage();
  const [form] = Form.useForm<{ password: string }>();
  const { run, busy, error } = useAction(async ({ password }: { password: string }) => {
    await call('POST', `${path(account.id)}/reset`, { password });
    onClose();
  });
  return (
    <Modal
      open
      title={`${text.accounts.reset}: ${account.name}`}
      okText={text.accounts.reset}
      okButtonProps={{ danger: true, loading: busy }}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <Failure error={error} />
      <Form form={form} layout="vertical" requiredMark={false} onFinish={run}>
        <Form.Item
          name="password"
          label={text.accounts.firstPassword}
          extra={text.accounts.firstHint}
          rules={[{ required: true, min: 12 }]}
        >
          <Input.Password autoComplete="new-password" autoFocus />
        </Form.Item>
      </Form>
    </Modal>
  );
}
