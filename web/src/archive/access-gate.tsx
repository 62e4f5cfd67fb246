import { Alert, Button, Card, Form, Radio, Space } from 'antd';
import { call } from '../app/api.ts';
import { useMay } from '../app/session.tsx';
import { Failure } from '../parts/failure.tsx';
import { useAction } from '../parts/use-action.ts';
import { useLanguage } from '../text/language.tsx';
import { PurposeFields } from './purpose-fields.tsx';

export interface Access {
  readonly grant: string;
  readonly action: 'recording.view' | 'recording.play' | 'recording.play-clear';
  readonly masked: boolean;
  /** Whose name lies over the player. */
  readonly watermark: string;
}
interface Values {
  readonly action: Access['action'];
  readonly purpose: string;
  readonly ticket?: string;
}

/** Before anything of a recording is shown: what is it needed for? */
export function AccessGate({ id, onAccess }: { readonly id: string; readonly onAccess: (access: Access) => void }) {
  const { text } = useLanguage();
  const may = useMay();
  const [form] = Form.useForm<Values>();
  const wanted = Form.useWatch('action', form);
  const enter = async ({ action, purpose, ticket = '' }: Values): Promise<void> => {
    onAccess(await call<Access>('POST', `/api/archive/recordings/${id}/access`, { action, purpose, ticket }));
  };
  const { run, busy, error } = useAction(enter);
  const emergency = useAction(async () => {
    const values = await form.validateFields();
    await call('POST', '/api/staff/break-glass', {
      recording: id,
      purpose: values.purpose,
      ticket: values.ticket ?? '',
    });
    await enter({ ...values, action: 'recording.play-clear' });
  });
  const levels = [
    ...(may('recording.play') ? [{ value: 'recording.play', label: text.access.play }] : []),
    ...(may('recording.play-clear') ? [{ value: 'recording.play-clear', label: text.access.clear }] : []),
    { value: 'recording.view', label: text.access.view },
  ];
  const refused = error !== undefined && may('break-glass.use');
  return (
    <Card style={{ maxWidth: 620 }} title={<h2 style={{ margin: 0, fontSize: 18 }}>{text.access.title}</h2>}>
      <p>{text.access.lead}</p>
      <Failure error={error ?? emergency.error} />
      <Form<Values>
        form={form}
        layout="vertical"
        onFinish={run}
        requiredMark={false}
        initialValues={{ action: levels[0]?.value }}
      >
        <Form.Item name="action" label={text.access.level}>
          <Radio.Group options={levels} vertical />
        </Form.Item>
        <PurposeFields ticketNeeded={wanted === 'recording.play-clear'} />
        <Button type="primary" htmlType="submit" loading={busy}>
          {text.access.go}
        </Button>
      </Form>
      {refused ? (
        <Alert
          style={{ marginTop: 20 }}
          type="warning"
          showIcon
          title={text.access.emergency}
          description={
            <Space orientation="vertical">
              {text.access.emergencyLead}
              <Button danger loading={emergency.busy} onClick={() => emergency.run()}>
                {text.access.emergencyGo}
              </Button>
            </Space>
          }
        />
      ) : null}
    </Card>
  );
}
