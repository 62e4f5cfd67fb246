import type { LinearFrame } from '../../domain/codec.ts';
import type { MediaSourceChange } from '../../domain/call-event.ts';
import { FRAME_SAMPLES, type LegSample, legSample, TELEPHONE_RATE, type MonotonicMs, ms } from '../../domain/units.ts';
import type { NatPolicy } from '../../rtp/media-source.ts';
import { isRtcp } from '../../rtp/packet.ts';
import { compactNtp, ntpTime } from '../../rtp/rtcp.ts';
import type { HeardPacket } from '../engine/heard-packet.ts';
import { LegPipeline, type LegPipelineOptions } from '../engine/leg-pipeline.ts';
import type { LegServices } from '../engine/leg-services.ts';
import type { LegTap } from '../engine/leg-tap.ts';
import type { EndpointCommand, MediaEvent, NegotiatedMedia } from '../engine/media-protocol.ts';
import type { LegCounts, RuntimeLeg } from '../engine/worker-legs.ts';
import { AudioWatch } from './audio-watch.ts';
import { ConferenceMember } from './conference-member.ts';
import { ourReport, takeReports } from './leg-rtcp.ts';
import { QualityMonitor } from './leg-quality.ts';
import { LegSrtp } from './leg-srtp.ts';
import type { LegSocket, LegSocketHandlers } from './leg-socket.ts';
import { RtpEgress } from './rtp-egress.ts';
import { RtpReceiver } from './rtp-receiver.ts';
import { SourceLatch } from './source-latch.ts';

/** A sender whose clock jumps all the time is told of so often. */
const MOST_SKEWS = 20;
/** RTCP reports and quality events: every 5 s. */
const REPORT_TICKS = 250;
/** Shared by all legs of the thread: the persons that one hears, for the length of one tick. */
const scratch: LinearFrame = { rate: TELEPHONE_RATE, samples: new Int16Array(FRAME_SAMPLES) };

export interface RtpLegOptions extends LegPipelineOptions {
  /** See `EndpointOptions.awaitConsent`. */
  readonly awaitConsent: boolean;
}

/**
 * One call leg inside a media worker: its stream out (playback, keys, the persons it hears), its stream in (tap,
 * keys, voice activity, those who hear it), and the clock that ties both to the recording. Every 20 ms `tick` sends a packet.
 */
export class RtpLeg implements RuntimeLeg<RtpLeg>, LegSocketHandlers {
  readonly #services: LegServices;
  readonly #emit: (event: MediaEvent) => void;
  readonly #latch: SourceLatch;
  readonly #receiver: RtpReceiver;
  readonly #egress: RtpEgress;
  readonly #pipeline: LegPipeline;
  readonly #srtp = new LegSrtp();
  readonly #quality = new QualityMonitor();
  #socket: LegSocket | undefined;
  #media: NegotiatedMedia | undefined;
  #ticks = 0;
  readonly #watch: AudioWatch;
  readonly #conference: ConferenceMember;
  #troubles = 0;
  #skews = 0;
  #closed = false;
  /** The far end wants our audio; until it has shown that, no packet goes to it, not of RTCP either. */
  #consented: boolean;

  constructor(options: RtpLegOptions, services: LegServices, nat: NatPolicy) {
    this.#services = services;
    this.#consented = !options.awaitConsent;
    this.#watch = new AudioWatch(services.options.rtpTimeoutMs);
    this.#emit = options.emit;
    this.#latch = new SourceLatch(nat, {
      onChange: (because) => this.#onSourceChange(because),
      settle: (source) => this.#socket?.settle(source),
      unsettle: () => this.#socket?.unsettle(),
    });
    this.#receiver = new RtpReceiver(this.#latch, () => this.#pipeline.position(), {
      onPacket: () => this.#onPacket(),
      onSign: () => this.#watch.sign(this.#services.now()),
      onKey: (digit, pressed) => this.#pipeline.onEvent(digit, pressed),
      onUnagreed: (payloadType) => this.#emit({ type: 'events-unagreed', payloadType }),
      onAudio: (packet) => this.#onAudio(packet),
      onSkew: (samples) => this.#onSkew(samples),
    });
    this.#egress = new RtpEgress(options.emit, services);
    this.#pipeline = new LegPipeline(
      options,
      { voice: this.#egress.queue, keyHeld: (now) => this.#receiver.keyHeld(now) },
      services,
    );
    this.#conference = new ConferenceMember({
      isCustomer: options.record?.track === 'customer',
      hides: () => this.#pipeline.entry.hides,
      onAudience: (audience) => this.#tap?.heardBy(audience),
    });
  }

  get counts(): LegCounts {
    const { received, lost, dropped, late } = this.#receiver;
    return {
      received,
      sent: this.#egress.sender.sent,
      lost,
      dropped: dropped + late + this.#troubles + this.#pipeline.keysDropped + this.#srtp.refused,
      underrun: this.#egress.queue.underrun,
      tapLate: this.#tap?.late ?? 0,
      vadFallbacks: this.#pipeline.speechInput.fallbacks,
    };
  }

  attach(socket: LegSocket): void {
    this.#socket = socket;
  }

  command(command: EndpointCommand): void {
    switch (command.type) {
      case 'negotiated':
        return this.#useMedia(command.media);
      case 'consent':
        return this.#consent();
      case 'send-digits':
        return this.#egress.sendDigits(command.digits, this.#media?.telephoneEvent !== undefined);
      case 'unbridge':
        return this.unbridge();
      default:
        if (command.type === 'key') this.#watch.sign(this.#services.now()); // who presses keys lives, though by SIP INFO alone
        return this.#pipeline.command(command);
    }
  }

  bridge(other: RtpLeg): void {
    this.#conference.pair(other.#conference);
  }

  hear(others: readonly RtpLeg[]): void {
    this.#conference.hear(others.map((other) => other.#conference));
  }

  unbridge(): void {
    this.#conference.leave();
  }

  /** Ends playback, flushes the tap, says good-bye. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.unbridge();
    this.#pipeline.close();
    this.#closed = true;
    this.#report(true);
    this.#srtp.close();
    this.#receiver.close();
    this.#egress.close();
    await this.#socket?.close();
  }

  onRtp(bytes: Buffer, address: string, port: number): void {
    if (this.#closed) return;
    // both on one port (RFC 5761), or a far end that takes the one for the other
    if (isRtcp(bytes, bytes.length)) return this.onRtcp(bytes, address);
    const now = this.#services.now();
    // what is not authentic tells the latch nothing, nor anybody else
    const packet = this.#srtp.on ? this.#srtp.open(bytes, 'rtp', now) : bytes;
    if (packet !== undefined) this.#receiver.receive(packet, address, port, now);
  }

  onRtcp(bytes: Buffer, address: string): void {
    if (this.#closed) return;
    const now = this.#services.now();
    const ours = this.#latch.knows(address);
    const plain = ours && this.#srtp.on ? this.#srtp.open(bytes, 'rtcp', now) : bytes;
    if (plain === undefined) return;
    const { sender } = this.#egress;
    const taken =
      ours &&
      takeReports(plain, {
        onSenderReport: (ssrc, compact) => this.#receiver.noteSenderReport(ssrc, compact, now),
        onReportBlock: (block) => {
          if (block.ssrc === sender.ssrc)
            this.#quality.onReport(block, compactNtp(ntpTime(Date.now())), sender.clockRate);
        },
      });
    if (taken) this.#watch.sign(now);
    else this.#troubles++;
  }

  onTrouble(): void {
    this.#troubles++;
  }

  tick(due: MonotonicMs, missed: number): void {
    const skipped = missed * FRAME_SAMPLES;
    const grid = this.#pipeline.place(due, skipped);
    if (skipped > 0) {
      this.#egress.sender.skip(missed);
      if (this.#media?.held === true) this.#tap?.held(legSample(grid - skipped), skipped, !this.#media.send);
      else if (this.#egress.queue.sounding !== undefined) this.#tap?.missed(legSample(grid - skipped), skipped);
      else this.#tap?.saidNothing(legSample(grid - skipped), skipped);
    }
    this.#send(grid);
    if (this.#media?.held === true) this.#tap?.held(grid, FRAME_SAMPLES, !this.#media.send);
    this.#pipeline.tick(grid);
    this.#everyTick();
  }

  get #tap(): LegTap | undefined {
    return this.#pipeline.tap;
  }

  #useMedia(media: NegotiatedMedia): void {
    const first = this.#media === undefined;
    const before = this.#media;
    this.#media = media;
    this.#receiver.useMedia(media);
    this.#egress.useMedia(media);
    if (this.#srtp.use(media.srtp, this.#services.now())) this.#egress.sender.restart();
    this.#pipeline.useMedia(media);
    this.#latch.offer(media.remote, media.signalling);
    const expected = media.receive && !media.held;
    if (!expected) this.#watch.rest();
    else if (first || before?.held === true || before?.receive === false) this.#watch.expect(this.#services.now());
  }

  #send(grid: LegSample): void {
    const media = this.#media;
    const target = this.#latch.target;
    const person = this.#conference.mixInto(scratch.samples) ? scratch : undefined;
    const mute = !this.#consented || media?.send !== true;
    if (mute || target === undefined || this.#socket === undefined) {
      this.#egress.rest();
      if (media?.held !== true) this.#tap?.saidNothing(grid, FRAME_SAMPLES);
      return;
    }
    const tap = this.#tap;
    const packet = this.#egress.next(media, person, (said, sent) => {
      if (said === undefined) tap?.saidNothing(grid, FRAME_SAMPLES);
      else tap?.said(grid, said, sent);
      this.#pipeline.speechInput.played(grid, said?.samples);
    });
    const protectedPacket = this.#srtp.on ? this.#srtp.protect(packet) : packet;
    if (protectedPacket !== undefined) this.#socket.send(protectedPacket, target);
  }

  #consent(): void {
    if (this.#consented) return;
    this.#consented = true;
    this.#watch.begin(this.#services.now());
  }

  #onSourceChange(because: MediaSourceChange): void {
    this.#receiver.changeSource();
    this.#tap?.changeSource();
    this.#emit({ type: 'source-changed', because });
  }

  #onPacket(): void {
    if (!this.#consented && this.#latch.proved) {
      this.#consent();
      this.#emit({ type: 'consented' });
    }
    const expected = this.#media?.receive === true && !this.#media.held;
    if (!this.#watch.packet(this.#services.now(), expected)) return;
    this.#emit({ type: 'rtp-began' });
  }

  #onAudio(packet: HeardPacket): void {
    const media = this.#media;
    if (media === undefined) return;
    this.#pipeline.hear(packet, media.held);
    this.#conference.put(packet, media.held);
  }

  #onSkew(samples: number): void {
    this.#skews++;
    if (this.#skews <= MOST_SKEWS) this.#emit({ type: 'skewed', by: ms((samples * 1000) / TELEPHONE_RATE) });
  }

  #everyTick(): void {
    this.#ticks++;
    const now = this.#services.now();
    this.#latch.tick(now);
    const silence = this.#consented ? this.#watch.tick(now) : undefined;
    if (silence?.kind === 'lost') this.#emit({ type: 'rtp-lost', silent: silence.silent });
    else if (silence !== undefined)
      this.#emit({ type: 'one-way-audio', silent: silence.silent, refused: this.counts.dropped });
    if (this.#ticks % REPORT_TICKS !== 0 || this.#media === undefined) return;
    this.#emit({ type: 'quality', ...this.#quality.take(this.#receiver) });
    this.#report(false);
  }

  #report(bye: boolean): void {
    const remote = this.#media?.remote;
    const target = this.#latch.target;
    if (!this.#consented || target === undefined || this.#socket === undefined) return;
    const announced = remote !== undefined && remote.address === target.address && remote.port === target.port;
    const port = announced ? remote.rtcpPort : target.port + 1;
    const now = this.#services.now();
    const report = ourReport(
      this.#egress.sender,
      this.#egress.sender.packets > 0,
      this.#receiver.report(now),
      this.#services.cname,
      Date.now(),
      bye,
    );
    const protectedReport = this.#srtp.protectRtcp(report);
    if (protectedReport !== undefined) this.#socket.sendRtcp(protectedReport, target.address, port);
  }
}
