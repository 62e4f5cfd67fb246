import { type IntentPolicy, intentWritten } from '../archive/completeness/intent-written.ts';
import type { KeyedHash } from '../archive/search/keyed-hash.ts';
import type { CallServices, CallToRecord } from '../calls/call-services.ts';
import { numberRules, ruleFor } from '../config/number-rules.ts';
import type { Config } from '../config/schema.ts';
import { asError, IvrError } from '../domain/error.ts';
import type { ExpectedRecording } from '../domain/recording-intent.ts';
import { maskNumber } from '../domain/secret.ts';
import { ms } from '../domain/units.ts';
import type { Journal } from '../journal/journal.ts';
import { within } from '../lib/deadline.ts';
import { fitsNumber } from '../lib/number-pattern.ts';
import { listedWords } from '../lib/listed-words.ts';
import type { Logger } from '../lib/logger.ts';
import { withoutNumbers } from '../redaction/hide-numbers.ts';

type OfferJournal = Pick<Journal, 'append' | 'durable' | 'healthy'>;
export type Announcing = Required<Pick<CallServices, 'announce' | 'isExempt'>>;

const POLICIES: readonly IntentPolicy[] = ['refuse', 'alarm', 'continue'];
/** Without an archive: a slow database does not hold up calls. */
const JOURNALLED_WITHIN = ms(200);

/** Calls are in the journal before they are recorded; there is nothing to intend. */
export const announceCalls = (journal: OfferJournal, logger: Logger): Pick<Announcing, 'announce'> => ({
  async announce(offer, { contact }) {
    journal.append(contact, withoutNumbers(offer));
    await within(written(journal), JOURNALLED_WITHIN, 'the offer in the journal').catch((thrown: unknown) =>
      logger.error({ contact }, 'a call was not in the journal before the answer', asError(thrown)),
    );
  },
});

/** What calls ask of the archive before they are recorded and answered, by the policies of the number that was called. */
export function announceToArchive(
  { archive, recordings }: Config,
  { journal, hash, node }: { readonly journal: OfferJournal; readonly hash: KeyedHash; readonly node: string },
  onAlarm: () => void,
  logger: Logger,
): Announcing {
  const rules = numberRules(archive.late_intent_by_number, POLICIES);
  const exempt = listedWords(archive.exempt_numbers);
  const expected = (call: CallToRecord): ExpectedRecording => ({
    intent: {
      id: call.origin.recording,
      contact: call.contact,
      leg: call.leg,
      node,
      direction: call.direction,
      startedAt: call.origin.wall,
      sipCallId: call.sipCallId,
      caller: maskNumber(call.caller),
      callee: maskNumber(call.called),
      callerHash: hash.number(call.caller),
      calleeHash: hash.number(call.called),
      retentionClass: recordings.retention_class,
    },
    exempt: call.exempt ? 'the bank’s policy exempts calls of this number' : undefined,
  });
  return {
    isExempt: (called) => exempt.some((number) => fitsNumber(number, called, archive.country_code)),
    announce(offer, call) {
      const recording = expected(call);
      journal.append(call.contact, withoutNumbers(offer), recording);
      const ours = call.direction === 'inbound' ? call.called : call.caller;
      const policy = ruleFor(rules, ours, archive.country_code) ?? archive.late_intent;
      return intentWritten(recording, written(journal), { policy }, onAlarm, logger);
    },
  };
}

/** @throws IvrError STORAGE_FAILED: the database has not taken it; it waits beside it, and is taken later */
async function written(journal: OfferJournal): Promise<void> {
  await journal.durable();
  if (!journal.healthy) throw new IvrError('STORAGE_FAILED', 'the database does not accept events');
}
