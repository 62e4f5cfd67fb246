import type { CallRegistry } from '../calls/call-registry.ts';
import type { Dialogue } from '../dialogue/dialogue.ts';
import type { Journal } from '../journal/journal.ts';
import type { Scope } from '../lib/scope.ts';
import type { SpeechService } from '../speech/speech-service.ts';
import { primaryLanguage } from '../language/primary-language.ts';
import type { App } from './app.ts';
import type { FrontEnd } from './open-front-end.ts';

export interface RunningParts extends Pick<App, 'http' | 'probes' | 'token' | 'recovered' | 'desks' | 'supervision'> {
  readonly dialogue: Dialogue;
  readonly front: FrontEnd;
  readonly speech: SpeechService;
  readonly calls: CallRegistry;
  readonly journal: Journal;
}

/** The server to whoever started it. */
export function runningApp({ dialogue, front, speech, calls, journal, ...rest }: RunningParts, scope: Scope): App {
  return {
    ...rest,
    get sip() {
      return front.sip;
    },
    dialplan: `${dialogue.name} version ${dialogue.version}`,
    // a voice that no recognizer here could listen to may be anything, but for the dialplan's own
    spoken: speech
      .voices()
      .filter(
        ({ language, intelligible, errors }) =>
          intelligible && (errors !== undefined || language === primaryLanguage(dialogue.language)),
      )
      .map(({ language }) => language),
    get liveCalls() {
      return calls.live;
    },
    failed: front.failed,
    subscribe: (listener) => journal.subscribe(listener),
    async drain(limit) {
      await calls.drain(limit);
      await journal.flush();
    },
    [Symbol.asyncDispose]: () => scope.close(),
  };
}
