import { IvrError } from '../domain/error.ts';
import type { CodeSender } from './code-sender.ts';
import { describeOperation } from './operation.ts';

/**
 * ADAPTER for trying it out: the code appears on the terminal in front of the server, as if it were the customer's telephone.
 *
 * @param terminal - writes to a terminal; undefined when there is none (a service, a redirected file), where nothing may be written
 */
export const consoleSender = (terminal: ((line: string) => void) | undefined): CodeSender => ({
  send(_, code, operation) {
    const { kind, amount, payee } = describeOperation(operation);
    terminal?.(`[SMS] ${code.reveal()} approves a ${kind} of ${amount} to ${payee}`);
    return terminal === undefined ? Promise.reject(noTerminal()) : Promise.resolve();
  },
});

const noTerminal = (): IvrError =>
  new IvrError('CODE_NOT_SENT', 'one-time codes are shown on a terminal, and the server has none');
