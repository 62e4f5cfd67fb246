import type { IvrError } from '../../domain/error.ts';
import { seconds } from '../../domain/units.ts';
import type { QueuePhrases } from '../../language/queue-wording.ts';
import type { NamedTimers } from '../conversation/named-timers.ts';
import type { AgentSide } from './agent-side.ts';
import { whispered, wordsOf } from './announcement-words.ts';
import type { QueueingServices } from './call-queues.ts';
import type { CustomerAudio } from './customer-audio.ts';
import type { OthersInTalk } from './others-in-talk.ts';
import { pauseFor } from './pause-for.ts';
import type { QueueTeller } from './queue-teller.ts';
import type { QueueVisitRequest } from './queue-visit-request.ts';
import { refusedWith } from './refusals.ts';
import type { Visit, VisitEffect, VisitTimer } from './visit-state.ts';

/** Last words that are not heard to their end are given up then. */
const LAST_WORDS_WITHIN = seconds(20);

type Finish = Extract<VisitEffect, { readonly do: 'finish' }>;

/** What a visit's effects are done with, as it is at that time. */
export interface VisitHands {
  readonly visit: Visit;
  readonly request: QueueVisitRequest;
  readonly services: QueueingServices;
  readonly phrases: QueuePhrases;
  readonly teller: QueueTeller;
  readonly audio: CustomerAudio;
  readonly timers: NamedTimers<VisitTimer | 'last-words'>;
  readonly side: AgentSide;
  readonly others: OthersInTalk;
  readonly context: () => Parameters<typeof whispered>[0];
  /** The bot has verified the customer, or has not. */
  readonly cameBack: () => void;
  readonly book: (effect: Extract<VisitEffect, { readonly do: 'book' }>) => void;
  readonly refuse: (refused: IvrError | undefined) => void;
  readonly finish: (effect: Finish) => void;
}

/** Does what the machine of a visit says. */
export function carryOut(effect: VisitEffect, hands: VisitHands): void {
  const { visit, request, services, phrases, audio, timers, side, others } = hands;
  switch (effect.do) {
    case 'tell':
      return hands.teller.tell(effect.event);
    case 'music':
      return audio.music();
    case 'say':
      audio.say(wordsOf(effect.what, phrases), effect.after);
      return effect.after === 'nothing' ? timers.start('last-words', LAST_WORDS_WITHIN) : undefined;
    case 'quiet':
      timers.stop('last-words');
      return audio.quiet();
    case 'reach':
      return side.reach(effect);
    case 'brief':
      return side.brief(phrases.whisper(whispered(hands.context())));
    case 'join': {
      const { place } = visit;
      return place.at === 'talking' ? side.join(place.agent, place.fence) : undefined;
    }
    case 'part':
      return side.part();
    case 'release':
      others.endMonitoring();
      return side.release();
    case 'consult':
      return others.consult(effect);
    case 'end-consult':
      return others.endConsult();
    case 'hand-over':
      return others.handOver();
    case 'lend':
      return request.bot?.lend(hands.cameBack);
    case 'take-back':
      return request.bot?.takeBack();
    case 'show':
      return services.queues.desks.show(visit.entry);
    case 'start-timer':
      return timers.start(effect.timer, effect.ms);
    case 'stop-timer':
      return timers.stop(effect.timer);
    case 'note':
      return services.note(visit.contact, effect.fact);
    case 'pause':
      return hands.refuse(pauseFor(request, effect));
    case 'refuse':
      return hands.refuse(refusedWith(effect));
    case 'book':
      return hands.book(effect);
    case 'finish':
      return hands.finish(effect);
  }
}
