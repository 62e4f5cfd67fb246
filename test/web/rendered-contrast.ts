import type { Page } from 'playwright-core';

export interface PoorContrast {
  readonly text: string;
  readonly ratio: number;
  readonly colours: string;
}

/** Texts of the page as it is rendered that WCAG 2.2 AA finds too pale: below 4.5:1, or 3:1 when large. Disabled controls need none. */
export const poorContrasts = (page: Page): Promise<readonly PoorContrast[]> =>
  page.evaluate(() => {
    type Colour = readonly [r: number, g: number, b: number, a: number];
    const parse = (text: string): Colour => {
      const [r = 0, g = 0, b = 0, a = 1] = (text.match(/[\d.]+/g) ?? []).map(Number);
      return [r, g, b, a];
    };
    const over = (top: Colour, below: Colour): Colour => {
      const mix = (i: 0 | 1 | 2): number => top[i] * top[3] + below[i] * (1 - top[3]);
      return [mix(0), mix(1), mix(2), 1];
    };
    const groundOf = (element: Element): Colour => {
      const layers: Colour[] = [];
      for (let at: Element | null = element; at !== null; at = at.parentElement) {
        const colour = parse(getComputedStyle(at).backgroundColor);
        layers.push(colour);
        if (colour[3] === 1) break;
      }
      return layers.toReversed().reduce<Colour>((below, top) => over(top, below), [255, 255, 255, 1]);
    };
    const luminance = ([r, g, b]: Colour): number => {
      const part = (value: number): number =>
        value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;
      return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
    };
    const poor: PoorContrast[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const [text, element] = [node.textContent?.trim() ?? '', node.parentElement];
      if (
        text === '' ||
        element === null ||
        element.closest('script, style, noscript, [disabled], [aria-disabled=true]')
      )
        continue;
      const style = getComputedStyle(element);
      const box = element.getBoundingClientRect();
      if (style.visibility === 'hidden' || style.opacity === '0' || box.width < 2 || box.height < 2 || box.right < 0)
        continue;
      const ground = groundOf(element);
      const [light = 0, dark = 0] = [luminance(over(parse(style.color), ground)), luminance(ground)].toSorted(
        (a, b) => b - a,
      );
      const ratio = (light + 0.05) / (dark + 0.05);
      const size = Number.parseFloat(style.fontSize);
      const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      if (ratio < (large ? 3 : 4.5))
        poor.push({
          text: text.slice(0, 40),
          ratio: Math.round(ratio * 100) / 100,
          colours: `${style.color} on ${ground.join()}`,
        });
    }
    return poor;
  });

/** A picture says nothing to those who hear the page: the text beside it does. */
export const SPOKEN_ICONS =
  'nav .anticon:not([aria-hidden]), .ant-btn-icon .anticon:not([aria-hidden], .anticon-loading)';
