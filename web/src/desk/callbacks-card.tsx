import { Card } from 'antd';
import type { WaitingCallback } from '../../../src/agents/agent-desk.ts';
import { CallbacksTable } from '../parts/callbacks-table.tsx';
import { Failure } from '../parts/failure.tsx';
import { useLoaded } from '../parts/use-loaded.ts';
import { useLanguage } from '../text/language.tsx';
import type { Desk } from './use-desk.ts';

/** Customers of the agent's queues who are to be called back in their turn. */
export function CallbacksCard({ desk: { connection, view } }: { readonly desk: Desk }) {
  const { text } = useLanguage();
  const { value, error, loading } = useLoaded<{ readonly callbacks: readonly WaitingCallback[] }>(
    '/api/staff/desk/callbacks',
    String(view.callbacks),
  );
  return (
    <Card title={<h2 className="desk-card-title">{text.desk.callbacks.title}</h2>}>
      <Failure error={error} />
      <CallbacksTable
        callbacks={value?.callbacks ?? []}
        loading={loading}
        order={async (entry, order) => {
          await connection.send('callback', { entry, order });
        }}
      />
    </Card>
  );
}
