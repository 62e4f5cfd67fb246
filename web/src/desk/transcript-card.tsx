import { Card } from 'antd';
import { useEffect, useRef } from 'react';
import type { ContextLine } from '../../../src/domain/contact-context.ts';
import { useLanguage } from '../text/language.tsx';

/** What was said and is being said; it follows the newest line while its end is in sight. */
export function TranscriptCard({ lines }: { readonly lines: readonly ContextLine[] }) {
  const { text, language } = useLanguage();
  const time = new Intl.DateTimeFormat(language, { timeStyle: 'medium' });
  const words = text.desk.transcript;
  const list = useRef<HTMLOListElement>(null);
  const following = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever there are more
  useEffect(() => {
    const { current } = list;
    if (current !== null && following.current) current.scrollTop = current.scrollHeight;
  }, [lines.length]);
  return (
    <Card title={<h2 className="desk-card-title">{words.title}</h2>}>
      {lines.length === 0 ? <p className="facts">{words.none}</p> : null}
      <ol
        ref={list}
        className="transcript desk-transcript"
        aria-live="polite"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keyboard
        tabIndex={0}
        aria-label={words.title}
        onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => {
          following.current = scrollTop + clientHeight > scrollHeight - 40;
        }}
      >
        {lines.map(({ at, side, text: said }, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines are only added
          <li key={place} className={side === 'customer' ? 'turn customer' : 'turn bank'}>
            <div className="turn-head">
              <strong>{words.sides[side]}</strong>
              <span>{time.format(at)}</span>
            </div>
            {said}
          </li>
        ))}
      </ol>
    </Card>
  );
}
