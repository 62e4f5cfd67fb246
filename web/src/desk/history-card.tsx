import { Card } from 'antd';
import type { ContactContext } from '../../../src/domain/contact-context.ts';
import { Mark } from '../parts/mark.tsx';
import { useLanguage } from '../text/language.tsx';

/** What the bank and the customer have had to do with each other before. */
export function HistoryCard({ context: { pastContacts, tickets } }: { readonly context: ContactContext }) {
  const { text, date } = useLanguage();
  const words = text.desk.context;
  return (
    <Card title={<h2 className="desk-card-title">{words.history}</h2>}>
      {pastContacts.length === 0 ? <p className="facts">{words.noHistory}</p> : null}
      <ul className="desk-list">
        {pastContacts.map(({ contact, at, intent, outcome }) => (
          <li key={contact}>
            <span className="facts">{date(at)}</span>{' '}
            {[intent, words.outcomes[outcome] ?? outcome].filter(Boolean).join(' · ')}
          </li>
        ))}
      </ul>
      <h3 className="desk-card-title">{words.tickets}</h3>
      {tickets.length === 0 ? <p className="facts">{words.noTickets}</p> : null}
      <ul className="desk-list">
        {tickets.map(({ id, department, state }) => (
          <li key={id}>
            <strong>{id}</strong> {department} <Mark tone="plain">{state}</Mark>
          </li>
        ))}
      </ul>
    </Card>
  );
}
