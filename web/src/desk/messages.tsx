import { Alert, Button } from 'antd';
import { useLanguage } from '../text/language.tsx';
import type { Desk } from './use-desk.ts';

/** What supervisors tell everybody; and why an offer came to nothing. */
export function Messages({ desk: { view, connection } }: { readonly desk: Desk }) {
  const { text, date } = useLanguage();
  const words = text.desk;
  return (
    <>
      {view.missed === undefined ? null : (
        <Alert
          role="status"
          type="info"
          showIcon
          className="desk-message"
          title={words.offer.ended[view.missed] ?? words.offer.endedOtherwise}
        />
      )}
      {view.messages.map(({ from, at, text: said }) => (
        <Alert
          key={at}
          role="alert"
          type="warning"
          showIcon
          className="desk-message"
          title={said}
          description={`${words.messageFrom(from)} · ${date(at)}`}
          action={<Button onClick={() => connection.read(at)}>{words.read}</Button>}
        />
      ))}
    </>
  );
}
