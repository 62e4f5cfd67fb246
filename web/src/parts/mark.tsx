import { Tag } from 'antd';
import type { ReactNode } from 'react';
import { COLOURS } from '../app/theme.ts';

const TONES = {
  good: [COLOURS.good, COLOURS.goodSoft],
  warn: [COLOURS.warn, COLOURS.warnSoft],
  bad: [COLOURS.bad, COLOURS.badSoft],
  plain: [COLOURS.ink, COLOURS.maskedSoft],
} as const;

/** A word on a ground of its own; antd's own colours of tags are too pale to be read. */
export function Mark({ tone, children }: { readonly tone: keyof typeof TONES; readonly children: ReactNode }) {
  const [color, background] = TONES[tone];
  return <Tag style={{ color, background, borderColor: background, marginInlineEnd: 0 }}>{children}</Tag>;
}
