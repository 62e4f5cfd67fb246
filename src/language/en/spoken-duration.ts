import { spokenNumber } from './spoken-number.ts';

const UNITS: readonly (readonly [seconds: number, name: string])[] = [
  [604_800, 'week'],
  [86_400, 'day'],
  [3_600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
];

/** 5400 → "one hour and thirty minutes" */
export function spokenDuration(seconds: number): string {
  let rest = Math.max(0, Math.round(seconds));
  if (rest === 0) return 'zero seconds';
  const parts: string[] = [];
  for (const [unit, name] of UNITS) {
    const many = Math.floor(rest / unit);
    // ten days are not a week and three days
    if (many === 0 || (unit === 604_800 && rest % unit !== 0)) continue;
    rest -= many * unit;
    parts.push(`${spokenNumber(many)} ${name}${many === 1 ? '' : 's'}`);
  }
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1) ?? ''}`;
}

export const spokenYesOrNo = (yes: boolean): string => (yes ? 'yes' : 'no');
