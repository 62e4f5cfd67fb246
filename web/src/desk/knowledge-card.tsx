import { Button, Card, Input } from 'antd';
import { useEffect, useState } from 'react';
import type { Talk } from '../../../src/agents/agent-desk.ts';
import type { KnowledgeAnswer } from '../../../src/agents/knowledge.ts';
import { call } from '../app/api.ts';
import { useLanguage } from '../text/language.tsx';

/** What the customer said last counts; all of a long call would fit everything. */
const LINES = 3;
const MOST = 900;

/** The bank's answers to what is being said, or to what the agent looks for. */
export function KnowledgeCard({ talk }: { readonly talk: Talk }) {
  const { text } = useLanguage();
  const words = text.desk.knowledge;
  const [wanted, setWanted] = useState('');
  const [answers, setAnswers] = useState<readonly KnowledgeAnswer[]>([]);
  const [copied, setCopied] = useState<string>();
  const lately = talk.context.transcript
    .filter(({ side }) => side === 'customer')
    .slice(-LINES)
    .map(({ text: said }) => said)
    .join(' ')
    .slice(-MOST);
  const said = wanted.trim() === '' ? lately : wanted;
  useEffect(() => {
    if (said === '') return;
    let stale = false;
    call<{ readonly answers: readonly KnowledgeAnswer[] }>('POST', '/api/staff/desk/knowledge', { said }).then(
      ({ answers: found }) => !stale && setAnswers(found),
      () => !stale && setAnswers([]), // they help, and are waited for by nobody
    );
    return () => {
      stale = true;
    };
  }, [said]);
  const copy = async ({ id, text: answer }: KnowledgeAnswer): Promise<void> => {
    await navigator.clipboard.writeText(answer);
    setCopied(id);
  };
  return (
    <Card title={<h2 className="desk-card-title">{words.title}</h2>}>
      <Input.Search
        aria-label={words.search}
        placeholder={words.search}
        maxLength={200}
        allowClear
        onSearch={setWanted}
      />
      {answers.length === 0 ? <p className="facts">{words.none}</p> : null}
      <ul className="desk-list" aria-live="polite">
        {answers.map((answer) => (
          <li key={answer.id} className="desk-answer">
            <div>
              <strong>{answer.title}</strong>
              <div>{answer.text}</div>
            </div>
            <Button size="small" aria-label={`${words.copy}: ${answer.title}`} onClick={() => void copy(answer)}>
              {copied === answer.id ? words.copied : words.copy}
            </Button>
          </li>
        ))}
      </ul>
    </Card>
  );
}
