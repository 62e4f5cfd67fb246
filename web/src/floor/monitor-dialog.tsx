import { Form, Input, Modal, Radio } from 'antd';
import { useState } from 'react';
import type { MonitoringMode } from '../../../src/agents/supervision.ts';
import { Failure } from '../parts/failure.tsx';
import { useAction } from '../parts/use-action.ts';
import { useLanguage } from '../text/language.tsx';
import { MODES, type Monitor } from './use-monitor.ts';

interface Props {
  readonly agent: string;
  readonly monitor: Monitor;
  readonly close: () => void;
}

/** Nobody is listened to without a purpose. */
export function MonitorDialog({ agent, monitor, close }: Props) {
  const { text } = useLanguage();
  const words = text.floor;
  const [mode, setMode] = useState<MonitoringMode>('listen');
  const [purpose, setPurpose] = useState('');
  const [ticket, setTicket] = useState('');
  const begin = useAction(async () => {
    await monitor.begin(agent, mode, purpose, ticket);
    close();
  });
  return (
    <Modal
      open
      title={words.monitorTitle(agent)}
      okText={words.start}
      okButtonProps={{ loading: begin.busy, disabled: purpose.trim().length < 5 }}
      cancelText={text.cancel}
      onOk={() => begin.run()}
      onCancel={close}
    >
      <p>{words.monitorLead}</p>
      <Failure error={begin.error} />
      <Form layout="vertical">
        <Form.Item label={words.purpose} htmlFor="monitor-purpose" required>
          <Input
            id="monitor-purpose"
            maxLength={500}
            value={purpose}
            onChange={(event) => setPurpose(event.target.value)}
          />
        </Form.Item>
        <Form.Item label={words.ticket} htmlFor="monitor-ticket">
          <Input
            id="monitor-ticket"
            maxLength={120}
            value={ticket}
            onChange={(event) => setTicket(event.target.value)}
          />
        </Form.Item>
        <Radio.Group
          className="one-a-line"
          value={mode}
          onChange={(event) => setMode(event.target.value as MonitoringMode)}
          options={MODES.map((value) => ({ value, label: `${words.modes[value]}: ${words.modeLeads[value]}` }))}
        />
      </Form>
    </Modal>
  );
}
