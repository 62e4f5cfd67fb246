import { Alert } from 'antd';
import { PageHead } from '../parts/page-head.tsx';
import { Waiting } from '../parts/waiting.tsx';
import { useLanguage } from '../text/language.tsx';
import { AgentsTable } from './agents-table.tsx';
import { CallbacksPart } from './callbacks-part.tsx';
import { Listening } from './listening.tsx';
import { MessageForm } from './message-form.tsx';
import { QueuesTable } from './queues-table.tsx';
import { useFloor } from './use-floor.ts';
import { useMonitor } from './use-monitor.ts';

/** The supervisor's page. */
export function FloorPage() {
  const { text } = useLanguage();
  const words = text.floor;
  const { view, lost } = useFloor();
  const monitor = useMonitor(view);
  if (view === undefined) return lost ? <Alert role="alert" type="error" showIcon title={words.lost} /> : <Waiting />;
  return (
    <>
      <PageHead title={words.title} lead={words.lead} />
      {lost ? <Alert role="alert" type="error" showIcon title={words.lost} style={{ marginBottom: 12 }} /> : null}
      {view.queues.length === 0 ? <Alert type="info" showIcon title={words.noQueues} /> : null}
      <Listening monitor={monitor} />
      <QueuesTable queues={view.queues} />
      <AgentsTable view={view} monitor={monitor} />
      {view.callbacks.length === 0 ? null : <CallbacksPart callbacks={view.callbacks} />}
      {view.queues.length === 0 ? null : <MessageForm queues={view.queues.map(({ queue }) => queue)} />}
    </>
  );
}
