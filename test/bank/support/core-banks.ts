import { credentials } from '@grpc/grpc-js';
import type { BankTransport } from '../../../src/bank/bank-transport.ts';
import type { CoreBanking } from '../../../src/bank/core-banking.ts';
import { openDemoBankStore } from '../../../src/bank/demo/demo-bank.ts';
import { serveBankGrpc } from '../../../src/bank/demo/serve-grpc.ts';
import { serveBankHttp } from '../../../src/bank/demo/serve-http.ts';
import { grpcTransport } from '../../../src/bank/grpc/grpc-transport.ts';
import { httpTransport } from '../../../src/bank/http/http-transport.ts';
import { type BankPolicy, DEFAULT_BANK_POLICY } from '../../../src/bank/guarded.ts';
import { openCoreBanking } from '../../../src/bank/open-core-banking.ts';
import { ms } from '../../../src/domain/units.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { Scope } from '../../../src/lib/scope.ts';

export const TOKEN = 'bank-token';
export const never = new AbortController().signal;
export const PATIENT: BankPolicy = { ...DEFAULT_BANK_POLICY, timeout: ms(20_000) };

/** What a test opens; what cannot be closed fails it. */
export const opened = (): Scope =>
  new Scope((error) => {
    throw error;
  });

type Open = (scope: Scope, through?: (transport: BankTransport) => BankTransport) => Promise<CoreBanking>;
const same = (transport: BankTransport): BankTransport => transport;

export const overHttp: Open = async (scope, through = same) => {
  const bank = scope.use(await openDemoBankStore(':memory:', systemClock));
  const { url } = scope.use(await serveBankHttp(bank, TOKEN));
  return scope.use(openCoreBanking(through(httpTransport({ url, token: TOKEN })), PATIENT, systemClock));
};
const overGrpc: Open = async (scope, through = same) => {
  const bank = scope.use(await openDemoBankStore(':memory:', systemClock));
  const { address } = scope.use(await serveBankGrpc(bank, TOKEN));
  const transport = grpcTransport({ address, token: TOKEN, credentials: credentials.createInsecure() });
  return scope.use(openCoreBanking(through(transport), PATIENT, systemClock));
};
/** The demo bank on this machine, over each wire. */
export const WIRES: readonly (readonly [string, Open])[] = [
  ['HTTP', overHttp],
  ['gRPC', overGrpc],
];

export async function signedIn(bank: CoreBanking, contact = 'k-1'): Promise<string> {
  const result = await bank.ask('VerifyPin', { account: '12345678', pin: '2468', contact }, never);
  if (result.outcome === 'refused') throw new Error(result.because);
  return result.answer.session;
}
export const balanceOf = (bank: CoreBanking, session: string): Promise<unknown> =>
  bank.ask('GetBalance', { account: '12345678', session }, never);
