/** Of the agent's own line, as the browser measures it (W3C webrtc-stats). */
export interface LineQuality {
  readonly level: 'good' | 'fair' | 'poor';
  /** 0…1, of the last seconds. */
  readonly loss: number;
  readonly jitterMs: number;
  readonly roundTripMs: number | undefined;
  /** Since the beginning. */
  readonly received: number;
  readonly lost: number;
}

interface Numbers {
  readonly type?: string;
  readonly kind?: string;
  readonly packetsReceived?: number;
  readonly packetsLost?: number;
  readonly jitter?: number;
  readonly nominated?: boolean;
  readonly state?: string;
  readonly currentRoundTripTime?: number;
}

/** @param before - what was measured before on the same line */
export function qualityOf(report: Iterable<readonly [string, Numbers]>, before: LineQuality | undefined): LineQuality {
  let [received, lost, jitterMs] = [0, 0, 0];
  let roundTripMs: number | undefined;
  for (const [, entry] of report) {
    if (entry.type === 'inbound-rtp' && entry.kind === 'audio') {
      received = entry.packetsReceived ?? 0;
      lost = Math.max(0, entry.packetsLost ?? 0);
      jitterMs = (entry.jitter ?? 0) * 1_000;
    }
    if (entry.type === 'candidate-pair' && entry.state === 'succeeded' && entry.currentRoundTripTime !== undefined)
      roundTripMs = entry.currentRoundTripTime * 1_000;
  }
  // another stream counts from the beginning again
  const anew = before === undefined || received < before.received;
  const newlyLost = Math.max(0, lost - (anew ? 0 : before.lost));
  const newly = newlyLost + received - (anew ? 0 : before.received);
  const loss = newly > 0 ? newlyLost / newly : 0;
  // one-way delay beyond 150 ms is heard (ITU-T G.114), loss beyond 1 % too
  const poor = loss > 0.05 || jitterMs > 60 || (roundTripMs ?? 0) > 500;
  const fair = loss > 0.01 || jitterMs > 30 || (roundTripMs ?? 0) > 300;
  return { level: poor ? 'poor' : fair ? 'fair' : 'good', loss, jitterMs, roundTripMs, received, lost };
}
