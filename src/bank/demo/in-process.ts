import type { BankTransport } from '../bank-transport.ts';
import type { DemoBank } from './demo-bank.ts';

/** The demo bank without a wire between, for trying dialplans. It is opened by the first request. */
export function demoBankInProcess(open: () => Promise<DemoBank>): BankTransport {
  let bank: Promise<DemoBank> | undefined;
  return {
    async send(operation, request, key) {
      bank ??= open();
      return await (await bank).handle(operation, request, key);
    },
    async [Symbol.asyncDispose]() {
      await (await bank)?.[Symbol.asyncDispose]();
    },
  };
}
