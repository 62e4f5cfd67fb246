import { Card } from 'antd';
import { type KeyboardEvent, useEffect, useRef } from 'react';
import type { RecordingDetail, TranscriptTurn } from '../../../src/archive/recording-reader.ts';
import { Mark } from '../parts/mark.tsx';
import type { Text } from '../text/en.ts';
import { clockOf, useLanguage } from '../text/language.tsx';

const UNSURE = 0.6;
/** Masked: as the archive's text has it, and as labels of what was said stand in it. */
const MASK = /^(?:█+|[#,.]*#[#,.]*|\[.*\][.,。，]?)$/;
/** What stands in the place of personal data, in the reader's language. */
const inWords = (said: string, { recording: { labels } }: Text): string =>
  said.replaceAll(/\[[a-z ]+\]/g, (label) => labels[label] ?? label);
const HAN = /[\u3400-\u9fff]/;

/** Follows the player; a word leads to its moment. */
export function Transcript({
  detail,
  now,
  onSeek,
}: {
  readonly detail: RecordingDetail;
  readonly now: number;
  readonly onSeek: (ms: number) => void;
}) {
  const { text } = useLanguage();
  const list = useRef<HTMLOListElement>(null);
  const current = detail.transcript.findLastIndex(({ fromMs, toMs }) => now >= fromMs && now < toMs);
  useEffect(() => {
    if (current < 0) return;
    const [box, turn] = [list.current, list.current?.children[current]];
    // only the list moves, never the page
    if (box instanceof HTMLElement && turn instanceof HTMLElement)
      box.scrollTop = turn.offsetTop - box.offsetTop - box.clientHeight / 3;
  }, [current]);
  return (
    <Card size="small" title={text.recording.transcript} style={{ marginBottom: 16 }}>
      {detail.transcript.length === 0 ? <p className="facts">{text.recording.noTranscript}</p> : null}
      <ol
        className="transcript"
        ref={list}
        tabIndex={0}
        aria-label={text.recording.transcriptKeys}
        onKeyDown={stepThroughWords}
      >
        {detail.transcript.map((turn, i) => (
          <Turn key={`${turn.fromMs} ${turn.channel}`} turn={turn} now={i === current ? now : -1} onSeek={onSeek} />
        ))}
      </ol>
    </Card>
  );
}

/** One stop of the tab key for the whole text: the arrows go from word to word, and from turn to turn. */
function stepThroughWords(event: KeyboardEvent<HTMLOListElement>): void {
  const list = event.currentTarget;
  const words = [...list.querySelectorAll<HTMLElement>('.word')];
  const at = words.findIndex((word) => word === document.activeElement);
  const turns = [...list.children];
  const turn = turns.findIndex((one) => one.contains(document.activeElement));
  const firstOf = (those: readonly Element[]): HTMLElement | undefined =>
    those.map((one) => one.querySelector<HTMLElement>('.word')).find((word) => word !== null) ?? undefined;
  const next: Readonly<Record<string, () => HTMLElement | undefined>> = {
    ArrowRight: () => words[at + 1],
    ArrowLeft: () => words[Math.max(0, at - 1)],
    ArrowDown: () => firstOf(turns.slice(turn + 1)),
    ArrowUp: () => firstOf(turns.slice(0, Math.max(0, turn)).toReversed()),
    Home: () => words[0],
    End: () => firstOf(turns.toReversed()),
  };
  const step = next[event.key];
  if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  step()?.focus();
}

function Turn({
  turn,
  now,
  onSeek,
}: {
  readonly turn: TranscriptTurn;
  readonly now: number;
  readonly onSeek: (ms: number) => void;
}) {
  const { text } = useLanguage();
  const chinese = /[\u3400-\u9fff]/.test(turn.text);
  return (
    <li className={`turn ${turn.role === 'customer' ? 'customer' : 'bank'} ${now >= 0 ? 'now' : ''}`}>
      <div className="turn-head">
        <strong>{text.parties[turn.role]}</strong>
        <span>{clockOf(turn.fromMs)}</span>
        {turn.confidence === null ? null : <span>{text.recording.confidence(Math.round(turn.confidence * 100))}</span>}
        {turn.confidence !== null && turn.confidence < UNSURE ? <Mark tone="warn">{text.recording.unsure}</Mark> : null}
      </div>
      <div lang={chinese ? 'zh-CN' : 'en'}>
        {turn.words.length === 0
          ? inWords(turn.text, text)
          : turn.words.map((word, n) => (
              <span key={word.fromMs}>
                <button
                  type="button"
                  tabIndex={-1}
                  className={`word ${now >= word.fromMs && now < word.toMs ? 'now' : ''} ${MASK.test(word.text) ? 'masked' : ''}`}
                  {...(MASK.test(word.text) ? { 'aria-label': text.recording.hiddenWord } : {})}
                  onClick={() => onSeek(word.fromMs)}
                >
                  {inWords(word.text, text)}
                </button>
                {HAN.test(word.text) && HAN.test(turn.words[n + 1]?.text ?? '') ? '' : ' '}
              </span>
            ))}
      </div>
    </li>
  );
}
