import { type Frame, headerOf, parseFrame, type Recorded, readCapture } from '../peers/drachtio/capture.ts';
import { type Gate } from '../peers/drachtio/replayed-connection.ts';
import { type ConnectionScript, methodOf, scriptOf, statusOf } from '../peers/drachtio/script.ts';

export const captured = (name: string): Recorded[] => readCapture(name) ?? [];
/** A request of the far end. */
export const request =
  (method: string, cseq?: number) =>
  (frame: Frame): boolean =>
    frame.from === 'server' &&
    frame.type === 'sip' &&
    statusOf(frame) === undefined &&
    methodOf(frame) === method &&
    (cseq === undefined || headerOf(frame.sip, 'cseq') === `${cseq} ${method}`);
export const ourRequest =
  (method: string) =>
  (frame: Frame): boolean =>
    statusOf(frame) === undefined && methodOf(frame) === method;
export const held = (at: (frame: Frame) => boolean): Gate => ({ at, until: 'released' });

/** Ours declines what the recorded application accepted: 603, and no NOTIFYs of its own. */
export function declineRefer(frame: Frame): Frame | undefined {
  const { sip, from, type } = frame;
  if (sip === undefined) return frame;
  const answers = statusOf(frame) !== undefined;
  const application = from === 'client' || type === 'response';
  if (methodOf(frame) === 'NOTIFY' && application !== answers) return undefined;
  if (methodOf(frame) !== 'REFER' || !application || !answers) return frame;
  const headers = sip.headers.filter(([name]) => name.toLowerCase() !== 'refer-sub');
  return { ...frame, sip: { ...sip, start: 'SIP/2.0 603 Decline', headers } };
}

/** What the recorded application put into its first request of that method. */
export function recordedHeaders(capture: string, call: string, method: string): Record<string, string> {
  const [{ calls }] = scriptOf(captured(capture), { calls: [call], connections: [1] }) as [ConnectionScript];
  const sent = calls.get(call)?.find((frame) => frame.from === 'client' && frame.sip?.start.startsWith(`${method} `));
  return Object.fromEntries(sent?.sip?.headers.filter(([name]) => name.toLowerCase() !== 'content-length') ?? []);
}

/** After its death the server knows no old dialog. Not recorded: the words are its source's (sip-dialog-controller.cpp). */
export function withOrphan(recorded: Recorded[], connection: number, dialogId: string): Recorded[] {
  const line = (id: string, type: string, ...fields: string[]): string => [id, type, ...fields].join('|');
  const bye = `${line('orphan', 'sip', '', dialogId)}\r\nBYE sip:placeholder SIP/2.0\r\nContent-Length: 0\r\n\r\n`;
  const nok = line('reply', 'response', 'orphan', 'NOK', 'Server error: unable to find dialog for dialog id provided');
  const more = [parseFrame('client', bye), parseFrame('server', nok)];
  return recorded.map((each) =>
    each.connection === connection ? { ...each, frames: [...each.frames, ...more] } : each,
  );
}
