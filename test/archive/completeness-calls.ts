import type { RecordingIntent } from '../../src/domain/recording-intent.ts';
import { wallMs } from '../../src/domain/units.ts';
import { openArchiveIndex } from '../../src/archive/index/open-archive-index.ts';
import { type ArchiveState } from '../../src/domain/archive-state.ts';
import type { CallEvent } from '../../src/domain/call-event.ts';
import { openJournalStore } from '../../src/journal/open-journal-store.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { intentAt } from '../support/archive-rows.ts';
import type { ManualClock } from '../support/manual-clock.ts';

export const MINUTE = 60_000;
export const signer = {
  certified: [] as string[],
  certify(text: string) {
    signer.certified.push(text);
    return Promise.resolve({ signatures: [{ key: 'k', value: 'v' }], leafIndex: signer.certified.length });
  },
};

/** A call of one minute in the journal, and in the archive as far as it came. */
export async function callOf(
  storage: Storage,
  clock: ManualClock,
  more: {
    readonly intent?: boolean;
    readonly answered?: boolean;
    readonly ended?: boolean;
    readonly state?: ArchiveState;
    readonly audioMs?: number;
  } = {},
): Promise<RecordingIntent> {
  const { intent: intended = true, answered = true, ended = true, state = 'VERIFIED', audioMs = MINUTE } = more;
  const at = clock.wall();
  const intent = intentAt(at, { sipCallId: `call-${at}` });
  const index = openArchiveIndex(storage, clock);
  if (intended) await index.expect(intent);
  const stamp = { v: 1 as const, contact: intent.contact, t_ms: 0 };
  const events: CallEvent[] = [
    ...(answered
      ? [
          {
            ...stamp,
            seq: 1,
            at,
            type: 'call-answered' as const,
            leg: intent.leg,
            codec: 'PCMU',
            telephone_event: true,
            setup_ms: 1,
          },
        ]
      : []),
    ...(ended
      ? [
          {
            ...stamp,
            seq: 2,
            at: wallMs(at + MINUTE),
            type: 'call-ended' as const,
            because: 'caller-hung-up' as const,
            duration_ms: MINUTE,
          },
        ]
      : []),
  ];
  await openJournalStore(storage).commit({
    events,
    calls: [
      {
        contact: intent.contact,
        direction: 'inbound',
        offered_at: at,
        answered_at: answered ? at : null,
        ended_at: ended ? at + MINUTE : null,
        caller: '',
        callee: '',
        because: ended ? 'caller-hung-up' : null,
        duration_ms: ended ? MINUTE : null,
        recording: intent.id,
        dialplan: null,
      },
    ],
    recordings: [],
  });
  if (intended && state !== 'EXPECTED') await index.advance(intent.id, state as 'VERIFIED', { durationMs: audioMs });
  clock.advance(1);
  return intent;
}
