/** Counts since the stack was opened, and what is alive now. */
export interface SipStatistics {
  readonly requestsReceived: number;
  readonly responsesReceived: number;
  readonly messagesSent: number;
  /** Sent again by a timer or in answer to a retransmitted request. */
  readonly retransmissionsSent: number;
  readonly retransmissionsReceived: number;
  /** Neither given on nor answered, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Answered by the stack itself, by status: 400, 416, 481, 482, 503, 505. */
  readonly refused: Readonly<Record<string, number>>;
  readonly transportErrors: number;
  /** Handlers that threw. */
  readonly userErrors: number;
  /** INVITEs and other requests that the user never answered. */
  readonly unanswered: number;
  readonly serverTransactions: number;
  readonly clientTransactions: number;
  readonly pendingTimers: number;
  readonly tcpConnections: number;
}
