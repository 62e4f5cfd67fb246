import type { SipStatistics } from './statistics.ts';

/** The running counts behind `SipStatistics`. Reasons and statuses are few and fixed, so the maps stay small. */
export class Counters {
  requestsReceived = 0;
  responsesReceived = 0;
  messagesSent = 0;
  retransmissionsSent = 0;
  retransmissionsReceived = 0;
  transportErrors = 0;
  userErrors = 0;
  unanswered = 0;
  readonly #dropped = new Map<string, number>();
  readonly #refused = new Map<string, number>();

  drop(because: string): void {
    this.#dropped.set(because, (this.#dropped.get(because) ?? 0) + 1);
  }

  refuse(status: number): void {
    this.#refused.set(String(status), (this.#refused.get(String(status)) ?? 0) + 1);
  }

  with(alive: {
    readonly serverTransactions: number;
    readonly clientTransactions: number;
    readonly pendingTimers: number;
    readonly tcpConnections: number;
  }): SipStatistics {
    return {
      requestsReceived: this.requestsReceived,
      responsesReceived: this.responsesReceived,
      messagesSent: this.messagesSent,
      retransmissionsSent: this.retransmissionsSent,
      retransmissionsReceived: this.retransmissionsReceived,
      transportErrors: this.transportErrors,
      userErrors: this.userErrors,
      unanswered: this.unanswered,
      dropped: Object.fromEntries(this.#dropped),
      refused: Object.fromEntries(this.#refused),
      ...alive,
    };
  }
}
