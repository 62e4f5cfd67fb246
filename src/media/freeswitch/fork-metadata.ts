import type { EndpointKey } from '../engine/media-protocol.ts';

/*
 * What a fork says first, so that it is known whose audio follows. FreeSWITCH passes it on unescaped in quotes (an
 * apostrophe, a bar or a backslash would break it), so values are base64url.
 */

const named = (endpoint: EndpointKey): string => Buffer.from(`endpoint ${endpoint}`).toString('base64url');

/** For FreeSWITCH, as the metadata of the fork. */
export const formatForkMetadata = (endpoint: EndpointKey): string => JSON.stringify({ leg: named(endpoint) });

/** Whether a fork's first text names this endpoint. */
export function namesEndpoint(text: string, endpoint: EndpointKey): boolean {
  try {
    const metadata: unknown = JSON.parse(text);
    return typeof metadata === 'object' && metadata !== null && 'leg' in metadata && metadata.leg === named(endpoint);
  } catch {
    return false;
  }
}
