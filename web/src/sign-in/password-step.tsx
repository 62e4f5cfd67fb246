import { Button, Form, Input } from 'antd';
import { call } from '../app/api.ts';
import { useSession } from '../app/session.tsx';
import { Failure } from '../parts/failure.tsx';
import { useAction } from '../parts/use-action.ts';
import { useLanguage } from '../text/language.tsx';

export function PasswordStep() {
  const { text } = useLanguage();
  const { refresh } = useSession();
  const { run, busy, error } = useAction(async (values: { name: string; password: string }) => {
    await call('POST', '/api/staff/sign-in', values);
    await refresh();
  });
  return (
    <Form layout="vertical" onFinish={run} requiredMark={false}>
      <h1 style={{ fontSize: 22, marginTop: 0 }}>{text.signIn.title}</h1>
      <Failure error={error} />
      <Form.Item name="name" label={text.signIn.name} rules={[{ required: true }]}>
        <Input autoComplete="username" autoFocus />
      </Form.Item>
      <Form.Item name="password" label={text.signIn.password} rules={[{ required: true }]}>
        <Input.Password autoComplete="current-password" />
      </Form.Item>
      <Button type="primary" htmlType="submit" block loading={busy}>
        {text.signIn.go}
      </Button>
    </Form>
  );
}

export function CodeStep() {
  const { text } = useLanguage();
  const { refresh } = useSession();
  const { run, busy, error } = useAction(async (values: { code: string }) => {
    await call('POST', '/api/staff/second-factor', values);
    await refresh();
  });
  return (
    <Form layout="vertical" onFinish={run} requiredMark={false}>
      <h1 style={{ fontSize: 22, marginTop: 0 }}>{text.signIn.codeTitle}</h1>
      <p>{text.signIn.codeLead}</p>
      <Failure error={error} />
      <Form.Item name="code" label={text.signIn.code} rules={[{ required: true }]}>
        <Input autoComplete="one-time-code" autoFocus maxLength={40} />
      </Form.Item>
      <Button type="primary" htmlType="submit" block loading={busy}>
        {text.signIn.confirm}
      </Button>
    </Form>
  );
}
