import type { ArchiveState } from '../../../src/domain/archive-state.ts';
import { useLanguage } from '../text/language.tsx';
import { Mark } from './mark.tsx';

const GOOD = new Set<ArchiveState>(['ARCHIVED', 'VERIFIED']);

export function StateTag({ state }: { readonly state: ArchiveState }) {
  const { text } = useLanguage();
  return <Mark tone={GOOD.has(state) ? 'good' : state === 'MISSING' ? 'bad' : 'plain'}>{text.states[state]}</Mark>;
}
