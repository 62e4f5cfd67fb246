import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { FrameReader, formatFrame } from '../../src/sip-server/frame.ts';

/** The control protocol as an application sees it, frame by frame. */
export class ControlClient {
  readonly socket: Socket;
  readonly #heard: string[] = [];
  readonly #waiting = new Set<() => void>();
  #closed = false;
  #count = 0;

  private constructor(socket: Socket) {
    this.socket = socket;
    const reader = new FrameReader();
    socket.on('data', (bytes) => {
      for (const payload of reader.push(bytes)) this.#heard.push(payload.toString('utf8'));
      this.#wake();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#closed = true;
      this.#wake();
    });
  }

  static async open(port: number, secret?: string): Promise<ControlClient> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    const client = new ControlClient(socket);
    if (secret !== undefined) await client.ask(`authenticate|${secret}|`);
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    await this.closed();
  }

  send(text: string): string {
    const id = `00000000-0000-4000-8000-${String(this.#count++).padStart(12, '0')}`;
    this.socket.write(formatFrame(`${id}|${text}`));
    return id;
  }

  /** Sends and waits for the reply: its fields after `response|<id>`. */
  async ask(text: string): Promise<{ readonly fields: string[]; readonly message: string }> {
    const id = this.send(text);
    const payload = await this.hear((heard) => heard.split('|')[2] === id);
    return divide(payload, 3);
  }

  /** The next `sip` frame from the server that fits: its fields after the uuid. */
  async hearSip(start: string): Promise<{ readonly fields: string[]; readonly message: string }> {
    const payload = await this.hear(
      (heard) => heard.split('|')[1] === 'sip' && divide(heard, 1).message.startsWith(start),
    );
    return divide(payload, 1);
  }

  async hear(fits: (payload: string) => boolean): Promise<string> {
    for (;;) {
      const index = this.#heard.findIndex(fits);
      const [found] = index < 0 ? [] : this.#heard.splice(index, 1);
      if (found !== undefined) return found;
      if (this.#closed) throw new Error('the server closed the connection');
      await this.#next(`nothing that fits among ${this.#heard.length} frames`);
    }
  }

  async closed(): Promise<void> {
    while (!this.#closed) await this.#next('the connection stays open');
  }

  /** All that has come and was not asked for. */
  take(): string[] {
    return this.#heard.splice(0);
  }

  get unheard(): readonly string[] {
    return this.#heard;
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }

  #next(otherwise: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(wake);
        reject(new Error(otherwise));
      }, 5_000);
      this.#waiting.add(wake);
    });
  }
}

function divide(payload: string, from: number): { fields: string[]; message: string } {
  const end = payload.indexOf('\r\n');
  const line = end < 0 ? payload : payload.slice(0, end);
  return { fields: line.split('|').slice(from), message: end < 0 ? '' : payload.slice(end + 2) };
}
