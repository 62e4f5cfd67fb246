import { Button, Card, Checkbox, Form, Radio } from 'antd';
import type { AgentDevice, DeskSetup } from '../../../src/agents/agent-desk.ts';
import { Failure } from '../parts/failure.tsx';
import { useAction } from '../parts/use-action.ts';
import { useLanguage } from '../text/language.tsx';
import type { Desk } from './use-desk.ts';

interface Choice {
  readonly queues: readonly string[];
  readonly device: AgentDevice;
}

/** Which queues, and through what: the browser's telephone is up before the queues know of the agent. */
export function SignInCard({ desk: { connection, phone }, setup }: { readonly desk: Desk; readonly setup: DeskSetup }) {
  const { text } = useLanguage();
  const words = text.desk;
  const queues = Object.entries(setup.queues);
  const signIn = useAction(async ({ queues: chosen, device }: Choice) => {
    await connection.signIn(device, chosen);
  });
  const trouble = phone.microphone === 'denied' || phone.microphone === 'missing' ? phone.microphone : undefined;
  return (
    <Card title={words.signIn} className="desk-sign-in">
      <p>{words.signInLead}</p>
      {setup.devices.length === 0 ? <Failure error={words.noDevice} /> : null}
      <Failure error={signIn.error} />
      {trouble === undefined ? null : <Failure error={words.phone[trouble]} />}
      <Form<Choice>
        layout="vertical"
        initialValues={{ queues: queues.map(([queue]) => queue), device: setup.devices[0] }}
        onFinish={signIn.run}
      >
        <Form.Item name="queues" label={words.queues} rules={[{ required: true, type: 'array', min: 1 }]}>
          <Checkbox.Group
            options={queues.map(([queue, level]) => ({ value: queue, label: `${queue} (${words.level(level)})` }))}
          />
        </Form.Item>
        <Form.Item name="device" label={words.device}>
          <Radio.Group options={setup.devices.map((value) => ({ value, label: words.devices[value] }))} />
        </Form.Item>
        <Button type="primary" htmlType="submit" loading={signIn.busy} disabled={setup.devices.length === 0}>
          {words.signIn}
        </Button>
      </Form>
    </Card>
  );
}
