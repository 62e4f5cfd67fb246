import { WebSocket } from 'ws';
import { Bell } from './forked-leg.ts';

/** FreeSWITCH's end of a fork: sends frames in real time, keeps what it gets. */
export class ForkPeer {
  readonly socket: WebSocket;
  /** In order: texts as they came, audio as samples, both with the time of arrival. */
  readonly got: { readonly at: number; readonly text?: string; readonly audio?: Int16Array }[] = [];
  code: number | undefined;
  readonly #bell = new Bell();

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data: Buffer, binary) => {
      const at = performance.now();
      if (binary) {
        const audio = new Int16Array(data.length / 2);
        for (let i = 0; i < audio.length; i++) audio[i] = data.readInt16LE(i * 2);
        this.got.push({ at, audio });
      } else this.got.push({ at, text: data.toString() });
      this.#bell.ring();
    });
    socket.on('close', (code) => {
      this.code = code;
      this.#bell.ring();
    });
    socket.on('error', () => undefined);
  }

  get audio(): number[] {
    return this.got.flatMap(({ audio }) => (audio === undefined ? [] : [...audio]));
  }

  get kills(): number {
    return this.got.filter(({ text }) => text === '{"type":"killAudio"}').length;
  }

  until(satisfied: () => boolean, what: string): Promise<boolean> {
    return this.#bell.until(() => satisfied() || undefined, what);
  }

  async closed(): Promise<number | undefined> {
    await this.until(() => this.code !== undefined, 'the end of the WebSocket');
    return this.code;
  }

  /** Sends both channels in frames of 20 ms, in real time. The shorter one is silent at its end. */
  async speak(left: Int16Array, right: Int16Array = new Int16Array(left.length)): Promise<void> {
    const from = performance.now();
    for (let at = 0, n = 1; at < left.length; at += 160, n++) {
      const wait = from + n * 20 - performance.now();
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      if (this.socket.readyState !== WebSocket.OPEN) return;
      this.socket.send(stereo(left.subarray(at, at + 160), right.subarray(at, at + 160)));
    }
  }

  async hangUp(): Promise<void> {
    this.socket.close(1000);
    await this.closed();
  }
}

export function stereo(left: Int16Array, right: Int16Array = new Int16Array(left.length)): Buffer {
  const bytes = Buffer.alloc(left.length * 4);
  for (let i = 0; i < left.length; i++) {
    bytes.writeInt16LE(left[i] ?? 0, i * 4);
    bytes.writeInt16LE(right[i] ?? 0, i * 4 + 2);
  }
  return bytes;
}
