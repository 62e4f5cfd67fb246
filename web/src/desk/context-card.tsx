import { Card, Descriptions } from 'antd';
import type { ContactContext } from '../../../src/domain/contact-context.ts';
import { Mark } from '../parts/mark.tsx';
import { useLanguage } from '../text/language.tsx';

const UPSET = -0.25;
const CONTENT = 0.25;
const MOVES = 0.15;
const AGAIN = { asked: 'warn', verified: 'good', 'not-verified': 'bad' } as const;

/** Who it is, how that was proved, what they want, how they feel, and what the bot has tried: in the order in which it is needed. */
export function ContextCard({ context }: { readonly context: ContactContext }) {
  const { text, number, language } = useLanguage();
  const time = new Intl.DateTimeFormat(language, { timeStyle: 'short' });
  const words = text.desk.context;
  const { customer, verified, verifiedAgain, intents, sentiment, tried, slots } = context;
  const mood = sentiment.now <= UPSET ? 'angry' : sentiment.now >= CONTENT ? 'content' : 'neutral';
  const trend = sentiment.trend <= -MOVES ? 'worse' : sentiment.trend >= MOVES ? 'better' : 'same';
  const percent = (share: number): string => `${number(Math.round(share * 100))} %`;
  const products = customer?.products ?? [];
  return (
    <Card
      title={
        <h2 className="desk-card-title">
          {customer?.name === undefined || customer.name === '' ? words.unknown : customer.name}
          {customer?.valueClass === undefined ? null : <Mark tone="plain">{customer.valueClass}</Mark>}
          <Mark tone={verified === undefined ? 'bad' : 'good'}>
            {verified === undefined ? words.notVerified : words.verified(verified.how)}
          </Mark>
          {verifiedAgain === undefined ? null : (
            <Mark tone={AGAIN[verifiedAgain.outcome]}>
              {words.verifiedAgain[verifiedAgain.outcome](time.format(verifiedAgain.at))}
            </Mark>
          )}
          <Mark tone={mood === 'angry' ? 'bad' : mood === 'content' ? 'good' : 'plain'}>
            {words.mood}: {words.moods[mood]}
            {', '}
            {words.trends[trend]}
          </Mark>
        </h2>
      }
    >
      <p className="desk-wants">
        <span className="facts">{words.wants}</span>
        {intents.length === 0
          ? words.wantsUnknown
          : intents.map(({ name, confidence }, at) => (
              <span key={name} className={at === 0 ? 'desk-intent first' : 'desk-intent'}>
                {name} <span className="facts">{words.confidence(percent(confidence))}</span>
              </span>
            ))}
      </p>
      <div className="desk-wants">
        <span className="facts">{words.tried}</span>
        {tried.length === 0 ? words.nothingTried : null}
        {tried.map(({ what, result }) => (
          <span key={`${what} ${result}`}>
            {what} <Mark tone={result === 'done' ? 'good' : 'bad'}>{words.results[result]}</Mark>
          </span>
        ))}
      </div>
      <Descriptions
        size="small"
        column={2}
        items={[
          { key: 'caller', label: words.caller, children: context.caller },
          { key: 'called', label: words.called, children: context.called },
          { key: 'language', label: words.language, children: context.language },
          { key: 'products', label: words.products, children: products.length === 0 ? text.none : products.join(', ') },
          ...Object.entries(slots).map(([name, value]) => ({ key: `slot ${name}`, label: name, children: value })),
          { key: 'dialplan', label: words.dialplan, children: `${context.dialplan.id} ${context.dialplan.version}` },
          { key: 'contact', label: words.contact, children: <span className="hash">{context.contact}</span> },
          ...(context.recording === undefined
            ? []
            : [
                {
                  key: 'recording',
                  label: words.recording,
                  children: <span className="hash">{context.recording}</span>,
                },
              ]),
        ]}
      />
    </Card>
  );
}
