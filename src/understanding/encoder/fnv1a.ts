/** The 32-bit FNV-1a hash of a text's UTF-8 octets (Fowler, Noll and Vo; RFC 9923). */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const octet of Buffer.from(text, 'utf8')) hash = Math.imul(hash ^ octet, 0x01000193);
  return hash >>> 0;
}
