import { Alert } from 'antd';
import { LanguageChoice } from '../parts/language-choice.tsx';
import { Logo } from '../parts/logo.tsx';
import { useLanguage } from '../text/language.tsx';
import { CallCard } from './call-card.tsx';
import { CallLog } from './call-log.tsx';
import { NextSteps } from './next-steps.tsx';
import { RecordingCard } from './recording-card.tsx';
import { useNewcomerCall } from './use-newcomer-call.ts';
import { useNewcomerFacts } from './use-newcomer-facts.ts';

export function NewcomerPage() {
  const { text } = useLanguage();
  const newcomer = useNewcomerCall();
  const facts = useNewcomerFacts();
  const { entries, ended, trouble } = newcomer;
  const words = text.newcomer;
  return (
    <>
      <a className="skip-link" href="#content">
        {text.skip}
      </a>
      <header className="newcomer-head">
        <span className="newcomer-brand">
          <Logo />
          {text.product}
        </span>
        <LanguageChoice />
      </header>
      <main id="content" className="newcomer" tabIndex={-1}>
        <h1>{words.title}</h1>
        <p className="page-lead">{words.lead}</p>
        {trouble === undefined ? null : (
          <Alert
            role="alert"
            type="error"
            showIcon
            title={words.troubles[trouble].title}
            description={words.troubles[trouble].remedy}
          />
        )}
        <div className={entries.length > 0 ? 'newcomer-columns' : 'newcomer-columns single'}>
          <div>
            <CallCard newcomer={newcomer} customer={facts?.customer ?? undefined} />
            {ended === undefined ? null : <RecordingCard key={ended.contact} call={ended} />}
          </div>
          {entries.length === 0 ? null : <CallLog entries={entries} />}
        </div>
        <NextSteps facts={facts} />
      </main>
    </>
  );
}
