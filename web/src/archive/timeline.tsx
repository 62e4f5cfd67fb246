import { Button, Card, Timeline as Line } from 'antd';
import type { PlayedPrompt, RecordingDetail } from '../../../src/archive/recording-reader.ts';
import type { Text } from '../text/en.ts';
import { clockOf, useLanguage } from '../text/language.tsx';
import { SHOWN_EVENTS } from './shown-events.ts';
import { shownSpans } from './shown-spans.ts';

/** Every disclosure, and every prompt that was not played to its end; the others stand in the transcript. */
const isTold = ({ notice, outcome }: PlayedPrompt): boolean => notice !== null || outcome !== 'whole';

const entryOf = (
  { atMs, notice, outcome, wordsPlayed, words, endedIn, counted }: PlayedPrompt,
  n: number,
  text: Text['played'],
) => ({
  at: atMs,
  key: `played ${n}`,
  title: notice === null ? text.prompt : text.notice(notice),
  facts: outcome === 'interrupted' ? text.interrupted(wordsPlayed, words, endedIn, counted) : text[outcome],
});

/** What happened in the call and the spans of its recording, in one order; each leads to its moment. */
export function Timeline({
  detail,
  onSeek,
}: {
  readonly detail: RecordingDetail;
  readonly onSeek: (ms: number) => void;
}) {
  const { text } = useLanguage();
  const entries = [
    ...detail.events.flatMap(({ atMs, type, data }, n) => {
      // its receipt says more
      if (type === 'notice-given' && detail.played.length > 0) return [];
      const shown = SHOWN_EVENTS[type as keyof typeof SHOWN_EVENTS];
      if (shown === undefined) return [];
      const facts = shown.flatMap((name) =>
        data[name] === undefined ? [] : [text.values[String(data[name])] ?? String(data[name])],
      );
      return [{ at: atMs, key: `${type} ${n}`, title: text.events[type] ?? type, facts: facts.join(', ') }];
    }),
    ...detail.played.flatMap((prompt, n) => (isTold(prompt) ? [entryOf(prompt, n, text.played)] : [])),
    ...shownSpans(detail.spans).map(({ fromMs, toMs, kind, reason, channel }) => ({
      at: fromMs,
      key: `${kind} ${fromMs} ${channel}`,
      title: `${text.spans[kind]}: ${text.reasons[reason] ?? reason}`,
      facts: `${clockOf(fromMs)}–${clockOf(toMs)}`,
    })),
  ]
    // the end of a call is noted when its recording is sealed
    .map((entry) => ({ ...entry, at: Math.min(entry.at, detail.durationMs) }))
    .toSorted((a, b) => a.at - b.at);
  return (
    <Card size="small" title={text.recording.timeline} style={{ marginBottom: 16 }}>
      <div className="timeline" tabIndex={0} role="region" aria-label={text.recording.timeline}>
        <Line
          items={entries.map(({ at, key, title, facts }) => ({
            key,
            content: (
              <>
                <Button type="link" size="small" style={{ paddingInline: 0 }} onClick={() => onSeek(at)}>
                  {clockOf(at)}
                </Button>{' '}
                {title} <span className="facts">{facts}</span>
              </>
            ),
          }))}
        />
      </div>
    </Card>
  );
}
