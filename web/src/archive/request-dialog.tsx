import { App, Button, Form, Modal } from 'antd';
import { type ReactNode, useState } from 'react';
import { call } from '../app/api.ts';
import { Failure } from '../parts/failure.tsx';
import { useAction } from '../parts/use-action.ts';
import { useLanguage } from '../text/language.tsx';
import { PurposeFields } from './purpose-fields.tsx';

interface Values {
  readonly purpose: string;
  readonly ticket?: string;
}

/** Asks for something that needs four eyes. */
export function RequestDialog({
  action,
  targets,
  terms,
  label,
  danger = false,
  children,
}: {
  readonly action: string;
  readonly targets: readonly string[];
  readonly terms: Readonly<Record<string, unknown>>;
  readonly label: string;
  readonly danger?: boolean;
  /** More of what is asked for. */
  readonly children?: ReactNode;
}) {
  const { text } = useLanguage();
  const { message } = App.useApp();
  const [open, setOpen] = useState(false);
  const [form] = Form.useForm<Values>();
  const { run, busy, error } = useAction(async ({ purpose, ticket = '' }: Values) => {
    await call('POST', '/api/archive/requests', { action, targets, terms, purpose, ticket });
    setOpen(false);
    form.resetFields();
    void message.success(text.recording.exportAsked);
  });
  return (
    <>
      <Button danger={danger} disabled={targets.length === 0} onClick={() => setOpen(true)}>
        {label}
      </Button>
      <Modal
        title={label}
        open={open}
        okText={label}
        okButtonProps={{ danger, loading: busy }}
        onOk={() => form.submit()}
        onCancel={() => setOpen(false)}
        destroyOnHidden
      >
        <p>{text.requests.lead}</p>
        <Failure error={error} />
        <p className="hash">{targets.join(' · ')}</p>
        {children}
        <Form<Values> form={form} layout="vertical" onFinish={run} requiredMark={false}>
          <PurposeFields />
        </Form>
      </Modal>
    </>
  );
}
