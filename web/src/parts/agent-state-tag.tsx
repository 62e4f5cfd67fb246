import type { AgentState } from '../../../src/queues/queue-fact.ts';
import { useLanguage } from '../text/language.tsx';
import { Mark } from './mark.tsx';

const TONES: Readonly<Record<AgentState, 'good' | 'warn' | 'bad' | 'plain'>> = {
  'signed-out': 'plain',
  available: 'good',
  offered: 'warn',
  dialling: 'warn',
  talking: 'warn',
  hold: 'warn',
  'wrap-up': 'plain',
  break: 'plain',
  'not-answering': 'bad',
};

export function AgentStateTag({ state }: { readonly state: AgentState }) {
  const { text } = useLanguage();
  return <Mark tone={TONES[state]}>{text.desk.states[state]}</Mark>;
}
