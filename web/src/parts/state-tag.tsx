import { Tag } from 'antd';
import type { ArchiveState } from '../../../src/domain/archive-state.ts';
import { COLOURS } from '../app/theme.ts';
import { useLanguage } from '../text/language.tsx';

const GOOD = new Set<ArchiveState>(['ARCHIVED', 'VERIFIED']);
const BAD = new Set<ArchiveState>(['MISSING']);

export function StateTag({ state }: { readonly state: ArchiveState }) {
  const { text } = useLanguage();
  const [color, ground] = GOOD.has(state)
    ? [COLOURS.good, COLOURS.goodSoft]
    : BAD.has(state)
      ? [COLOURS.bad, COLOURS.badSoft]
      : [COLOURS.ink, COLOURS.maskedSoft];
  return <Tag style={{ color, background: ground, borderColor: ground, marginInlineEnd: 0 }}>{text.states[state]}</Tag>;
}
