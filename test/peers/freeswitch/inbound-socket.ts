import type { Socket } from 'node:net';
import { EventListener } from './event-listener.ts';
import { apiResponse, commandReply } from './event-text.ts';
import type { Violations } from './violations.ts';

export interface InboundUser {
  readonly password: string;
  readonly violations: Violations;
  api(command: string): string;
  /** Something was said; passwords are not noted. */
  note(command: string): void;
  onClosed(listener: EventListener): void;
}

/** An application's connection to our event socket: captures esl-inbound-main, esl-inbound-death-fs. */
export function acceptInbound(socket: Socket, user: InboundUser): EventListener {
  const { violations } = user;
  let authenticated = false;
  const authenticate = (command: string): void => {
    authenticated = command === `auth ${user.password}`;
    listener.write(commandReply(authenticated ? '+OK accepted' : '-ERR invalid'));
    if (authenticated) return;
    violations.add('the event socket was not given its password');
    listener.end();
  };
  const obey = (command: string): void => {
    if (command === 'exit') {
      // mod_event_socket.c; the library says it when it disconnects
      listener.write(commandReply('+OK bye'));
      return listener.end();
    }
    if (listener.listen(command)) return;
    if (command.startsWith('api ')) return listener.write(apiResponse(user.api(command.slice(4))));
    // the library repeats `auth` after a reconnection: capture esl-inbound-death-fs
    if (!command.startsWith('auth ')) violations.noCapture(command);
    listener.write(commandReply('-ERR command not found'));
  };
  const listener: EventListener = new EventListener(
    socket,
    violations,
    (command) => {
      if (authenticated) obey(command);
      else authenticate(command);
      user.note(command.startsWith('auth ') ? 'auth' : command);
    },
    () => user.onClosed(listener),
  );
  listener.write('Content-Type: auth/request\n\n');
  return listener;
}
