import { afterEach, beforeEach, expect } from 'vitest';
import { credentialsFor } from '../../src/sip/digest/credentials.ts';
import { secretHash } from '../../src/sip/digest/digest.ts';
import type { SipRequest, SipResponse } from '../../src/sip/message/message.ts';
import type { RegistrarUsers } from '../../src/sip-server/registrar.ts';
import { type Bench, openBench } from './board.ts';
import type { UdpPeer } from './udp-peer.ts';

export const DOMAIN = 'bank.example';
export const PASSWORD = 'a password of the test';
export const secrets = (user: string) => ({
  MD5: secretHash('MD5', user, DOMAIN, PASSWORD),
  'SHA-256': secretHash('SHA-256', user, DOMAIN, PASSWORD),
});
export const USERS: RegistrarUsers = { alice: secrets('alice'), bob: secrets('bob') };
const TRUSTED = { trusted: ['127.0.0.1'], allow: [], sourceSetupsPerSecond: 100, sourcePending: 10, pendingOfAll: 50 };

export let bench: Bench;
/** A server with a registrar for each test of the calling file. */
export function useRegistrar(): void {
  beforeEach(async () => {
    bench = await openBench({
      registrar: { domain: DOMAIN, users: USERS, limits: { contacts: 3, minSeconds: 60, maxSeconds: 3_600 } },
      sources: TRUSTED,
    });
  });
  afterEach(() => bench[Symbol.asyncDispose]());
}

/** A telephone that registers. */
export class Telephone {
  readonly peer: UdpPeer;
  readonly #user: string;
  readonly #password: string;
  #cseq = 0;

  constructor(peer: UdpPeer, user: string, password = PASSWORD) {
    this.peer = peer;
    this.#user = user;
    this.#password = password;
  }

  request(headers: Record<string, string> = {}): SipRequest {
    const address = `<sip:${this.#user}@${DOMAIN}>`;
    return this.peer.request('REGISTER', {
      uri: `sip:${DOMAIN}`,
      callId: `registration-of-${this.peer.port}`,
      cseq: ++this.#cseq,
      to: address,
      headers: { From: `${address};tag=1`, ...headers },
    });
  }

  async ask(request: SipRequest): Promise<SipResponse> {
    this.peer.send(request);
    return this.peer.hearFinal('REGISTER');
  }

  /** Answers the challenge. */
  async register(headers: Record<string, string> = {}): Promise<SipResponse> {
    const challenge = await this.ask(this.request(headers));
    expect(challenge.status).toBe(401);
    const again = this.request(headers);
    again.headers.set('Authorization', this.credentials(challenge, again));
    return this.ask(again);
  }

  credentials(challenge: SipResponse, request: SipRequest): string {
    const account = { user: this.#user, password: this.#password };
    return credentialsFor(challenge.headers.all('WWW-Authenticate'), request, account) ?? '';
  }
}

export const telephone = async (user: string, password?: string): Promise<Telephone> =>
  new Telephone(await bench.peer(), user, password);
export const refused = () => bench.server.statistics().registrar?.refused;
