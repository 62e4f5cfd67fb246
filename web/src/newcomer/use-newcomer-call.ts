import { useCallback, useEffect, useRef, useState } from 'react';
import type { CallEvent } from '../../../src/domain/call-event.ts';
import type { BrowserTelephone } from '../../../src/http/browser/telephones.ts';
import { call } from '../app/api.ts';
import { newMicrophone, stopTracks } from '../telephone/microphone.ts';
import { Telephone } from '../telephone/telephone.ts';
import type { CallState, TelephoneCall } from '../telephone/telephone-call.ts';
import { type CallEntry, SHOWN_EVENTS, withEvent } from './call-entries.ts';

/** Why there is no call. `no-secure-way`: the page came by a way on which browsers give no microphone. */
export type Trouble = 'no-secure-way' | 'microphone-denied' | 'no-microphone' | 'unreachable' | 'refused';

export interface EndedCall {
  readonly contact: string;
}

export interface NewcomerCall {
  /** Undefined before the first. */
  readonly state: CallState | undefined;
  /** Between the button and the call. */
  readonly preparing: boolean;
  readonly startedAt: number | undefined;
  readonly microphone: MediaStream | undefined;
  readonly entries: readonly CallEntry[];
  readonly ended: EndedCall | undefined;
  readonly trouble: Trouble | undefined;
  readonly begin: () => void;
  readonly hangUp: () => void;
  readonly hold: (on: boolean) => void;
  readonly mute: (on: boolean) => void;
  readonly press: (key: string) => void;
}

/** The newcomer's one call: its telephone, what is told of it live, and how it stands. */
export function useNewcomerCall(): NewcomerCall {
  const [state, setState] = useState<CallState>();
  const [preparing, setPreparing] = useState(false);
  const [startedAt, setStartedAt] = useState<number>();
  const [microphone, setMicrophone] = useState<MediaStream>();
  const [entries, setEntries] = useState<readonly CallEntry[]>([]);
  const [ended, setEnded] = useState<EndedCall>();
  const [trouble, setTrouble] = useState<Trouble>();
  const telephone = useRef<Telephone>(undefined);
  const current = useRef<TelephoneCall>(undefined);
  const events = useRef<EventSource>(undefined);

  useEffect(() => {
    const leave = (): void => {
      telephone.current?.stop();
      events.current?.close();
    };
    addEventListener('pagehide', leave);
    return () => {
      removeEventListener('pagehide', leave);
      leave();
    };
  }, []);

  const begin = useCallback(async () => {
    setTrouble(undefined);
    setEnded(undefined);
    setPreparing(true);
    let unused: MediaStream | undefined;
    try {
      const stream = await microphoneOrTrouble();
      if (typeof stream === 'string') return setTrouble(stream);
      unused = stream;
      setMicrophone(stream);
      telephone.current ??= await openTelephone((lost) => {
        if (!lost) return;
        telephone.current?.stop();
        telephone.current = undefined;
      });
      if (events.current?.readyState === EventSource.CLOSED) events.current = undefined; // it was refused once
      events.current ??= await followCalls((event) => {
        if (event.type === 'call-ended') setEnded({ contact: event.contact });
        setEntries((before) => withEvent(before, event));
      });
      const started = telephone.current.call(telephone.current.line, stream);
      unused = undefined; // the call stops it
      current.current = started;
      setStartedAt(undefined);
      setState(started.state);
      started.onChange((next) => {
        setState(next);
        if (next.phase === 'talking') setStartedAt((before) => before ?? Date.now());
        if (next.phase === 'ended' && next.contact === undefined && next.cause !== 'Canceled') setTrouble('refused');
      });
    } catch {
      setTrouble('unreachable');
    } finally {
      if (unused !== undefined) {
        stopTracks(unused);
        setMicrophone(undefined);
      }
      setPreparing(false);
    }
  }, []);

  return {
    state,
    preparing,
    startedAt,
    microphone,
    entries,
    ended,
    trouble,
    begin: () => void begin(),
    hangUp: () => current.current?.hangUp(),
    hold: (on) => (on ? current.current?.hold() : current.current?.resume()),
    mute: (on) => current.current?.mute(on),
    press: (key) => current.current?.press(key),
  };
}

async function microphoneOrTrouble(): Promise<MediaStream | Trouble> {
  if (!window.isSecureContext) return 'no-secure-way';
  try {
    return await newMicrophone();
  } catch (thrown) {
    return thrown instanceof DOMException && thrown.name === 'NotAllowedError' ? 'microphone-denied' : 'no-microphone';
  }
}

async function openTelephone(onState: (lost: boolean) => void): Promise<Telephone> {
  const opened = new Telephone({
    credentials: () => call<BrowserTelephone>('POST', '/api/newcomer/telephone'),
    register: false,
    onState: (state) => onState(state === 'lost' || state === 'refused'),
  });
  try {
    await opened.start();
    return opened;
  } catch (thrown) {
    opened.stop(); // or it would try again for as long as the page is open
    throw thrown;
  }
}

/** Resolves when whatever happens from now on is heard. */
function followCalls(onEvent: (event: CallEvent) => void): Promise<EventSource> {
  const source = new EventSource('/api/newcomer/events');
  for (const type of SHOWN_EVENTS)
    source.addEventListener(type, ({ data }: MessageEvent<string>) => onEvent(JSON.parse(data) as CallEvent));
  return new Promise((resolve, reject) => {
    let opened = false;
    source.addEventListener('open', () => {
      opened = true;
      resolve(source);
    });
    source.addEventListener('error', () => {
      if (opened) return; // it comes back by itself
      source.close();
      reject(new Error('the live events cannot be read'));
    });
  });
}
