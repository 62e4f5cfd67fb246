import { WebSocket } from 'ws';
import { BotPlayout } from './bot-playout.ts';
import type { Violations } from './violations.ts';

/** What `uuid_audio_fork … start` said. */
export interface ForkRequest {
  readonly bugname: string;
  readonly url: string;
  readonly mix: 'mono' | 'stereo';
  readonly metadata: string;
  readonly streaming: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
}

export type ForkEvent =
  | 'connect'
  | 'connect_failed'
  | 'kill_audio'
  | 'disconnect'
  | 'json'
  | 'transcription'
  | 'transfer'
  | 'error';

export interface ForkUser {
  fire(event: ForkEvent, body?: string): void;
  /** killAudio also breaks what the channel plays. */
  breakPlayback(): void;
}

const PROTOCOL = 'audio.drachtio.org';

/** One mod_audio_fork bug with its WebSocket: captures ws-*, audio_pipe.cpp and lws_glue.cpp. */
export class AudioFork {
  readonly request: ForkRequest;
  readonly #user: ForkUser;
  readonly #violations: Violations;
  readonly #random: () => number;
  readonly #playout: BotPlayout;
  #socket: WebSocket | undefined;
  /** Texts come to nothing before the connection is up and after it is gone (bufferForSending). */
  #state: 'connecting' | 'up' | 'closing' | 'gone' = 'connecting';
  #frames: Buffer[] = [];
  #holdBack = 0;
  framesSent = 0;
  /** Bytes of bot audio taken in. */
  audioReceived = 0;

  constructor(request: ForkRequest, user: ForkUser, violations: Violations, random: () => number) {
    this.request = request;
    this.#user = user;
    this.#violations = violations;
    this.#random = random;
    this.#playout = new BotPlayout((name, event) =>
      // spaces as in captures ws-M, ws-M4
      this.sendText(`{"type": "mark", "data": {"name":"${name}", "event": "${event}"}}`),
    );
  }

  get connected(): boolean {
    return this.#state === 'up';
  }

  get botSamplesWaiting(): number {
    return this.#playout.buffered;
  }

  /** @param refused - a test wants this one to fail */
  connect(refused: boolean): void {
    const { url, username, password } = this.request;
    const { hostname } = new URL(url);
    const target = refused ? url.replace(/:\d+/, ':1') : url;
    // capture ws-A: these headers, the host without its port; Authorization by lws_callback APPEND_HANDSHAKE_HEADER
    const socket = new WebSocket(target, PROTOCOL, {
      perMessageDeflate: false,
      headers: {
        Pragma: 'no-cache',
        'Cache-Control': 'no-cache',
        Host: hostname,
        Origin: `http://${hostname}`,
        ...(username === undefined || password === undefined
          ? {}
          : { Authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` }),
      },
    });
    this.#socket = socket;
    let opened = false;
    socket.on('open', () => {
      opened = true;
      if (this.#state !== 'connecting') return socket.close(1000);
      this.#state = 'up';
      this.#user.fire('connect');
      if (this.request.metadata !== '') this.sendText(this.request.metadata);
    });
    socket.on('error', (error) => {
      if (opened || this.#state !== 'connecting') return;
      this.#state = 'gone';
      // lws_glue.cpp CONNECT_FAIL: the library's words, which no capture shows
      this.#user.fire('connect_failed', `{"reason":"${error.message.replace(/["\\]/g, '')}"}`);
    });
    socket.on('close', () => {
      // closed by the far end (CONNECTION_DROPPED): the bug stays, and its name is taken
      if (this.#state === 'up') {
        this.#state = 'gone';
        this.#user.fire('disconnect');
      }
      this.#state = 'gone';
    });
    socket.on('message', (data, binary) => {
      if (this.#state !== 'up') return;
      const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Uint8Array);
      if (binary) this.#hear(bytes);
      else this.#obey(bytes.toString());
    });
  }

  sendText(text: string): void {
    if (this.#state === 'up') this.#socket?.send(text);
  }

  /** 20 ms: what the caller says, and what FreeSWITCH itself plays to the caller. */
  tap(left: Int16Array, right: Int16Array): void {
    if (this.#state !== 'up') return;
    const channels = this.request.mix === 'stereo' ? 2 : 1;
    const frame = Buffer.alloc(left.length * 2 * channels);
    for (let i = 0; i < left.length; i++) {
      frame.writeInt16LE(left[i] ?? 0, i * 2 * channels);
      if (channels === 2) frame.writeInt16LE(right[i] ?? 0, i * 4 + 2);
    }
    this.#frames.push(frame);
    // now and then the socket is not writable for a moment: sizes of 1280 in ws-bridge, ws-H2, 2 to 4 frames seen
    if (this.#holdBack > 0) this.#holdBack--;
    else if (this.#random() < 0.02) this.#holdBack = 1 + Math.floor(this.#random() * 3);
  }

  /** What was tapped since the last time goes out as one message. */
  flush(): void {
    if (this.#holdBack > 0 && this.#frames.length <= 3) return;
    if (this.#frames.length === 0 || this.#state !== 'up') return;
    this.framesSent += this.#frames.length;
    this.#socket?.send(Buffer.concat(this.#frames));
    this.#frames = [];
  }

  /** Adds the bot's audio to what the caller hears. */
  dub(frame: Int16Array): void {
    if (this.request.streaming) this.#playout.dub(frame);
  }

  /** `stop`, or the channel's end: 1000 after what was to be sent (captures ws-main, ws-misc). */
  stop(text?: string): void {
    if (text !== undefined) this.sendText(text);
    this.#state = this.#state === 'up' ? 'closing' : 'gone';
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.close(1000);
  }

  /** The connection breaks: 1006 at the application. */
  break(): void {
    this.#state = 'gone';
    this.#socket?.terminate();
  }

  /** The network breaks under a call that goes on: FreeSWITCH notices as when the far end closes. */
  drop(): void {
    this.#socket?.terminate();
  }

  #hear(audio: Buffer): void {
    if (!this.request.streaming) return this.#violations.add('audio sent to a fork that does not stream: discarded');
    this.audioReceived += audio.length;
    this.#playout.receive(audio);
  }

  #obey(text: string): void {
    let message: { readonly type?: unknown; readonly data?: { readonly name?: unknown } };
    try {
      message = JSON.parse(text) as typeof message;
    } catch {
      // capture ws-main "this is not json": nothing came of it
      return this.#violations.add('a text that is not JSON was sent to the fork');
    }
    const data = message.data === undefined ? undefined : JSON.stringify(message.data);
    switch (message.type) {
      case 'killAudio':
        this.#user.fire('kill_audio');
        this.#user.breakPlayback();
        return this.#playout.kill();
      case 'mark':
        if (typeof message.data?.name === 'string') this.#playout.mark(message.data.name);
        return;
      case 'clearMarks':
        return this.#playout.clearMarks();
      case 'json':
        return this.#user.fire('json', text);
      case 'transcription':
      case 'transfer':
      case 'error':
      case 'disconnect':
        return this.#user.fire(message.type, data);
      case 'playAudio':
        return this.#violations.noCapture(
          'playAudio to a fork that streams, or without the file that the module writes',
        );
      default:
        return this.#violations.add(`the fork does not know the message type ${String(message.type)}`);
    }
  }
}
