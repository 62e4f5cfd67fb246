import { spokenCount } from './spoken-number.ts';

const UNITS: readonly (readonly [seconds: number, name: string])[] = [
  [86_400, '天'],
  [3_600, '小时'],
  [60, '分钟'],
  [1, '秒'],
];

/** 5400 → 一小时三十分钟 */
export function spokenDuration(seconds: number): string {
  let rest = Math.max(0, Math.round(seconds));
  if (rest === 0) return '零秒';
  let said = '';
  for (const [unit, name] of UNITS) {
    const many = Math.floor(rest / unit);
    if (many === 0) continue;
    rest -= many * unit;
    said += `${spokenCount(many)}${name}`;
  }
  return said;
}

export const spokenYesOrNo = (yes: boolean): string => (yes ? '是' : '否');
