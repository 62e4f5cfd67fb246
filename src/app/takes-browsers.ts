import type { Config } from '../config/schema.ts';

/** drachtio-server and FreeSWITCH have WebSockets and WebRTC of their own. */
export const takesBrowsers = ({ webrtc, signalling, media }: Config): boolean =>
  webrtc.enabled && signalling.kind === 'embedded' && media.kind === 'embedded';
