import { asError, IvrError } from '../../domain/error.ts';
import { type Milliseconds, ms } from '../../domain/units.ts';
import { within } from '../../lib/deadline.ts';
import { deferred } from '../../lib/deferred.ts';
import { sharedAborter } from '../../lib/shared-aborter.ts';
import { type EslConnection, type FsmrfEndpoint, sendAtOnce } from './drachtio-fsmrf.ts';
import type { PacketCounts } from './rtp-watch.ts';

const COMMAND_LIMIT = ms(2_000);
const MODIFY_LIMIT = ms(4_000);
/** FreeSWITCH answers a BYE within milliseconds; where it does not its own event socket ends the channel. */
const HANG_UP_LIMIT = ms(500);
/** One fork per channel, one name. */
const BUGNAME = 'tellerline';

const DAY_MS = '86400000';
const OURS: Readonly<Record<string, string>> = {
  // who is left when the other one leaves stays, and can be played to
  hangup_after_bridge: 'false',
  park_after_bridge: 'true',
  // a dialplan's media_timeout ends far ends that are on hold, whatever its media_hold_timeout; we watch over RTP ourselves
  media_timeout_audio: DAY_MS,
  media_hold_timeout_audio: DAY_MS,
};

export interface ForkPlace {
  readonly url: string;
  /** Comes as the first text of the WebSocket. Nothing is escaped on the way: no apostrophe, bar or backslash. */
  readonly metadata: string;
}

/** What the channel says by itself. */
export interface ChannelListener {
  onKey(digit: string): void;
  onForkRefused(): void;
  /** Once, and not after `hangUp`. `reason`: its hang-up cause; undefined when FreeSWITCH itself is gone. */
  onGone(reason: string | undefined): void;
}

/**
 * A channel of FreeSWITCH with its event socket and its dialog. Whatever fsmrf promises is raced against the end of the
 * channel and a deadline, since most of it never settles when the channel ends first.
 */
export class LegChannel {
  readonly server: ChannelServer;
  readonly #endpoint: FsmrfEndpoint;
  readonly #gone = sharedAborter();
  /** Its event socket has ended: the channel has ended, or can no longer be reached. */
  readonly #ended = deferred<void>();
  #listener: ChannelListener | undefined;
  #goneEarly: { readonly reason: string | undefined } | undefined;
  #hungUp: Promise<void> | undefined;

  constructor(endpoint: FsmrfEndpoint, server: ChannelServer) {
    this.#endpoint = endpoint;
    this.server = server;
    server.owned.set(endpoint.uuid, this);
    const { conn } = endpoint;
    if (conn !== null) this.#watch(conn);
    endpoint.on('destroy', (ended) => this.#onGone(ended?.reason ?? undefined));
    endpoint.on('dtmf', ({ dtmf }) => {
      if (typeof dtmf === 'string') this.#listener?.onKey(dtmf);
    });
    this.setVariables(OURS).catch(() => undefined); // by the dialplan as well, or the channel ends
    endpoint.addCustomEventListener('mod_audio_fork::connect_failed', () => this.#listener?.onForkRefused());
  }

  get uuid(): string {
    return this.#endpoint.uuid;
  }

  /** As FreeSWITCH first described itself. */
  get localSdp(): string {
    return this.#endpoint.local.sdp ?? '';
  }

  get gone(): boolean {
    return this.#gone.signal.aborted;
  }

  listen(listener: ChannelListener): void {
    this.#listener = listener;
    if (this.#goneEarly !== undefined) listener.onGone(this.#goneEarly.reason);
  }

  /** re-INVITE. @returns FreeSWITCH's description */
  async modify(remoteSdp: string): Promise<string> {
    const { dialog } = this.#endpoint;
    if (dialog === null) throw new IvrError('MEDIA_SERVER_LOST', 'the leg has no dialog with FreeSWITCH');
    const answer = await this.#settled(dialog.modify(remoteSdp), MODIFY_LIMIT, 're-INVITE to FreeSWITCH');
    if (typeof answer !== 'string')
      throw new IvrError('MEDIA_SERVER_LOST', 'FreeSWITCH answered without a description');
    return answer;
  }

  /** All in one packet: the answers are waited for together. */
  async setVariables(variables: Readonly<Record<string, string>>): Promise<void> {
    const { socket } = this.#endpoint.conn ?? {};
    socket?.cork();
    const answers = Object.entries(variables).map(([name, value]) =>
      this.#api('uuid_setvar', [this.uuid, name, value]),
    );
    socket?.uncork();
    await Promise.all(answers);
  }

  /** Resolves before the WebSocket is up. */
  startFork({ url, metadata }: ForkPlace): Promise<void> {
    const started = this.#endpoint.forkAudioStart({
      wsUrl: url,
      mixType: 'stereo',
      sampling: '8000',
      bugname: BUGNAME,
      metadata,
      bidirectionalAudio: { enabled: 'true', streaming: 'true', sampleRate: '8000' },
    });
    return this.#settled(started, COMMAND_LIMIT, 'starting a fork');
  }

  /** The name of a fork stays taken until it is stopped, also when it never connected. */
  stopFork(): Promise<void> {
    return this.#settled(this.#endpoint.forkAudioStop(BUGNAME), COMMAND_LIMIT, 'stopping a fork');
  }

  bridge(other: LegChannel): Promise<void> {
    return this.#settled(this.#endpoint.bridge(other.uuid), COMMAND_LIMIT, 'bridging');
  }

  unbridge(): Promise<void> {
    return this.#settled(this.#endpoint.unbridge(), COMMAND_LIMIT, 'parting');
  }

  /** 100 ms each (RFC 4733). */
  async sendDigits(digits: string): Promise<void> {
    const limit = ms(COMMAND_LIMIT + digits.length * 500);
    await this.#settled(this.#endpoint.execute('send_dtmf', `${digits}@100`), limit, 'sending digits');
  }

  /** What has come from the far end, as FreeSWITCH counts it (comfort noise included; reports only where it has RTCP on). */
  async packetsReceived(): Promise<PacketCounts> {
    const { socket } = this.#endpoint.conn ?? {};
    socket?.cork();
    const counting = this.#endpoint.api('uuid_set_media_stats', this.uuid);
    const counted = ['rtp_audio_in_packet_count', 'rtp_audio_rtcp_packet_count'].map((variable) =>
      this.#endpoint.api('uuid_getvar', `${this.uuid} ${variable}`),
    );
    socket?.uncork();
    const [, ...counts] = await this.#settled(Promise.all([counting, ...counted]), COMMAND_LIMIT, 'counting packets');
    const [rtp = 0, rtcp = 0] = counts.map((count) => Number.parseInt(count.getBody(), 10) || 0);
    return { rtp, rtcp };
  }

  /** Its FreeSWITCH does not answer any more. */
  lose(): void {
    this.#onGone(undefined);
  }

  /** Ends the channel. Idempotent, never rejects. */
  hangUp(): Promise<void> {
    return (this.#hungUp ??= this.#hangUp());
  }

  async #hangUp(): Promise<void> {
    const wasGone = this.gone;
    const { dialog } = this.#endpoint;
    try {
      // our BYE does not arrive there, and none comes back
      if (!wasGone && !this.server.signallingUp) await this.server.kill(this.uuid);
      else if (!wasGone) {
        // settles with FreeSWITCH's BYE, which has nobody to come to while drachtio is down
        const destroyed = this.#endpoint.destroy();
        await within(Promise.race([destroyed, this.#ended.promise]), HANG_UP_LIMIT, 'hanging up');
      } else if (this.#goneEarly?.reason === undefined) void dialog?.destroy().catch(() => undefined);
    } catch {
      await this.server.kill(this.uuid);
    } finally {
      this.#gone.abort();
      this.server.owned.delete(this.uuid);
    }
  }

  #watch(conn: EslConnection): void {
    sendAtOnce(conn);
    // fsmrf writes every error of it to the console; its end tells us all
    conn.removeAllListeners('error');
    conn.on('esl::end', () => this.#ended.resolve());
  }

  async #api(command: string, args: readonly string[]): Promise<void> {
    const answer = await this.#settled(this.#endpoint.api(command, args), COMMAND_LIMIT, command);
    if (!answer.getBody().startsWith('+OK'))
      throw new IvrError('MEDIA_SERVER_LOST', `FreeSWITCH refused ${command}`, { command });
  }

  #onGone(reason: string | undefined): void {
    if (this.gone || this.#hungUp !== undefined) return;
    this.#goneEarly = { reason };
    this.#gone.abort();
    this.server.owned.delete(this.uuid);
    this.#listener?.onGone(reason);
  }

  /** @throws IvrError MEDIA_SERVER_LOST */
  async #settled<T>(work: Promise<T>, limit: Milliseconds, what: string): Promise<T> {
    try {
      return await within(work, limit, what, this.#gone.signal);
    } catch (thrown) {
      const because = this.gone ? 'the channel has ended' : asError(thrown).message.trim();
      throw new IvrError('MEDIA_SERVER_LOST', `${what}: ${because}`, { what, host: this.server.host }, thrown);
    }
  }
}

/** The server that a channel is on, as the channel sees it. */
export interface ChannelServer {
  readonly host: string;
  /** There is a connection to a SIP server. */
  readonly signallingUp: boolean;
  /** Channels with an owner, by their uuid. */
  readonly owned: Map<string, LegChannel>;
  /** By the server's own event socket. Never rejects. */
  kill(uuid: string): Promise<void>;
}
