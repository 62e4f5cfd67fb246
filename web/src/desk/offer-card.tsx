import { Button, Card, Progress, Space } from 'antd';
import { useEffect, useState } from 'react';
import type { Offer } from '../../../src/agents/agent-desk.ts';
import { COLOURS } from '../app/theme.ts';
import { Failure } from '../parts/failure.tsx';
import { useAction } from '../parts/use-action.ts';
import { useNow } from '../parts/use-now.ts';
import { clockOf, useLanguage } from '../text/language.tsx';
import { ring } from './ring.ts';
import type { Desk } from './use-desk.ts';
import { useKeys } from './use-keys.ts';

/** A key that was on its way when the offer came up does not answer it: whoever accepts has seen who it is. */
const SEEN_MS = 350;

/** Somebody is waiting: the context stands beside it before the buttons act. */
export function OfferCard({ desk: { connection, phone }, offer }: { readonly desk: Desk; readonly offer: Offer }) {
  const { text } = useLanguage();
  const words = text.desk.offer;
  const now = useNow();
  const [seen, setSeen] = useState(false);
  const [whole] = useState(() => Math.max(1, offer.until - Date.now()));
  const { entry, fence } = offer;
  const answer = useAction(async (how: 'accept' | 'decline') => {
    await connection.send(how, { entry, fence });
  });
  useEffect(() => {
    setSeen(false);
    const timer = setTimeout(() => setSeen(true), SEEN_MS);
    return () => clearTimeout(timer);
  }, [entry, fence]);
  useEffect(() => ring(connection.phone.loudspeaker), [entry, connection]);
  const ready = seen && !answer.busy;
  useKeys({ F8: () => ready && answer.run('accept'), F9: () => ready && answer.run('decline') });
  const left = Math.max(0, offer.until - now);
  return (
    <Card
      role="alertdialog"
      aria-label={words.title[offer.kind]}
      className="desk-offer"
      title={
        <h2 className="desk-card-title">
          {words.title[offer.kind]} · {offer.queue}
        </h2>
      }
      extra={<span>{words.waited(clockOf(offer.waitedMs))}</span>}
    >
      <Failure error={answer.error} />
      <Progress
        percent={(left / whole) * 100}
        showInfo={false}
        strokeColor={left < 5_000 ? COLOURS.bad : COLOURS.brand}
        aria-hidden
      />
      <div className="desk-offer-actions">
        <Space>
          <Button
            type="primary"
            size="large"
            disabled={!ready}
            aria-keyshortcuts="F8"
            onClick={() => answer.run('accept')}
          >
            {words.accept}
          </Button>
          <Button size="large" disabled={!ready} aria-keyshortcuts="F9" onClick={() => answer.run('decline')}>
            {words.decline}
          </Button>
        </Space>
        <span className="facts">{words.keys}</span>
        <span className="call-clock">{text.desk.left(clockOf(left))}</span>
      </div>
      {phone.phase === 'lost' ? <p role="alert">{text.desk.phone.phases.lost}</p> : null}
    </Card>
  );
}
