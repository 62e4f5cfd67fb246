import { Button, Input, Modal } from 'antd';
import { useState } from 'react';
import { Failure } from '../parts/failure.tsx';
import { useAction } from '../parts/use-action.ts';
import { useLanguage } from '../text/language.tsx';
import type { Desk } from './use-desk.ts';

/** The customer on the line is called back at another time, for the same agent if at work. */
export function AppointmentButton({ desk: { connection } }: { readonly desk: Desk }) {
  const { text } = useLanguage();
  const words = text.desk.callbacks;
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState('');
  const [number, setNumber] = useState('');
  const book = useAction(async () => {
    const other = number.replace(/[\s-]/g, '');
    await connection.send('book-callback', {
      at: new Date(at).getTime(),
      ...(other === '' ? {} : { number: other }),
    });
    setOpen(false);
  });
  return (
    <>
      <Button size="large" onClick={() => setOpen(true)}>
        {words.book}
      </Button>
      <Modal
        open={open}
        title={words.book}
        okText={text.save}
        okButtonProps={{ loading: book.busy, disabled: at === '' }}
        cancelText={text.cancel}
        onOk={() => book.run()}
        onCancel={() => setOpen(false)}
      >
        <Failure error={book.error} />
        <p>
          <label htmlFor="callback-at">{words.until}</label>{' '}
          <input id="callback-at" type="datetime-local" value={at} onChange={({ target }) => setAt(target.value)} />
        </p>
        <label htmlFor="callback-number">{words.otherNumber}</label>
        <Input
          id="callback-number"
          inputMode="tel"
          maxLength={20}
          value={number}
          onChange={({ target }) => setNumber(target.value)}
        />
      </Modal>
    </>
  );
}
