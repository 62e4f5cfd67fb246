import { type RtpClockHz, type RtpTicks, rtpTicks } from '../../domain/units.ts';
import { type EventPacket, keyPackets } from '../../rtp/telephone-event.ts';

/** 60 ms of nothing between keys. */
const PAUSE_TICKS = 3;
/** A mistake of the caller's, not a telephone number. */
const LONGEST_QUEUE = 256;

export interface DueEvent extends EventPacket {
  /** RTP timestamp of the key's start. */
  readonly startedAt: RtpTicks;
}

/** Keys to be sent, one packet per playout tick: 100 ms each and 60 ms between (RFC 4733). */
export class DigitSender {
  #digits = '';
  #packets: readonly EventPacket[] = [];
  #next = 0;
  #startedAt = rtpTicks(0);
  #pause = 0;

  get busy(): boolean {
    return this.#digits !== '' || this.#next < this.#packets.length || this.#pause > 0;
  }

  send(digits: string): void {
    this.#digits = (this.#digits + digits).slice(0, LONGEST_QUEUE);
  }

  /** This tick's event packet; undefined in the pauses (silence is due) and when there is nothing to send. */
  next(timestamp: RtpTicks, clockRate?: RtpClockHz): DueEvent | undefined {
    if (this.#next >= this.#packets.length) {
      if (this.#pause > 0) {
        this.#pause--;
        return undefined;
      }
      if (this.#digits === '') return undefined;
      this.#packets = keyPackets(this.#digits[0] ?? '', undefined, clockRate);
      this.#digits = this.#digits.slice(1);
      this.#next = 0;
      this.#startedAt = timestamp;
      if (this.#packets.length === 0) return undefined;
    }
    const packet = this.#packets[this.#next++];
    if (packet === undefined) return undefined;
    if (this.#next >= this.#packets.length) this.#pause = PAUSE_TICKS;
    return { ...packet, startedAt: this.#startedAt };
  }
}
