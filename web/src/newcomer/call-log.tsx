import { Card, Tag } from 'antd';
import { useEffect, useRef } from 'react';
import { clockOf, useLanguage } from '../text/language.tsx';
import type { CallEntry } from './call-entries.ts';

/** What was said, heard and decided, as it happens. */
export function CallLog({ entries }: { readonly entries: readonly CallEntry[] }) {
  const { text } = useLanguage();
  const end = useRef<HTMLLIElement>(null);
  useEffect(() => {
    end.current?.scrollIntoView({ block: 'nearest' });
  }, [entries]);
  return (
    <Card className="log-card" title={text.newcomer.log}>
      <ol className="call-log" aria-live="polite" aria-relevant="additions text">
        {entries.map((entry) => (
          <li key={entry.key} className={entry.is} ref={end}>
            <time>{clockOf(entry.atMs)}</time>
            <Entry entry={entry} />
          </li>
        ))}
      </ol>
    </Card>
  );
}

function Entry({ entry }: { readonly entry: CallEntry }) {
  const { text } = useLanguage();
  const words = text.newcomer;
  switch (entry.is) {
    case 'said':
      return (
        <div className="bubble">
          <strong>{words.bot}</strong>
          <p>{entry.text}</p>
          {entry.cut ? <Tag>{words.interrupted}</Tag> : null}
        </div>
      );
    case 'heard':
      return (
        <div className="bubble">
          <strong>{words.you}</strong>
          <p>{entry.text === '' ? words.nothingHeard : entry.text}</p>
          <Tag color={entry.outcome === 'match' ? 'success' : 'default'}>
            {words.outcomes[entry.outcome] ?? entry.outcome} · {Math.round(entry.confidence * 100)} %
          </Tag>
        </div>
      );
    case 'keyed':
      return (
        <div className="bubble">
          <strong>{words.you}</strong>
          <p>{entry.secret ? words.keyedSecret(entry.count) : words.keyed(entry.count)}</p>
        </div>
      );
    case 'decided':
      return (
        <p className="decision">
          {words.decisions[entry.what]}
          {entry.detail === '' ? null : <code>{entry.detail}</code>}
        </p>
      );
  }
}
