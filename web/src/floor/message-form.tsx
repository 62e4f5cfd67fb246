import { Button, Form, Input, Select } from 'antd';
import { useState } from 'react';
import { call } from '../app/api.ts';
import { Failure } from '../parts/failure.tsx';
import { useAction } from '../parts/use-action.ts';
import { useLanguage } from '../text/language.tsx';

/** A message to the desks of everybody who works on these queues. */
export function MessageForm({ queues }: { readonly queues: readonly string[] }) {
  const { text } = useLanguage();
  const words = text.floor;
  const [said, setSaid] = useState('');
  const [to, setTo] = useState<string[]>([]);
  const [sent, setSent] = useState(false);
  const send = useAction(async () => {
    await call('POST', '/api/staff/floor/messages', { text: said.trim(), queues: to });
    setSaid('');
    setSent(true);
  });
  return (
    <section className="floor-part" aria-labelledby="floor-message">
      <h2 id="floor-message">{words.message}</h2>
      <Failure error={send.error} />
      <Form layout="inline" onFinish={() => said.trim() !== '' && send.run()}>
        <Form.Item label={words.messageTo} htmlFor="message-to">
          <Select
            id="message-to"
            aria-label={words.messageTo}
            mode="multiple"
            style={{ minWidth: 200 }}
            placeholder={words.everybody}
            value={to}
            onChange={setTo}
            options={queues.map((queue) => ({ value: queue, label: queue }))}
          />
        </Form.Item>
        <Form.Item style={{ flex: 1 }}>
          <Input
            aria-label={words.message}
            maxLength={500}
            value={said}
            onChange={(event) => {
              setSent(false);
              setSaid(event.target.value);
            }}
          />
        </Form.Item>
        <Button type="primary" htmlType="submit" loading={send.busy} disabled={said.trim() === ''}>
          {words.send}
        </Button>
        {sent ? (
          <span role="status" className="facts" style={{ marginInlineStart: 12 }}>
            {words.sent}
          </span>
        ) : null}
      </Form>
    </section>
  );
}
