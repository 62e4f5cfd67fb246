import { requestText } from './peers.ts';

export const tcp = (method: string, changed: Readonly<Record<string, string | undefined>> = {}, body = ''): string =>
  requestText(method, { Via: 'SIP/2.0/TCP far;branch=z9hG4bK1', ...changed }, body);
