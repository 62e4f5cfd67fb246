import { type Frame, headerOf, type Recorded } from './capture.ts';

/** What one connection replays: the messages outside of calls, and each picked call by itself. */
export interface ConnectionScript {
  readonly control: readonly Frame[];
  readonly calls: ReadonlyMap<string, readonly Frame[]>;
  /** The server closed the connection when all that was done. */
  readonly closed: boolean;
}

export interface ScriptOptions {
  /** Call-IDs; the others (those of the media server) are left out. */
  readonly calls: readonly string[];
  /** Numbers of the recording's connections, in the order in which they are to come; default: all. */
  readonly connections?: readonly number[];
  /** Changes a message, or takes it out: where the application recorded decided otherwise than ours. */
  readonly edit?: (frame: Frame) => Frame | undefined;
}

export const methodOf = (frame: Frame): string | undefined => {
  const { sip } = frame;
  if (sip === undefined) return undefined;
  return sip.start.startsWith('SIP/') ? headerOf(sip, 'cseq')?.split(' ', 2)[1] : sip.start.split(' ', 1)[0];
};

/** The status of a response, as text; undefined for a request. */
export const statusOf = (frame: Frame): string | undefined =>
  frame.sip?.start.startsWith('SIP/') === true ? frame.sip.start.split(' ', 2)[1] : undefined;

export const scriptOf = (recorded: readonly Recorded[], options: ScriptOptions): ConnectionScript[] =>
  (options.connections ?? recorded.map(({ connection }) => connection)).map((n) => {
    const one = recorded.find(({ connection }) => connection === n);
    if (one === undefined) throw new Error(`no connection ${n} in the recording`);
    return connectionScript(one, options);
  });

function connectionScript({ frames, closed }: Recorded, options: ScriptOptions): ConnectionScript {
  const callOf = callsOf(frames);
  const control: Frame[] = [];
  const calls = new Map<string, Frame[]>();
  for (const frame of frames) {
    const call = callOf(frame);
    const kept = call === undefined || options.calls.includes(call) ? keep(frame, options) : undefined;
    if (kept === undefined) continue;
    if (call === undefined) control.push(kept);
    else calls.set(call, [...(calls.get(call) ?? []), kept]);
  }
  return { control, calls, closed };
}

const keep = (frame: Frame, { edit }: ScriptOptions): Frame | undefined => (edit === undefined ? frame : edit(frame));

/** Whose message it is: by its Call-ID, by the dialog it names, or by what the server answered to it. */
function callsOf(frames: readonly Frame[]): (frame: Frame) => string | undefined {
  const byMessage = new Map<string, string>();
  const own = (frame: Frame): string | undefined =>
    headerOf(frame.sip, 'call-id') ??
    (frame.from === 'client' && frame.type === 'sip' ? frame.fields[1]?.split(';', 1)[0] || undefined : undefined);
  for (const frame of frames) {
    const call = own(frame);
    const about = frame.type === 'response' ? frame.fields[0] : frame.id;
    if (call !== undefined && about !== undefined) byMessage.set(about, call);
  }
  return (frame) => own(frame) ?? byMessage.get((frame.type === 'response' ? frame.fields[0] : frame.id) ?? '');
}
