import { randomBytes } from 'node:crypto';
import { newContactId, type RecordingId, turnId } from '../../../src/domain/ids.ts';
import type { EndpointCommand, EndpointKey, MediaEvent } from '../../../src/media/engine/media-protocol.ts';
import { type Notice, type WorkerHost } from '../../../src/media/engine/worker-host.ts';
import type { BargeIn, PlaybackId } from '../../../src/media/media-server.ts';
import type { ClipId } from '../../../src/speech/speech-service.ts';
import { LIMIT } from './fork-media.ts';

const turn = turnId(newContactId(Date.now()), 1);

/** Resolves when it is so; asked again whenever something has happened. */
export class Bell {
  readonly #waiting = new Set<() => void>();

  ring(): void {
    for (const wake of this.#waiting) wake();
  }

  until<T>(find: () => T | undefined, what: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
      };
      const wake = (): void => {
        const found = find();
        if (found === undefined || found === false) return;
        end();
        resolve(found);
      };
      const timer = setTimeout(() => {
        end();
        reject(new Error(`waited in vain for ${what}`));
      }, LIMIT);
      this.#waiting.add(wake);
      wake();
    });
  }
}

type OfType<T extends MediaEvent['type']> = Extract<MediaEvent, { readonly type: T }>;
type WithoutKey<T> = T extends unknown ? Omit<T, 'endpoint'> : never;

/** A leg in the worker, as the main thread has it. */
export class ForkedLeg {
  readonly key: EndpointKey;
  readonly port: number;
  readonly recording: RecordingId | undefined;
  readonly events: MediaEvent[] = [];
  readonly states: string[] = [];
  closed = false;
  readonly #host: WorkerHost;
  readonly #bell = new Bell();
  #playbacks = 0;

  constructor(host: WorkerHost, key: EndpointKey, port: number, recording: RecordingId | undefined) {
    this.#host = host;
    this.key = key;
    this.port = port;
    this.recording = recording;
  }

  take(notice: Notice): void {
    if (notice.type === 'event') this.events.push(notice.event);
    else if (notice.type === 'fork') this.states.push(notice.state);
    else if (notice.type === 'closed') this.closed = true;
    this.#bell.ring();
  }

  tell(command: WithoutKey<EndpointCommand>): void {
    this.#host.post({ ...command, endpoint: this.key });
  }

  play(clips: readonly ClipId[], bargeIn: BargeIn = 'none', loop = false): PlaybackId {
    const playback = ++this.#playbacks as PlaybackId;
    this.tell({ type: 'play', playback, turn, clips, bargeIn, loop });
    return playback;
  }

  all<T extends MediaEvent['type']>(type: T): OfType<T>[] {
    return this.events.filter((event): event is OfType<T> => event.type === type);
  }

  event<T extends MediaEvent['type']>(
    type: T,
    matches: (event: OfType<T>) => boolean = () => true,
  ): Promise<OfType<T>> {
    return this.#bell.until(() => this.all(type).find(matches), type);
  }

  /** Resolves when so many notices of forks have come. */
  async state(count: number): Promise<string | undefined> {
    await this.#bell.until(() => this.states.length >= count, `fork notice ${count}`);
    return this.states[count - 1];
  }

  /** A token that one fork may come with. */
  expect(): string {
    const token = randomBytes(24).toString('base64url');
    this.tell({ type: 'expect-fork', token });
    return token;
  }

  async close(): Promise<void> {
    this.tell({ type: 'close' });
    await this.#bell.until(() => this.closed, 'the end of the leg');
  }
}
