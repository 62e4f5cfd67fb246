import { type LocalMedia } from '../../src/sdp/our-audio.ts';

export const local: LocalMedia = { host: '192.0.2.9', port: 40_000, sessionId: '77', version: 1 };
export const offer = (...lines: string[]): string =>
  ['v=0', 'o=- 1 1 IN IP4 198.51.100.5', 's=-', 'c=IN IP4 198.51.100.5', 't=0 0', ...lines, ''].join('\r\n');
export const remote = { host: '198.51.100.5', port: 6000, rtcpHost: '198.51.100.5', rtcpPort: 6001 };
