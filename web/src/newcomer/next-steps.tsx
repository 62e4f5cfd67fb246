import { useLanguage } from '../text/language.tsx';
import type { NewcomerFacts } from './use-newcomer-facts.ts';

/** What else there is, once somebody has heard it. */
export function NextSteps({ facts }: { readonly facts: NewcomerFacts | undefined }) {
  const { text } = useLanguage();
  const words = text.newcomer.next;
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
