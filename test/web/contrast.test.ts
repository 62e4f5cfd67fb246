import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { COLOURS, MARK_PAIRS, TEXT_PAIRS } from '../../web/src/app/theme.ts';
import { en } from '../../web/src/text/en.ts';
import { zh } from '../../web/src/text/zh.ts';

/** WCAG 2.2, relative luminance and contrast ratio. */
function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].toSorted((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

test('the computation itself', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5);
  expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
});
test.each(TEXT_PAIRS)('text: %s on %s has 4.5:1', (text, ground) => {
  expect(contrast(COLOURS[text], COLOURS[ground])).toBeGreaterThanOrEqual(4.5);
});
test.each(MARK_PAIRS)('marks: %s on %s have 3:1', (mark, ground) => {
  expect(contrast(COLOURS[mark], COLOURS[ground])).toBeGreaterThanOrEqual(3);
});

test('style sheets use the tokens’ colours alone', () => {
  const css = readFileSync(join(import.meta.dirname, '../../web/src/app/app.css'), 'utf8');
  const known = new Set<string>([...Object.values(COLOURS), '#fff']);
  expect(
    [...css.matchAll(/#[0-9a-f]{3,8}\b/gi)]
      .map(([colour]) => colour.toLowerCase())
      .filter((colour) => !known.has(colour)),
  ).toEqual([]);
});

const shape = (value: unknown, path = ''): string[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([name, each]) => shape(each, `${path}/${name}`))
    : [`${path}: ${typeof value}${typeof value === 'function' ? value.length : ''}`];

test('both languages say everything, nothing twice the same by oversight', () => {
  expect(shape(zh)).toEqual(shape(en));
  const same = shape(en).filter((line) => {
    const at = line.split(':')[0]?.split('/').slice(1) ?? [];
    const of = (text: object): unknown =>
      at.reduce<unknown>((found, name) => (found as Record<string, unknown>)[name], text);
    return typeof of(en) === 'string' && of(en) === of(zh);
  });
  expect(same).toEqual(['/product: string', '/none: string']);
});

test('plurals and dates', () => {
  expect([en.search.found(1, false), en.search.found(2, false), en.search.found(1200, true)]).toEqual([
    '1 recording',
    '2 recordings',
    'More than 1,200 recordings',
  ]);
  expect(zh.search.found(1200, false)).toBe('共 1,200 条录音');
  expect([en.policies.kept(1, 6), zh.policies.kept(1, 6), en.policies.kept(0, 1)]).toEqual([
    '1 year, 6 months',
    '1 年6 个月',
    '1 month',
  ]);
});
