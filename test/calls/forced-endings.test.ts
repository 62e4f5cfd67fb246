import { expect, test } from 'vitest';
import type { Conversation } from '../../src/calls/conversation/conversation.ts';
import { forcedEndings } from '../../src/calls/forced-endings.ts';
import type { CallInProgress } from '../../src/calls/live-call.ts';
import { openDialogue } from '../../src/dialogue/open-dialogue.ts';
import { Scope } from '../../src/lib/scope.ts';
import { TWO_GRAMMARS, TWO_LANGUAGES_PLAN } from '../dialogue/support/two-languages-plan.ts';
import { ManualClock } from '../support/manual-clock.ts';

test.each(['announce', 'end'] as const)(
  'that a call is recorded no more is said in the language that the caller speaks: %s',
  async (onUnsynced) => {
    await using scope = new Scope();
    const told: string[] = [];
    const conversation: Partial<Conversation> = {
      language: 'zh-CN',
      announce: ({ text }) => told.push(text),
      dismiss: ({ goodbye }) => told.push(goodbye.text),
    };
    const services = {
      dialogue: openDialogue('two.yaml', TWO_LANGUAGES_PLAN, TWO_GRAMMARS, []),
      settings: { onUnsynced },
      clock: new ManualClock(),
    };
    const call = { services, scope, recording: { trouble: () => undefined, origin: {} } } as unknown as CallInProgress;
    const ends = { conversation: () => conversation as Conversation, talking: () => false };
    forcedEndings(call, ends).recordingUnsynced();
    expect(told).toEqual([
      onUnsynced === 'announce'
        ? '请注意：本次通话已停止录音。'
        : '对不起，本次通话无法继续录音，我必须结束通话。请您重新拨打。再见。',
    ]);
  },
);
