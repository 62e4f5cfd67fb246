import { LockOutlined } from '@ant-design/icons';
import { App, Button, Form, Input, Modal } from 'antd';
import { useState } from 'react';
import { call } from '../app/api.ts';
import { Failure } from '../parts/failure.tsx';
import { useAction } from '../parts/use-action.ts';
import { useLanguage } from '../text/language.tsx';

interface Values {
  readonly caseNo: string;
  readonly reason: string;
  readonly ids?: string;
}

/** Places a hold on recordings that were chosen, or, without `recordings`, on ids that are typed. */
export function HoldDialog({
  recordings,
  onPlaced,
}: {
  readonly recordings?: readonly string[];
  readonly onPlaced?: () => void;
}) {
  const { text } = useLanguage();
  const { message } = App.useApp();
  const [open, setOpen] = useState(false);
  const [form] = Form.useForm<Values>();
  const { run, busy, error } = useAction(async ({ caseNo, reason, ids = '' }: Values) => {
    const targets = recordings ?? ids.split(/\s+/).filter((id) => id !== '');
    await call('POST', '/api/archive/holds', { caseNo, reason, recordings: targets });
    setOpen(false);
    form.resetFields();
    void message.success(text.holds.placedNow);
    onPlaced?.();
  });
  return (
    <>
      <Button icon={<LockOutlined aria-hidden />} disabled={recordings?.length === 0} onClick={() => setOpen(true)}>
        {recordings === undefined ? text.holds.place : text.search.placeHold(recordings.length)}
      </Button>
      <Modal
        title={text.holds.place}
        open={open}
        okText={text.holds.place}
        okButtonProps={{ loading: busy }}
        onOk={() => form.submit()}
        onCancel={() => setOpen(false)}
        destroyOnHidden
      >
        <p>{text.holds.lead}</p>
        <Failure error={error} />
        <Form<Values> form={form} layout="vertical" onFinish={run} requiredMark={false}>
          <Form.Item name="caseNo" label={text.holds.caseNo} rules={[{ required: true }]}>
            <Input maxLength={120} autoFocus />
          </Form.Item>
          <Form.Item name="reason" label={text.holds.reason} rules={[{ required: true, min: 5 }]}>
            <Input.TextArea maxLength={500} rows={2} />
          </Form.Item>
          {recordings === undefined ? (
            <Form.Item name="ids" label={text.holds.ids} rules={[{ required: true }]}>
              <Input.TextArea rows={5} />
            </Form.Item>
          ) : null}
        </Form>
      </Modal>
    </>
  );
}
