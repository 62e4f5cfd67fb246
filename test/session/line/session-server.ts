import type { CallEvent, CallEventType } from '../../../src/domain/call-event.ts';
import type { ContactId } from '../../../src/domain/ids.ts';
import type { RtpPeer } from '../../media/rtp-peer.ts';
import { type Caller, speaks } from '../../support/caller.ts';
import { type ServerProcess, startServer } from '../../support/server-process.ts';

export const RTP_TIMEOUT = 4_000;
export let server: ServerProcess;

export async function startSession(): Promise<void> {
  server = await startServer({
    set: {
      'rtp.timeout_ms': RTP_TIMEOUT,
      'dialplan.file': 'dialplans/bank-hotline.yaml',
      'dialplan.grammars': 'grammars',
      'speech.recognizer': 'whisper',
      'speech.voice_activity_detection': true,
      'speech.deadline_ms': 20_000, // twenty callers share the machine with the tests
    },
  });
}

export interface Ringing extends AsyncDisposable {
  readonly line: Caller;
  readonly contact: ContactId;
}

export const of = (contact: ContactId, ...types: CallEventType[]): CallEvent[] =>
  server.events.filter((event) => event.contact === contact && types.includes(event.type));

/** The first question has been asked to its end. */
export const asked = ({ contact }: Ringing): Promise<CallEvent> =>
  server.until('prompt-finished', (event) => event.contact === contact && event.prompt.startsWith('main'), 60_000);

/** A key is understood, and what it asks for is said. */
export async function answered({ line, contact }: Ringing, key: string, rtp: RtpPeer = line.rtp): Promise<void> {
  const heard = line.rtp.received.length;
  await rtp.press(key);
  await server.until('state-entered', (event) => event.contact === contact && event.state === 'more', 30_000);
  if (rtp === line.rtp) await speaks(line, heard, 400);
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
