import { Button, Form, Input, QRCode, Typography } from 'antd';
import { useEffect, useState } from 'react';
import { call } from '../app/api.ts';
import { useSession } from '../app/session.tsx';
import { Failure } from '../parts/failure.tsx';
import { useAction } from '../parts/use-action.ts';
import { Waiting } from '../parts/waiting.tsx';
import { useLanguage } from '../text/language.tsx';

interface Offer {
  readonly secret: string;
  readonly uri: string;
}
/** Asked for once, though React mounts a page twice while it is developed: the second one would undo the first. */
let offering: Promise<Offer> | undefined;

export function EnrolmentStep({ onCodes }: { readonly onCodes: (codes: readonly string[]) => void }) {
  const { text } = useLanguage();
  const { refresh } = useSession();
  const [offer, setOffer] = useState<Offer>();
  const [failed, setFailed] = useState<unknown>();
  useEffect(() => {
    offering ??= call<Offer>('POST', '/api/staff/enrolment');
    offering.then(setOffer, (error: unknown) => {
      offering = undefined;
      setFailed(error);
    });
  }, []);
  const { run, busy, error } = useAction(async (values: { code: string }) => {
    const { recoveryCodes } = await call<{ recoveryCodes: string[] }>('POST', '/api/staff/enrolment/confirm', values);
    offering = undefined;
    onCodes(recoveryCodes);
    await refresh();
  });
  if (failed !== undefined) return <Failure error={failed} />;
  if (offer === undefined) return <Waiting />;
  return (
    <Form layout="vertical" onFinish={run} requiredMark={false}>
      <h1 style={{ fontSize: 22, marginTop: 0 }}>{text.signIn.enrolTitle}</h1>
      <p>{text.signIn.enrolLead}</p>
      <div role="img" aria-label={text.signIn.qr} style={{ display: 'grid', placeItems: 'center' }}>
        <QRCode value={offer.uri} type="svg" size={196} bordered={false} />
      </div>
      <p>
        {text.signIn.enrolSecret}
        <br />
        <Typography.Text code copyable={{ text: offer.secret }}>
          {offer.secret.match(/.{1,4}/g)?.join(' ')}
        </Typography.Text>
      </p>
      <Failure error={error} />
      <Form.Item name="code" label={text.signIn.code} rules={[{ required: true }]}>
        <Input autoComplete="one-time-code" inputMode="numeric" autoFocus maxLength={8} />
      </Form.Item>
      <Button type="primary" htmlType="submit" block loading={busy}>
        {text.signIn.confirm}
      </Button>
    </Form>
  );
}
