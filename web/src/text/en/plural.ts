const rules = new Intl.PluralRules('en');
/** `3 recordings`, `1 recording`. */
export const plural = (n: number, one: string, other: string): string =>
  `${new Intl.NumberFormat('en-GB').format(n)} ${rules.select(n) === 'one' ? one : other}`;
