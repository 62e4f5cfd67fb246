import { Form, Input } from 'antd';
import { useLanguage } from '../text/language.tsx';

/** What something is needed for; `purpose` and `ticket` of the form. */
export function PurposeFields({ ticketNeeded = false }: { readonly ticketNeeded?: boolean }) {
  const { text } = useLanguage();
  return (
    <>
      <Form.Item name="purpose" label={text.access.purpose} rules={[{ required: true, min: 5 }]}>
        <Input.TextArea rows={2} maxLength={500} placeholder={text.access.purposeHint} autoFocus />
      </Form.Item>
      <Form.Item name="ticket" label={text.access.ticket} rules={[{ required: ticketNeeded }]}>
        <Input maxLength={120} autoComplete="off" />
      </Form.Item>
    </>
  );
}
