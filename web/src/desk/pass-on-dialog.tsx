import { Form, Input, Modal, Radio, Select } from 'antd';
import { useEffect, useState } from 'react';
import type { DeskSetup, TransferTarget } from '../../../src/agents/agent-desk.ts';
import { Failure } from '../parts/failure.tsx';
import { useAction } from '../parts/use-action.ts';
import { useLanguage } from '../text/language.tsx';

type Kind = 'queue' | 'agent' | 'number';

interface Props {
  /** Undefined: closed. */
  readonly how: 'transfer' | 'consult' | undefined;
  readonly setup: DeskSetup;
  readonly close: () => void;
  readonly go: (how: 'transfer' | 'consult', to: TransferTarget) => Promise<unknown>;
}

/** To a queue, a colleague or a number. */
export function PassOnDialog({ how, setup, close, go }: Props) {
  const { text } = useLanguage();
  const words = text.desk.talk;
  const [kind, setKind] = useState<Kind>('queue');
  const [target, setTarget] = useState('');
  const pass = useAction(async () => {
    if (how === undefined) return;
    await go(how, { [kind]: target } as TransferTarget);
    close();
  });
  useEffect(() => setTarget(''), [how, kind]);
  const fits = kind === 'number' ? /^\+?[0-9]{2,20}$/.test(target) : target !== '';
  const label = { queue: words.targetQueue, agent: words.targetAgent, number: words.targetNumber };
  const choices =
    kind === 'queue'
      ? setup.transferQueues.map((queue) => ({ value: queue, label: queue }))
      : setup.colleagues.map(({ agent, state }) => ({ value: agent, label: `${agent} (${text.desk.states[state]})` }));
  return (
    <Modal
      open={how !== undefined}
      title={how === 'consult' ? words.consult : words.passOn}
      okText={words.go[how ?? 'transfer']}
      okButtonProps={{ disabled: !fits, loading: pass.busy }}
      cancelText={text.cancel}
      onOk={() => pass.run()}
      onCancel={close}
      destroyOnHidden
    >
      <p>{how === 'consult' ? words.consultLead : words.transferLead}</p>
      <Failure error={pass.error} />
      <Form layout="vertical" onFinish={() => fits && pass.run()}>
        <Form.Item label={words.target}>
          <Radio.Group
            value={kind}
            onChange={(event) => setKind(event.target.value as Kind)}
            options={(['queue', 'agent', 'number'] as const).map((value) => ({ value, label: label[value] }))}
          />
        </Form.Item>
        {kind === 'number' ? (
          <Form.Item label={label.number} htmlFor="pass-on-number" help={words.numberHint}>
            <Input
              id="pass-on-number"
              inputMode="tel"
              value={target}
              onChange={(event) => setTarget(event.target.value.replaceAll(/[\s()-]/g, ''))}
            />
          </Form.Item>
        ) : (
          <Form.Item label={label[kind]} htmlFor="pass-on-target">
            <Select
              id="pass-on-target"
              aria-label={label[kind]}
              showSearch
              value={target === '' ? null : target}
              onChange={(value: string | null) => setTarget(value ?? '')}
              options={choices}
            />
          </Form.Item>
        )}
      </Form>
    </Modal>
  );
}
