import type { Socket } from 'node:net';
import { commandReply, type Headers, jsonEvent } from './event-text.ts';
import type { Violations } from './violations.ts';

/** One event: what `event` and `filter` look at, and the text that goes out. */
export interface FiredEvent {
  readonly headers: Headers;
  readonly body?: string;
}

/** Names that the captures subscribe to. `SWITCH_EVENT_` in front means the same (switch_name_event). */
const KNOWN_EVENTS = new Set([
  'HEARTBEAT',
  'CHANNEL_EXECUTE',
  'CHANNEL_EXECUTE_COMPLETE',
  'CHANNEL_PROGRESS_MEDIA',
  'CHANNEL_CALLSTATE',
  'CHANNEL_ANSWER',
  'DTMF',
  'DETECTED_TONE',
  'PLAYBACK_START',
  'PLAYBACK_STOP',
  'BACKGROUND_JOB',
]);
const KNOWN_SUBCLASSES = /^(conference::maintenance|mod_audio_fork::[a-z_]+|BACKGROUND_JOB|CHANNEL_EXECUTE_COMPLETE)$/;

/**
 * One connection to an application: cuts what comes into commands, keeps what it listens to. A connection gets the events
 * of every channel until it filters, as with the real server.
 */
export class EventListener {
  readonly #socket: Socket;
  readonly #violations: Violations;
  readonly #events = new Set<string>();
  readonly #subclasses = new Set<string>();
  readonly #filters: (readonly [name: string, value: string])[] = [];
  #text = '';

  constructor(socket: Socket, violations: Violations, onCommand: (command: string) => void, onClose: () => void) {
    this.#socket = socket;
    this.#violations = violations;
    socket.setNoDelay(true);
    socket.setEncoding('utf8');
    socket.on('error', () => undefined);
    socket.on('close', onClose);
    socket.on('data', (text: string) => {
      this.#text += text;
      for (;;) {
        // the client library sends the empty line by itself, sometimes much later (esl-inbound-main)
        this.#text = this.#text.replace(/^\n+/, '');
        const end = this.#text.indexOf('\n\n');
        if (end < 0) return;
        const command = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 2);
        onCommand(command);
      }
    });
  }

  write(text: string): void {
    if (this.#socket.writable) this.#socket.write(text);
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  fire(event: FiredEvent): void {
    if (this.#wants(event)) this.write(jsonEvent(event.headers, event.body));
  }

  /** `event json …` and `filter …`; false: another command. */
  listen(command: string): boolean {
    const [verb, ...words] = command.split(' ');
    if (verb === 'event') {
      this.#subscribe(words);
      return true;
    }
    if (verb !== 'filter') return false;
    const [name = '', ...value] = words;
    // capture esl-outbound-main: `filter Unique-ID <uuid>`
    if (name === 'delete' || value.length === 0) this.#violations.noCapture(command);
    this.#filters.push([name, value.join(' ')]);
    this.write(commandReply(`+OK filter added. [${name}]=[${value.join(' ')}]`));
    return true;
  }

  /** mod_event_socket.c, parse_command: what follows CUSTOM are subclasses. */
  #subscribe([format = '', ...names]: readonly string[]): void {
    if (format !== 'json') this.#violations.noCapture(`event ${format}`);
    let custom = false;
    for (const given of names) {
      const name = given.replace(/^SWITCH_EVENT_/, '');
      if (custom) {
        if (!KNOWN_SUBCLASSES.test(given)) this.#violations.noCapture(`event CUSTOM ${given}`);
        this.#subclasses.add(given);
      } else if (name === 'CUSTOM') custom = true;
      else {
        if (!KNOWN_EVENTS.has(name)) this.#violations.noCapture(`event ${given}`);
        this.#events.add(name);
      }
    }
    this.write(commandReply('+OK event listener enabled json'));
  }

  #wants({ headers }: FiredEvent): boolean {
    const header = (name: string): string | undefined => headers.find(([each]) => each === name)?.[1];
    const subclass = header('Event-Subclass');
    const wanted =
      subclass === undefined ? this.#events.has(header('Event-Name') ?? '') : this.#subclasses.has(subclass);
    return wanted && (this.#filters.length === 0 || this.#filters.some(([name, value]) => header(name) === value));
  }
}
