import { useEffect, useState } from 'react';
import type { FloorView } from '../../../src/agents/supervision.ts';
import { call } from '../app/api.ts';

const AGAIN_MS = 1_000;

/** The floor as the server shows it. The server ends the stream now and then, so that whoever has lost the right sees nothing more. */
export function useFloor(): { readonly view: FloorView | undefined; readonly lost: boolean } {
  const [view, setView] = useState<FloorView>();
  const [lost, setLost] = useState(false);
  useEffect(() => {
    let source: EventSource | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let stopped = false;
    let fresh = false;
    const open = (): void => {
      const own = new EventSource('/api/staff/floor/events');
      source = own;
      fresh = false;
      own.addEventListener('floor', ({ data }: MessageEvent<string>) => {
        fresh = true;
        setLost(false);
        setView(JSON.parse(data) as FloorView);
      });
      own.addEventListener('error', () => {
        own.close();
        if (stopped) return;
        if (fresh) return open(); // it has lasted its time
        setLost(true);
        void call('GET', '/api/staff/session').catch(() => undefined); // whose end is told by itself
        timer = setTimeout(open, AGAIN_MS);
      });
    };
    open();
    return () => {
      stopped = true;
      clearTimeout(timer);
      source?.close();
    };
  }, []);
  return { view, lost };
}
