/**
 * One range of a `Range` header (RFC 9110 section 14.1.2). Several ranges, other units and what cannot be read are passed
 * over, as the section allows: the whole is sent then.
 *
 * @returns bytes `from` up to, not with, `to`; undefined: no range
 */
export function byteRange(
  header: string,
  length: number,
): { readonly from: number; readonly to: number } | 'unsatisfiable' | undefined {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header.trim()) ?? [];
  if (first === '' && last === '') return undefined;
  if (first === '') {
    const suffix = Math.min(Number(last), length);
    return suffix === 0 ? 'unsatisfiable' : { from: length - suffix, to: length };
  }
  const from = Number(first);
  const to = last === '' ? length : Math.min(Number(last) + 1, length);
  if (last !== '' && Number(last) < from) return undefined;
  return from >= length ? 'unsatisfiable' : { from, to };
}
