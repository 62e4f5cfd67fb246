import { createConnection, type Socket } from 'node:net';
import { channelHeaders, type EventBasics, profileHeaders, variableHeaders } from './channel-headers.ts';
import { EventListener } from './event-listener.ts';
import { apiResponse, commandReply, disconnectNotice, plainEvent } from './event-text.ts';
import type { Leg } from './leg.ts';
import type { Violations } from './violations.ts';

export interface ChannelSocketUser {
  readonly basics: EventBasics;
  readonly violations: Violations;
  api(command: string): string;
  readonly leg: (uuid: string) => Leg | undefined;
  readonly wasLeg: (uuid: string) => boolean;
  note(command: string): void;
  /** It is closed; `lost`: by the application, or it never took it. */
  onClosed(socket: ChannelSocket, lost: boolean): void;
}

/** The outbound event socket of one channel (dialplan application `socket … async full`): captures esl-outbound-*. */
export class ChannelSocket {
  readonly listener: EventListener;
  readonly #leg: Leg;
  readonly #user: ChannelSocketUser;
  #connected = false;
  #over = false;

  constructor(leg: Leg, user: ChannelSocketUser) {
    this.#leg = leg;
    this.#user = user;
    const [host = '', port = '0'] = leg.origin.eslOutbound.split(':');
    const socket: Socket = createConnection({ host, port: Number(port) });
    this.listener = new EventListener(
      socket,
      user.violations,
      (command) => this.#obey(command),
      () => user.onClosed(this, !this.#over),
    );
  }

  /** The channel is gone. */
  finish(): void {
    this.#over = true;
    this.listener.write(disconnectNotice(this.#leg.uuid));
    this.listener.end();
  }

  /** The process died. */
  destroy(): void {
    this.#over = true;
    this.listener.destroy();
  }

  #obey(command: string): void {
    const { violations } = this.#user;
    this.#user.note(command);
    if (!this.#connected) {
      // mod_event_socket.c: the library's first word; captures esl-outbound-*
      if (command !== 'connect') violations.add(`${command} before connect`);
      this.#connected = true;
      this.listener.write(this.#channelData());
      return this.#leg.told();
    }
    if (this.listener.listen(command)) return;
    if (command.startsWith('api ')) return this.listener.write(apiResponse(this.#user.api(command.slice(4))));
    if (command.startsWith('sendmsg')) return this.#message(command);
    if (command === 'exit') {
      this.listener.write(commandReply('+OK bye'));
      violations.noCapture('exit on a channel’s socket');
      return this.listener.end();
    }
    violations.noCapture(command);
    this.listener.write(commandReply('-ERR command not found'));
  }

  #message(command: string): void {
    const { violations } = this.#user;
    const [first = '', ...lines] = command.split('\n');
    const uuid = first.slice('sendmsg '.length);
    const fields = new Map<string, string>();
    for (const line of lines) {
      const [, name, value] = /^([^:\s]+): ?(.*)$/.exec(line) ?? [];
      if (name === undefined || value === undefined) violations.add(`sendmsg with a line that is no header: ${line}`);
      else fields.set(name, value);
    }
    for (const name of fields.keys())
      if (!['execute-app-name', 'execute-app-arg', 'call-command', 'Event-UUID'].includes(name))
        violations.noCapture(`sendmsg with ${name}`);
    const app = fields.get('execute-app-name');
    if (fields.get('call-command') !== 'execute' || app === undefined) violations.noCapture(`sendmsg ${command}`);
    const leg = this.#user.leg(uuid);
    if (leg === undefined) {
      // mod_event_socket.c: a message to a channel that is gone
      if (!this.#user.wasLeg(uuid)) violations.add(`sendmsg to the unknown channel ${uuid}`);
      return this.listener.write(commandReply(`-ERR invalid session id [${uuid}]`));
    }
    this.listener.write(commandReply('+OK'));
    if (app !== undefined)
      leg.execute({ app, arg: fields.get('execute-app-arg') ?? '', uuid: fields.get('Event-UUID') ?? '' });
  }

  #channelData(): string {
    const facts = this.#leg.facts();
    return plainEvent([
      ...this.#user.basics.headers('CHANNEL_DATA', ['mod_event_socket.c', 'parse_command', 2021]),
      ...profileHeaders('Channel', facts),
      ...channelHeaders(facts),
      ...variableHeaders(facts),
      ['Content-Type', 'command/reply'],
      ['Reply-Text', '+OK\n'],
      ['Socket-Mode', 'async'],
      ['Control', 'full'],
    ]);
  }
}
