/** A Replaces header (RFC 3891 section 6.1): the dialog as its two ends know it; `toTag` is ours. */
export interface Replaces {
  readonly callId: string;
  readonly toTag: string;
  readonly fromTag: string;
  readonly earlyOnly: boolean;
}

/** @returns undefined when it is malformed. Linear; never throws. */
export function parseReplaces(header: string): Replaces | undefined {
  const [callId = '', ...rest] = header.split(';').map((part) => part.trim());
  const parameters = new Map(
    rest.map((part) => {
      const equals = part.indexOf('=');
      return equals < 0
        ? [part.toLowerCase(), '']
        : [part.slice(0, equals).trim().toLowerCase(), part.slice(equals + 1).trim()];
    }),
  );
  const [toTag = '', fromTag = ''] = [parameters.get('to-tag'), parameters.get('from-tag')];
  if (callId === '' || toTag === '' || fromTag === '' || header.includes(',')) return undefined;
  return { callId, toTag, fromTag, earlyOnly: parameters.has('early-only') };
}
