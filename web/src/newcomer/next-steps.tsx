import { useEffect, useState } from 'react';
import { call } from '../app/api.ts';
import { useLanguage } from '../text/language.tsx';

interface Facts {
  readonly version: string;
  readonly accounts: boolean;
}

/** What else there is, once somebody has heard it. */
export function NextSteps() {
  const { text } = useLanguage();
  const words = text.newcomer.next;
  const [facts, setFacts] = useState<Facts>();
  useEffect(() => {
    call<Facts>('GET', '/api/newcomer').then(setFacts, () => undefined);
  }, []);
  return (
    <section className="next-steps" aria-label={words.title}>
      <div>
        <h2>{words.console}</h2>
        <p>{facts?.accounts === false ? words.noAccount : words.someAccount}</p>
        {facts?.accounts === false ? <pre>tellerline staff add NAME --roles compliance</pre> : null}
        <a href="/console">{words.openConsole}</a>
      </div>
      <div>
        <h2>{words.dialplan}</h2>
        <p>{words.dialplanText}</p>
        <code>dialplans/bank-hotline.yaml</code>
      </div>
      <div>
        <h2>{words.telephones}</h2>
        <p>{words.telephonesText}</p>
        <a href="/docs">{words.api}</a>
      </div>
      <p className="newcomer-foot">{words.foot(facts?.version ?? '')}</p>
    </section>
  );
}
