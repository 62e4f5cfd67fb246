import { Alert, Button } from 'antd';
import { useEffect, useState } from 'react';
import { Failure } from '../parts/failure.tsx';
import { useLoaded } from '../parts/use-loaded.ts';
import { Waiting } from '../parts/waiting.tsx';
import { useLanguage } from '../text/language.tsx';
import type { DeskSetup } from '../../../src/agents/agent-desk.ts';
import { CallbacksCard } from './callbacks-card.tsx';
import { ContextCard } from './context-card.tsx';
import { HistoryCard } from './history-card.tsx';
import { KnowledgeCard } from './knowledge-card.tsx';
import { Messages } from './messages.tsx';
import { OfferCard } from './offer-card.tsx';
import { PhoneCard } from './phone-card.tsx';
import { SignInCard } from './sign-in-card.tsx';
import { StateBar } from './state-bar.tsx';
import { TalkCard } from './talk-card.tsx';
import { TicketDialog } from './ticket-dialog.tsx';
import { TranscriptCard } from './transcript-card.tsx';
import { useDesk } from './use-desk.ts';
import { WrapUpCard } from './wrap-up-card.tsx';
import './desk.css';

/** All that an agent works with. What is known of the customer is on the left, what the agent does on the right. */
export function DeskPage() {
  const { text } = useLanguage();
  const desk = useDesk();
  const { view, connection } = desk;
  const words = text.desk;
  // who is there to be consulted changes with every state of ours
  const loaded = useLoaded<DeskSetup>(view.way === 'open' ? '/api/staff/desk/setup' : undefined, view.desk?.state);
  const [setup, setSetup] = useState<DeskSetup>();
  const [ticketFor, setTicketFor] = useState<string>();
  const talk = view.talk ?? view.ended?.talk;
  const context = view.offer?.context ?? talk?.context;
  // what can be chosen stays while the server is away: a card that is being filled in must not go
  useEffect(() => setSetup((before) => loaded.value ?? before), [loaded.value]);
  // whoever looks at another tab sees that somebody waits
  useEffect(() => {
    document.title = view.offer === undefined ? words.title : `☎ ${words.offer.title[view.offer.kind]}`;
    return () => {
      document.title = text.product;
    };
  }, [view.offer, words, text.product]);

  if (view.way === 'elsewhere' || view.way === 'no-agent')
    return (
      <>
        <h1 className="desk-title">{words.title}</h1>
        <Alert
          type="warning"
          showIcon
          title={words.ways[view.way]}
          action={view.way === 'elsewhere' ? <Button onClick={connection.takeOver}>{words.takeOver}</Button> : null}
        />
      </>
    );
  if (view.desk === undefined) return <Waiting />;
  const signedOut = view.desk.state === 'signed-out';
  return (
    <>
      <StateBar desk={desk} setup={setup} />
      {view.way === 'lost' ? <Alert role="alert" type="error" showIcon title={words.ways.lost} /> : null}
      <Failure error={loaded.error} />
      <Messages desk={desk} />
      {signedOut ? (
        setup === undefined ? null : (
          <SignInCard desk={desk} setup={setup} />
        )
      ) : (
        <div className="desk-columns">
          <div>
            {view.offer === undefined ? null : <OfferCard desk={desk} offer={view.offer} />}
            {context === undefined ? <p className="desk-quiet">{words.quiet}</p> : <ContextCard context={context} />}
            {context === undefined ? null : <TranscriptCard lines={context.transcript} />}
          </div>
          <div>
            {view.talk !== undefined && setup !== undefined ? (
              <TalkCard
                desk={desk}
                talk={view.talk}
                setup={setup}
                openTicket={() => setTicketFor(view.talk?.contact)}
              />
            ) : null}
            {view.ended !== undefined && view.desk.state === 'wrap-up' && setup !== undefined ? (
              <WrapUpCard key={view.ended.contact} desk={desk} ended={view.ended} setup={setup} />
            ) : null}
            {view.desk.device === 'browser' ? <PhoneCard desk={desk} /> : null}
            {view.talk === undefined ? null : <KnowledgeCard talk={view.talk} />}
            {context === undefined ? <CallbacksCard desk={desk} /> : <HistoryCard context={context} />}
          </div>
        </div>
      )}
      {talk === undefined || setup === undefined ? null : (
        <TicketDialog
          key={talk.contact}
          open={ticketFor === talk.contact}
          talk={talk}
          setup={setup}
          close={() => setTicketFor(undefined)}
          send={connection.send}
        />
      )}
    </>
  );
}
