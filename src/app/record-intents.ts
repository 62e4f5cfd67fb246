import { recordingIntents, type IntentPolicy } from '../archive/completeness/recording-intents.ts';
import type { ArchiveIndex } from '../archive/index/archive-index.ts';
import type { KeyedHash } from '../archive/search/keyed-hash.ts';
import type { CallServices, CallToRecord } from '../calls/call-services.ts';
import { matchesNumber, numberRules, ruleFor } from '../config/number-rules.ts';
import type { Config } from '../config/schema.ts';
import { maskNumber } from '../domain/secret.ts';
import { listedWords } from '../lib/listed-words.ts';
import type { Logger } from '../lib/logger.ts';

const POLICIES: readonly IntentPolicy[] = ['refuse', 'alarm', 'continue'];

/** What calls ask of the archive before they are answered, by the policies of the number that was called. */
export function recordIntents(
  { archive, recordings }: Config,
  {
    index,
    hash,
    node,
  }: { readonly index: Pick<ArchiveIndex, 'expect'>; readonly hash: KeyedHash; readonly node: string },
  onAlarm: () => void,
  logger: Logger,
): Required<Pick<CallServices, 'intendToRecord' | 'isExempt'>> {
  const rules = numberRules(archive.late_intent_by_number, POLICIES);
  const exempt = listedWords(archive.exempt_numbers);
  return {
    isExempt: (called) => exempt.some((number) => matchesNumber(number, called)),
    intendToRecord(call: CallToRecord) {
      const policy = ruleFor(rules, call.called) ?? archive.late_intent;
      const write = recordingIntents(index, { policyOf: () => policy }, onAlarm, logger);
      return write(
        {
          id: call.origin.recording,
          contact: call.contact,
          leg: call.leg,
          node,
          direction: 'inbound',
          startedAt: call.origin.wall,
          sipCallId: call.sipCallId,
          caller: maskNumber(call.caller),
          callee: maskNumber(call.called),
          callerHash: hash.number(call.caller),
          calleeHash: hash.number(call.called),
          retentionClass: recordings.retention_class,
        },
        call.exempt ? 'the bank’s policy exempts calls of this number' : undefined,
      );
    },
  };
}
