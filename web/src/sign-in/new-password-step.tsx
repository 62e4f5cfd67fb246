import { Button, Form, Input } from 'antd';
import { call } from '../app/api.ts';
import { useSession } from '../app/session.tsx';
import { Failure } from '../parts/failure.tsx';
import { useAction } from '../parts/use-action.ts';
import { useLanguage } from '../text/language.tsx';

interface Values {
  readonly current: string;
  readonly next: string;
  readonly again: string;
}

export function NewPasswordStep() {
  const { text } = useLanguage();
  const { refresh } = useSession();
  const { run, busy, error } = useAction(async ({ current, next }: Values) => {
    await call('POST', '/api/staff/password', { current, next });
    await refresh();
  });
  return (
    <Form<Values> layout="vertical" onFinish={run} requiredMark={false}>
      <h1 style={{ fontSize: 22, marginTop: 0 }}>{text.signIn.newTitle}</h1>
      <p>{text.signIn.newLead}</p>
      <Failure error={error} />
      <Form.Item name="current" label={text.signIn.current} rules={[{ required: true }]}>
        <Input.Password autoComplete="current-password" autoFocus />
      </Form.Item>
      <Form.Item
        name="next"
        label={text.signIn.next}
        extra={text.signIn.nextHint}
        rules={[{ required: true, min: 12 }]}
      >
        <Input.Password autoComplete="new-password" />
      </Form.Item>
      <Form.Item
        name="again"
        label={text.signIn.again}
        dependencies={['next']}
        rules={[
          { required: true },
          ({ getFieldValue }) => ({
            validator: (_rule, value: string) =>
              value === getFieldValue('next') ? Promise.resolve() : Promise.reject(new Error(text.signIn.differs)),
          }),
        ]}
      >
        <Input.Password autoComplete="new-password" />
      </Form.Item>
      <Button type="primary" htmlType="submit" block loading={busy}>
        {text.signIn.confirm}
      </Button>
    </Form>
  );
}
