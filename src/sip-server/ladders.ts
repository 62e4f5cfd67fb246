import type { LadderStep, SipLadder } from '../domain/sip-ladder.ts';
import type { Clock } from '../lib/clock.ts';
import { formatHostPort } from '../sip/message/host.ts';
import { maskCallId, maskMessage } from '../sip/message/mask-message.ts';
import type { SipMessage } from '../sip/message/message.ts';
import { tagOfHeader } from '../sip/message/name-address.ts';
import { parseSipMessage } from '../sip/message/parse-message.ts';
import type { Flow, MessageObserver } from '../sip/stack.ts';
import { Ladder } from './ladder.ts';

export interface LadderLimits {
  /** Call-IDs of which messages are kept. */
  readonly dialogs: number;
  /** INVITEs that no application was given yet. */
  readonly offered: number;
  /** Of all together. */
  readonly characters: number;
}

/** One character is a byte or two. */
const LIMITS: LadderLimits = { dialogs: 20_000, offered: 256, characters: 32_000_000 };
/** Tags of ours that one Call-ID may have: of forked calls, and of what was answered without a dialog. */
const MOST_TAGS = 8;

interface Followed {
  readonly ladder: Ladder;
  /** Of its caller, when that is not us. */
  readonly remoteTag: string | undefined;
  /** Whoever names one of them has read a message of ours. */
  readonly ownTags: Set<string>;
  /** Whose contact we called for. */
  readonly contact: string | undefined;
}

export interface LadderQuery {
  /** Of the calls that came in. */
  readonly callIds: readonly string[];
  /** Of the calls that were made for it. */
  readonly contact: string;
  /** They are of no use here any more. */
  readonly take: boolean;
}

/**
 * The SIP messages of the calls under way, masked when they go by. An INVITE of the network is followed once it has passed the limits of its source, and
 * kept when an application is given it; one of ours when it says for which contact it is. Of later messages with its Call-ID those that know a tag
 * of its dialog: nobody else can fill it.
 */
export class Ladders implements MessageObserver {
  readonly #kept = new Map<string, Followed>();
  readonly #offered = new Map<string, Followed>();
  readonly #clock: Pick<Clock, 'wall'>;
  readonly #limits: LadderLimits;
  #characters = 0;

  constructor(clock: Pick<Clock, 'wall'>, limits: LadderLimits = LIMITS) {
    this.#clock = clock;
    this.#limits = limits;
  }

  get dialogs(): number {
    return this.#kept.size;
  }

  received(message: SipMessage, flow: Flow): void {
    const callId = message.headers.get('Call-ID') ?? '';
    const followed = this.#find(callId) ?? this.#offer(callId, message);
    if (followed === undefined || !isOfDialog(followed, message)) return;
    this.#add(followed, 'in', message, flow);
  }

  sent(bytes: Buffer, flow: Flow): void {
    const callId = headerOf(bytes, CALL_ID);
    const known = this.#find(callId);
    const contact = known === undefined && isInvite(bytes) ? headerOf(bytes, CONTACT) : '';
    if (known === undefined && contact === '') return;
    const parsed = parseSipMessage(bytes, 'datagram');
    if (parsed.ok !== 'message') return;
    const { message } = parsed;
    const followed = known ?? this.#follow(callId, undefined, contact);
    const ours = tagOfHeader(message.headers.get(message.kind === 'request' ? 'From' : 'To'));
    if (ours !== undefined && followed.ownTags.size < MOST_TAGS) followed.ownTags.add(ours);
    this.#add(followed, 'out', message, flow);
  }

  /** An application has been given the INVITE with that Call-ID. */
  keep(callId: string): void {
    const followed = this.#offered.get(callId);
    if (followed === undefined) return;
    this.#offered.delete(callId);
    this.#put(callId, followed);
  }

  /** In the order in which they went by. */
  read({ callIds, contact, take }: LadderQuery): SipLadder {
    const found = [...new Set([...callIds, ...this.#calledFor(contact)])].flatMap((callId) => {
      const followed = this.#kept.get(callId);
      if (followed !== undefined && take) this.#drop(callId, followed);
      return followed === undefined ? [] : [followed.ladder];
    });
    return {
      steps: found.flatMap(({ steps }) => steps).toSorted((a, b) => a.at - b.at),
      omitted: found.reduce((sum, { omitted }) => sum + omitted, 0),
    };
  }

  #calledFor = (contact: string): string[] =>
    [...this.#kept].flatMap(([callId, followed]) => (followed.contact === contact ? [callId] : []));

  #find = (callId: string): Followed | undefined => this.#kept.get(callId) ?? this.#offered.get(callId);

  #offer(callId: string, message: SipMessage): Followed | undefined {
    if (message.kind !== 'request' || message.method !== 'INVITE') return undefined;
    if (tagOfHeader(message.headers.get('To')) !== undefined) return undefined;
    const followed = newlyFollowed(tagOfHeader(message.headers.get('From')), undefined);
    this.#offered.set(callId, followed);
    for (const [oldest, { ladder }] of this.#offered) {
      if (this.#offered.size <= this.#limits.offered) break;
      this.#offered.delete(oldest);
      this.#characters -= ladder.characters;
    }
    return followed;
  }

  #follow(callId: string, remoteTag: string | undefined, contact: string): Followed {
    const followed = newlyFollowed(remoteTag, contact);
    this.#put(callId, followed);
    return followed;
  }

  #put(callId: string, followed: Followed): void {
    this.#kept.set(callId, followed);
    for (const [oldest, one] of this.#kept) {
      if (this.#kept.size <= this.#limits.dialogs) break;
      this.#drop(oldest, one);
    }
  }

  #drop(callId: string, { ladder }: Followed): void {
    this.#kept.delete(callId);
    this.#characters -= ladder.characters;
  }

  #add({ ladder }: Followed, direction: LadderStep['direction'], message: SipMessage, flow: Flow): void {
    const key = keyOf(direction, message);
    if (ladder.repeated(key)) return;
    if (this.#characters >= this.#limits.characters) {
      ladder.omitted += 1;
      return;
    }
    const before = ladder.characters;
    const { startLine, headers, body } = maskMessage(message);
    ladder.add(key, {
      at: this.#clock.wall(),
      direction,
      call_id: maskCallId(message.headers.get('Call-ID') ?? ''),
      protocol: flow.protocol,
      peer: formatHostPort(flow.host, flow.port),
      start_line: startLine,
      headers,
      body,
    });
    this.#characters += ladder.characters - before;
  }
}

const newlyFollowed = (remoteTag: string | undefined, contact: string | undefined): Followed => ({
  ladder: new Ladder(),
  remoteTag,
  ownTags: new Set(),
  contact,
});

function isOfDialog({ remoteTag, ownTags }: Followed, { kind, headers }: SipMessage): boolean {
  const from = tagOfHeader(headers.get('From'));
  if (kind === 'response') return from !== undefined && ownTags.has(from);
  const to = tagOfHeader(headers.get('To'));
  return to === undefined ? from !== undefined && from === remoteTag : ownTags.has(to);
}

/** The same for a message and its retransmissions. */
const keyOf = (direction: string, message: SipMessage): string =>
  [
    direction,
    message.kind === 'request' ? message.method : message.status,
    message.headers.get('CSeq'),
    message.headers.get('RSeq'),
    message.headers.get('Via'),
    tagOfHeader(message.headers.get('To')),
  ].join('|');

const CALL_ID = Buffer.from('\r\nCall-ID: ');
const CONTACT = Buffer.from('\r\nX-Contact-Id: ');

const isInvite = (bytes: Buffer): boolean => bytes.toString('latin1', 0, 7) === 'INVITE ';

/** A header of a message that we wrote: by its name as we write it. */
function headerOf(bytes: Buffer, name: Buffer): string {
  const at = bytes.indexOf(name);
  if (at < 0) return '';
  const from = at + name.length;
  const end = bytes.indexOf(13, from);
  return bytes.toString('latin1', from, end < 0 ? undefined : end);
}
