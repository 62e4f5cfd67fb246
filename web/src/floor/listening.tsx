import { Alert, Button, Card, Segmented, Space } from 'antd';
import type { MonitoringMode } from '../../../src/agents/supervision.ts';
import { Failure } from '../parts/failure.tsx';
import { Mark } from '../parts/mark.tsx';
import { useAction } from '../parts/use-action.ts';
import { useLanguage } from '../text/language.tsx';
import { MODES, type Monitor } from './use-monitor.ts';

/** While the supervisor is on somebody's line: who hears them, and the way out. */
export function Listening({ monitor }: { readonly monitor: Monitor }) {
  const { text } = useLanguage();
  const words = text.floor;
  const { agent, mode, hearing } = monitor;
  const change = useAction(async (to: MonitoringMode) => monitor.change(to));
  const stop = useAction(async () => monitor.stop());
  if (agent === undefined || mode === undefined) return null;
  return (
    <Card role="region" aria-label={words.listeningTo(agent)} style={{ marginBottom: 16 }}>
      <Failure error={change.error ?? stop.error} />
      <Space wrap size="middle">
        <strong>{words.listeningTo(agent)}</strong>
        <Segmented<MonitoringMode>
          aria-label={words.monitor}
          value={mode}
          disabled={change.busy}
          onChange={change.run}
          options={MODES.map((value) => ({ value, label: words.modes[value] }))}
        />
        <Mark tone={mode === 'listen' ? 'plain' : 'warn'}>{words.modeLeads[mode]}</Mark>
        <Button danger loading={stop.busy} onClick={() => stop.run()}>
          {words.stop}
        </Button>
      </Space>
      {hearing ? null : <Alert style={{ marginTop: 12 }} type="info" showIcon role="status" title={words.connecting} />}
    </Card>
  );
}
