import { Button, Card, Form, Input, Radio } from 'antd';
import type { DeskSetup } from '../../../src/agents/agent-desk.ts';
import { Failure } from '../parts/failure.tsx';
import { useAction } from '../parts/use-action.ts';
import { useLanguage } from '../text/language.tsx';
import type { Ended } from './desk-view.ts';
import type { Desk } from './use-desk.ts';

interface Props {
  readonly desk: Desk;
  readonly ended: Ended;
  readonly setup: DeskSetup;
}

/** What came of the conversation, before the next one. */
export function WrapUpCard({ desk: { connection }, ended, setup }: Props) {
  const { text } = useLanguage();
  const words = text.desk.wrapUp;
  const finish = useAction(async ({ reason, notes = '' }: { readonly reason: string; readonly notes?: string }) => {
    await connection.send('wrap-up', { contact: ended.contact, reason, notes });
  });
  return (
    <Card title={<h2 className="desk-card-title">{words.title}</h2>} extra={ended.queue}>
      {ended.because === undefined ? null : <p role="status">{words.because[ended.because] ?? ended.because}</p>}
      <Failure error={finish.error} />
      <Form layout="vertical" onFinish={finish.run}>
        <Form.Item name="reason" label={words.reason} rules={[{ required: true }]}>
          <Radio.Group options={setup.wrapUpReasons.map((value) => ({ value, label: value }))} />
        </Form.Item>
        <Form.Item name="notes" label={words.notes}>
          <Input.TextArea rows={5} maxLength={2_000} showCount />
        </Form.Item>
        <Button type="primary" htmlType="submit" loading={finish.busy}>
          {words.finish}
        </Button>
      </Form>
    </Card>
  );
}
