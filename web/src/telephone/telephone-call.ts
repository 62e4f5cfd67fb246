import type { IncomingRequest, OutgoingRequest } from 'jssip/lib/SIPMessage.js';
import type { IncomingEvent, OutgoingEvent, RTCSession } from 'jssip/lib/RTCSession.js';
import { newMicrophone, stopTracks, watchMicrophone } from './microphone.ts';

export interface CallState {
  readonly direction: 'incoming' | 'outgoing';
  readonly phase: 'ringing' | 'connecting' | 'talking' | 'ended';
  /** We hold the far end. */
  readonly held: boolean;
  /** The far end holds us. */
  readonly onHold: boolean;
  readonly muted: boolean;
  /** The microphone has gone, and no other was found. */
  readonly deaf: boolean;
  /** By which server and desk know it; known once it is answered. */
  readonly contact: string | undefined;
  /** Why it ended, in JsSIP's words. */
  readonly cause: string | undefined;
}

/** So long candidates of ICE are waited for; those of this machine are there at once, TURN servers may not answer. */
const GATHERING_MS = 1_000;
const HOLD_AGAIN_MS = 100;
const CONTACT_HEADER = 'X-Contact-ID';
const KEYS = /^[0-9*#A-D]+$/;

/** A call of the page's telephone. */
export class TelephoneCall {
  readonly #session: RTCSession;
  readonly #request: IncomingRequest | OutgoingRequest;
  readonly #pcConfig: RTCConfiguration;
  readonly #listeners = new Set<(state: CallState) => void>();
  #state: CallState;
  #stopWatching: () => void = () => undefined;
  #peer: RTCPeerConnection | undefined;
  #audio: HTMLAudioElement | undefined;
  #loudspeaker = '';
  readonly #microphones = new Set<(microphone: MediaStream) => void>();
  #holding: ReturnType<typeof setTimeout> | undefined;

  constructor(
    session: RTCSession,
    direction: CallState['direction'],
    request: IncomingRequest | OutgoingRequest,
    pcConfig: RTCConfiguration,
  ) {
    this.#session = session;
    this.#request = request;
    this.#pcConfig = pcConfig;
    this.#state = {
      direction,
      phase: direction === 'incoming' ? 'ringing' : 'connecting',
      held: false,
      onHold: false,
      muted: false,
      deaf: false,
      contact: direction === 'incoming' ? request.getHeader(CONTACT_HEADER) : undefined,
      cause: undefined,
    };
    session.on('peerconnection', ({ peerconnection }: { readonly peerconnection: RTCPeerConnection }) =>
      this.#use(peerconnection),
    );
    if (session.connection) this.#use(session.connection); // an outgoing one has it before anybody can listen
    let ready: ReturnType<typeof setTimeout> | undefined;
    session.on('icecandidate', (event: { readonly ready: () => void }) => {
      ready ??= setTimeout(() => event.ready(), GATHERING_MS);
    });
    session.on('progress', () => this.#change({ phase: 'ringing' }));
    session.on('accepted', (event: OutgoingEvent | IncomingEvent) => {
      const contact = 'response' in event ? event.response?.getHeader(CONTACT_HEADER) : undefined;
      this.#change({ phase: 'talking', ...(contact === undefined ? {} : { contact }) });
    });
    session.on('hold', ({ originator }: { readonly originator: string }) =>
      this.#change(originator === 'local' ? { held: true } : { onHold: true }),
    );
    session.on('unhold', ({ originator }: { readonly originator: string }) =>
      this.#change(originator === 'local' ? { held: false } : { onHold: false }),
    );
    session.on('muted', () => this.#change({ muted: true }));
    session.on('unmuted', () => this.#change({ muted: false }));
    session.on('ended', ({ cause }) => this.#end(cause));
    session.on('failed', ({ cause }) => this.#end(cause));
  }

  get state(): CallState {
    return this.#state;
  }

  /** Who calls, or is called: the user part of the address. */
  get farEnd(): string {
    return this.#session.remote_identity?.uri.user ?? '';
  }

  /** Of the request that began it. */
  header(name: string): string | undefined {
    return this.#request.getHeader(name);
  }

  /** What the far end says; undefined before it says anything. */
  get remote(): MediaStream | undefined {
    return this.#audio?.srcObject instanceof MediaStream ? this.#audio.srcObject : undefined;
  }

  /** @returns the way to stop */
  onChange(listener: (state: CallState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  answer(microphone: MediaStream, again?: () => Promise<MediaStream>): void {
    this.#session.answer({
      mediaStream: microphone,
      mediaConstraints: { audio: true, video: false },
      pcConfig: this.#pcConfig,
    });
    this.useMicrophone(microphone, again);
  }

  hangUp(): void {
    if (this.#state.phase !== 'ended') this.#session.terminate();
  }

  hold(): void {
    this.#hold(true);
  }

  resume(): void {
    this.#hold(false);
  }

  mute(muted: boolean): void {
    if (muted) this.#session.mute({ audio: true });
    else this.#session.unmute({ audio: true });
  }

  /** As RTP events (RFC 4733). */
  press(keys: string): void {
    if (KEYS.test(keys))
      this.#session.sendDTMF(keys, { duration: 120, interToneGap: 80, transportType: 'RFC2833' as never });
  }

  /** Its track is replaced when it ends: a headset that is pulled out leaves nobody deaf. */
  useMicrophone(microphone: MediaStream, again: () => Promise<MediaStream> = newMicrophone): void {
    this.#stopWatching();
    this.#stopWatching = watchMicrophone(microphone, async () => {
      const other = await again().catch(() => undefined);
      if (this.#state.phase === 'ended') {
        if (other !== undefined) stopTracks(other);
        return;
      }
      const [track] = other?.getAudioTracks() ?? [];
      const sender = this.#peer?.getSenders().find((each) => each.track?.kind === 'audio');
      this.#change({ deaf: track === undefined });
      if (other === undefined || track === undefined || sender === undefined) return;
      track.enabled = !this.#state.muted && !this.#state.held;
      await sender.replaceTrack(track);
      this.useMicrophone(other, again);
      for (const told of this.#microphones) told(other);
    });
  }

  /** The far end hears this one from now on; the one before is closed. */
  async changeMicrophone(microphone: MediaStream, again?: () => Promise<MediaStream>): Promise<void> {
    const [track] = microphone.getAudioTracks();
    const sender = this.#peer?.getSenders().find((each) => each.track?.kind === 'audio');
    if (track === undefined || sender === undefined) return stopTracks(microphone);
    track.enabled = !this.#state.muted && !this.#state.held;
    await sender.replaceTrack(track);
    this.useMicrophone(microphone, again);
    this.#change({ deaf: false });
  }

  /** Another microphone has taken the place of one that went. @returns the way to stop */
  onMicrophone(listener: (microphone: MediaStream) => void): () => void {
    this.#microphones.add(listener);
    return () => this.#microphones.delete(listener);
  }

  /** @param device - a loudspeaker's id; '' for the usual one */
  async useLoudspeaker(device: string): Promise<void> {
    this.#loudspeaker = device;
    await this.#audio?.setSinkId(device);
  }

  /** How well the line carries what is said; undefined: not known yet. */
  statistics(): Promise<RTCStatsReport> | undefined {
    return this.#peer?.getStats();
  }

  /** While another offer is under way JsSIP takes none: what is wanted last is tried until it can be said. */
  #hold(wanted: boolean): void {
    clearTimeout(this.#holding);
    if (this.#state.phase !== 'talking' || this.#session.isOnHold().local === wanted) return;
    const begun = wanted ? this.#session.hold() : this.#session.unhold();
    if (!begun) this.#holding = setTimeout(() => this.#hold(wanted), HOLD_AGAIN_MS);
  }

  #use(peer: RTCPeerConnection): void {
    this.#peer = peer;
    peer.addEventListener('track', ({ track }) => {
      this.#audio ??= new Audio();
      this.#audio.autoplay = true;
      this.#audio.srcObject = new MediaStream([track]);
      if (this.#loudspeaker !== '') void this.#audio.setSinkId(this.#loudspeaker).catch(() => undefined);
      this.#change({});
    });
  }

  #end(cause: string): void {
    clearTimeout(this.#holding);
    this.#stopWatching();
    if (this.#audio !== undefined) this.#audio.srcObject = null;
    this.#change({ phase: 'ended', cause });
  }

  #change(change: Partial<CallState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener(this.#state);
  }
}
