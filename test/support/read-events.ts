type Data = Readonly<Record<string, unknown>>;

/** Server-sent events as they come. */
export interface ReadEvents {
  /** Also among those that have come already, each once. */
  until(type: string, fits?: (data: Data) => boolean): Promise<Data>;
  last(type: string): unknown;
  /** The server has ended it. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

const DEADLINE_MS = 60_000;

export async function eventsOf(reply: Response): Promise<ReadEvents> {
  if (reply.status !== 200 || reply.body === null) throw new Error(`${reply.status} ${await reply.text()}`);
  const seen: { readonly type: string; readonly data: Data }[] = [];
  const unread: { readonly type: string; readonly data: Data }[] = [];
  let wake: () => void = () => undefined;
  const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
  const reading = (async () => {
    let rest = '';
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const blocks = (rest + value).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const type = /^event: (.*)$/m.exec(block)?.[1];
        const data = /^data: (.*)$/m.exec(block)?.[1];
        if (type === undefined || data === undefined) continue;
        const event = { type, data: JSON.parse(data) as Data };
        seen.push(event);
        unread.push(event);
      }
      wake();
    }
  })().catch(() => undefined);
  return {
    ended: reading,
    last: (type) => seen.findLast((event) => event.type === type)?.data,
    async until(type, fits = () => true) {
      const deadline = performance.now() + DEADLINE_MS;
      for (;;) {
        const at = unread.findIndex((event) => event.type === type && fits(event.data));
        if (at >= 0) return unread.splice(at, 1)[0]?.data ?? {};
        const left = deadline - performance.now();
        if (left <= 0) throw new Error(`no ${type} came; there were ${seen.map((event) => event.type).join(', ')}`);
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, left);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    },
    async close() {
      await reader.cancel().catch(() => undefined);
      await reading;
    },
  };
}
