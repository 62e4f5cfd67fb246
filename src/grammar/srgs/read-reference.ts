import type { Position } from '../model/grammar-error.ts';
import type { Reference } from '../model/srgs-grammar.ts';
import { EXPECTED_NAME, isRuleName } from './srgs-values.ts';

/**
 * `cities.grxml#chinese`, `#digit`, `builtin:digits?length=4` (SRGS 1.0, section 2.2).
 *
 * @returns the reference, or what was expected
 */
export function readReference(text: string, at: Position, mediaType?: string): Reference | string {
  const [, uri = '', hash, rule = ''] = /^([^#]*)(#)?(.*)$/.exec(text.trim()) ?? [];
  if (hash !== undefined && !isRuleName(rule)) return EXPECTED_NAME;
  if (uri === '' && hash === undefined) return 'the URI of a grammar, or #rule';
  return {
    kind: 'reference',
    ...(uri === '' ? {} : { uri }),
    ...(hash === undefined ? {} : { rule }),
    ...(mediaType === undefined ? {} : { mediaType }),
    at,
  };
}
