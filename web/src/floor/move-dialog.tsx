import { Form, InputNumber, Modal } from 'antd';
import { useState } from 'react';
import type { AgentView } from '../../../src/agents/supervision.ts';
import { call } from '../app/api.ts';
import { Failure } from '../parts/failure.tsx';
import { useAction } from '../parts/use-action.ts';
import { useLanguage } from '../text/language.tsx';

interface Props {
  readonly agent: AgentView;
  /** Those of this supervisor; what the agent does elsewhere stays. */
  readonly queues: readonly string[];
  readonly close: () => void;
}

/** On which queues somebody works, and how well they know each. */
export function MoveDialog({ agent: { agent, queues: before }, queues, close }: Props) {
  const { text } = useLanguage();
  const words = text.floor;
  const [levels, setLevels] = useState<Readonly<Record<string, number | null>>>({ ...before });
  const move = useAction(async () => {
    const wanted = Object.fromEntries(Object.entries(levels).filter(([, level]) => level !== null));
    await call('PUT', `/api/staff/floor/agents/${encodeURIComponent(agent)}/queues`, { queues: wanted });
    close();
  });
  return (
    <Modal
      open
      title={words.moveTitle(agent)}
      okText={text.save}
      okButtonProps={{ loading: move.busy }}
      cancelText={text.cancel}
      onOk={() => move.run()}
      onCancel={close}
    >
      <p>{words.moveLead}</p>
      <Failure error={move.error} />
      <Form layout="horizontal">
        {queues.map((queue) => (
          <Form.Item key={queue} label={words.level(queue)} htmlFor={`level-${queue}`}>
            <InputNumber
              id={`level-${queue}`}
              min={1}
              max={100}
              precision={0}
              value={levels[queue] ?? null}
              onChange={(level) => setLevels((all) => ({ ...all, [queue]: level }))}
            />
          </Form.Item>
        ))}
      </Form>
    </Modal>
  );
}
