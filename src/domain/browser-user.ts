/*
 * Telephones in browsers have addresses of their own, which no name in the file of telephones can be:
 * `sip:browser~NAME@DOMAIN`.
 */

const PREFIX = 'browser~';
const USER_OF_URI = /^sips?:([^@;?]+)@/i;

/** The user part of the address of somebody's browser. */
export const browserUser = (name: string): string => `${PREFIX}${encodeURIComponent(name)}`;

export const isBrowserUser = (user: string): boolean => user.startsWith(PREFIX);

/** Whether a SIP URI is the address of a browser, which takes WebRTC alone. */
export const isBrowserAddress = (uri: string): boolean => isBrowserUser(USER_OF_URI.exec(uri.trim())?.[1] ?? '');
