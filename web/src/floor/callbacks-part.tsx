import type { WaitingCallback } from '../../../src/agents/agent-desk.ts';
import { call } from '../app/api.ts';
import { CallbacksTable } from '../parts/callbacks-table.tsx';
import { useLanguage } from '../text/language.tsx';

/** Customers of the supervisor's queues who are to be called back. */
export function CallbacksPart({ callbacks }: { readonly callbacks: readonly WaitingCallback[] }) {
  const { text } = useLanguage();
  return (
    <section className="floor-part" aria-labelledby="floor-callbacks">
      <h2 id="floor-callbacks">{text.desk.callbacks.title}</h2>
      <CallbacksTable
        callbacks={callbacks}
        order={async (entry, order) => {
          await call('POST', `/api/staff/floor/callbacks/${encodeURIComponent(entry)}`, order);
        }}
      />
    </section>
  );
}
