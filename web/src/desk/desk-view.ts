import type { DeskEvent, DeskState, Offer, Talk } from '../../../src/agents/agent-desk.ts';

export type Message = Extract<DeskEvent, { type: 'message' }>;
export type Quality = Extract<DeskEvent, { type: 'quality' }>;

/** The conversation that has ended and is not wrapped up. */
export interface Ended {
  readonly contact: string;
  readonly queue: string;
  readonly because: Extract<DeskEvent, { type: 'talk-ended' }>['because'] | undefined;
  /** Absent after a reload. */
  readonly talk: Talk | undefined;
}

export interface DeskView {
  /** `elsewhere`: the desk is open in another window. `no-agent`: the queues do not know the account. */
  readonly way: 'connecting' | 'open' | 'lost' | 'elsewhere' | 'no-agent';
  readonly desk: DeskState | undefined;
  readonly offer: Offer | undefined;
  /** Why the last offer came to nothing, until the next one. */
  readonly missed: Extract<DeskEvent, { type: 'offer-ended' }>['because'] | undefined;
  readonly talk: Talk | undefined;
  readonly ended: Ended | undefined;
  readonly quality: Quality | undefined;
  readonly messages: readonly Message[];
  /** How often those who are to be called back have changed. */
  readonly callbacks: number;
}

export const FIRST_VIEW: DeskView = {
  way: 'connecting',
  desk: undefined,
  offer: undefined,
  missed: undefined,
  talk: undefined,
  ended: undefined,
  quality: undefined,
  messages: [],
  callbacks: 0,
};

export type ViewEvent =
  | DeskEvent
  /** What is comes next. */
  | { readonly type: 'opened' }
  | { readonly type: 'way'; readonly way: DeskView['way'] }
  | { readonly type: 'message-read'; readonly at: number };

const MOST_MESSAGES = 20;

/** What the page shows, from what the server tells. */
export function step(view: DeskView, event: ViewEvent): DeskView {
  switch (event.type) {
    case 'opened':
      return { ...view, way: 'open', offer: undefined };
    case 'way':
      return { ...view, way: event.way };
    case 'state': {
      const { type: _type, ...desk } = event;
      const { state } = desk;
      const talks = state === 'talking' || state === 'hold';
      // what ended while this page was not listening was told to nobody
      return {
        ...view,
        desk,
        offer: state === 'offered' || state === 'dialling' ? view.offer : undefined,
        talk: talks ? view.talk : undefined,
        ended: talks || state === 'wrap-up' ? view.ended : undefined,
      };
    }
    case 'callbacks':
      return { ...view, callbacks: view.callbacks + 1 };
    case 'offer':
      return { ...view, offer: event.offer, missed: undefined };
    case 'offer-ended':
      if (view.offer?.entry !== event.entry) return view;
      return { ...view, offer: undefined, missed: event.because === 'accepted' ? undefined : event.because };
    case 'talk':
      return { ...view, talk: event.talk, offer: undefined, missed: undefined, ended: undefined };
    case 'line':
      return view.talk?.contact === event.contact ? { ...view, talk: withLine(view.talk, event.line) } : view;
    case 'talk-ended': {
      const { contact, because } = event;
      if (view.talk !== undefined && view.talk.contact !== contact) return view;
      // told again after a reload, or after another way was found to the server
      const before = view.ended?.contact === contact ? view.ended : undefined;
      const talk = view.talk ?? before?.talk;
      return {
        ...view,
        talk: undefined,
        quality: undefined,
        ended: { contact, queue: talk?.queue ?? before?.queue ?? '', because, talk },
      };
    }
    case 'quality':
      return { ...view, quality: event };
    case 'message':
      return { ...view, messages: [...view.messages, event].slice(-MOST_MESSAGES) };
    case 'message-read':
      return { ...view, messages: view.messages.filter(({ at }) => at !== event.at) };
  }
}

/** A line may come with the conversation and again by itself. */
function withLine(talk: Talk, line: Talk['context']['transcript'][number]): Talk {
  const { transcript } = talk.context;
  if (transcript.some(({ at, side, text }) => at === line.at && side === line.side && text === line.text)) return talk;
  return { ...talk, context: { ...talk.context, transcript: [...transcript, line] } };
}
