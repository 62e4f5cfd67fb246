/* Dates and times of VoiceXML 2.0, appendix P, as days and minutes that there are. */

const YEARS_TRIED = 9;
const MONTHS_TRIED = 14;

const isDay = (iso: string): boolean => {
  const at = new Date(`${iso}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().slice(0, 10) === iso;
};
const two = (value: number): string => String(value).padStart(2, '0');

/**
 * '????0303' → the third of March that is meant; '20270303' → that day.
 *
 * @param today - ISO 8601; '': then only whole dates are days
 * @returns ISO 8601, the likeliest first
 */
export function datesOf(said: string, today: string, days: 'future' | 'past' | 'any'): readonly string[] {
  const [, yyyy = '', mm = '', dd = ''] = /^(\d{4}|\?{4})(\d\d|\?\?)(\d\d|\?\?)$/.exec(said) ?? [];
  if (yyyy === '' || dd === '??' || (mm === '??' && yyyy !== '????')) return [];
  const fits = (iso: string): boolean =>
    isDay(iso) && (today === '' || days === 'any' || (days === 'future' ? iso >= today : iso <= today));
  if (yyyy !== '????') return [`${yyyy}-${mm}-${dd}`].filter(fits);
  if (today === '') return [];
  const [year, month] = [Number(today.slice(0, 4)), Number(today.slice(5, 7))];
  const near =
    mm === '??'
      ? around(MONTHS_TRIED).map((away) => {
          const at = new Date(Date.UTC(year, month - 1 + away, 1));
          return `${at.getUTCFullYear()}-${two(at.getUTCMonth() + 1)}-${dd}`;
        })
      : around(YEARS_TRIED).map((away) => `${year + away}-${mm}-${dd}`);
  const ahead = near.filter((iso) => isDay(iso) && iso >= today).sort()[0];
  const behind = near
    .filter((iso) => isDay(iso) && iso <= today)
    .sort()
    .at(-1);
  const wanted = { future: [ahead], past: [behind], any: [ahead, behind] }[days];
  return [...new Set(wanted.filter((iso) => iso !== undefined))];
}

/** -n…n */
const around = (n: number): readonly number[] => Array.from({ length: 2 * n + 1 }, (_, at) => at - n);

/** '0315?' → 15:15 and 03:15; by day first. */
export function timesOf(said: string): readonly string[] {
  const [, hh = '', mm = '', mark = ''] = /^(\d\d)(\d\d)([aph?])$/.exec(said) ?? [];
  const hour = Number(hh);
  if (mark === '' || hour > 23 || Number(mm) > 59) return [];
  const at = (h: number): string => `${two(h)}:${mm}`;
  switch (mark) {
    case 'a':
      return [at(hour % 12)];
    case 'p':
      return [at((hour % 12) + 12)];
    case '?': {
      const [morning, afternoon] = [hour % 12, (hour % 12) + 12];
      return morning >= 7 ? [at(morning), at(afternoon)] : [at(afternoon), at(morning)];
    }
    default:
      return [at(hour)];
  }
}
