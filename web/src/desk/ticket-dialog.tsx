import { Alert, Button, Form, Input, Modal, Radio } from 'antd';
import { useEffect, useState } from 'react';
import type { DeskSetup, Talk } from '../../../src/agents/agent-desk.ts';
import { Failure } from '../parts/failure.tsx';
import { useAction } from '../parts/use-action.ts';
import type { Text } from '../text/en.ts';
import { useLanguage } from '../text/language.tsx';

interface Props {
  readonly open: boolean;
  readonly talk: Talk;
  readonly setup: DeskSetup;
  readonly close: () => void;
  readonly send: <T>(command: string, body: unknown) => Promise<T>;
}

const HOUR_MS = 3_600_000;
const LINES = 3;

/** From the conversation in two clicks: the first opens it with everything filled in, the second sends it. */
export function TicketDialog({ open, talk, setup, close, send }: Props) {
  const { text } = useLanguage();
  const words = text.desk.ticket;
  const [department, setDepartment] = useState(setup.departments[0]?.name ?? '');
  const [told, setTold] = useState('');
  const [id, setId] = useState<string>();
  const create = useAction(async () => {
    const made = await send<{ readonly id: string }>('ticket', { contact: talk.contact, department, text: told });
    setId(made.id);
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: as it is when it is opened; what the agent writes stays
  useEffect(() => {
    if (!open) return;
    setId(undefined);
    setTold(prefilled(talk, text));
  }, [open]);
  const within = (slaMs: number): string =>
    slaMs < HOUR_MS ? words.minutes(Math.round(slaMs / 60_000)) : words.hours(Math.round(slaMs / HOUR_MS));
  return (
    <Modal
      open={open}
      title={words.title}
      onCancel={close}
      footer={
        id === undefined ? (
          <>
            <Button onClick={close}>{text.cancel}</Button>
            <Button
              type="primary"
              loading={create.busy}
              disabled={department === '' || told.trim() === ''}
              onClick={() => create.run()}
            >
              {words.create}
            </Button>
          </>
        ) : (
          <Button type="primary" onClick={close}>
            OK
          </Button>
        )
      }
    >
      <Failure error={create.error} />
      {id === undefined ? (
        <Form layout="vertical">
          <Form.Item label={words.department}>
            <Radio.Group
              className="one-a-line"
              value={department}
              onChange={(event) => setDepartment(event.target.value as string)}
              options={setup.departments.map(({ name, slaMs }) => ({
                value: name,
                label: `${name} (${words.answersWithin(within(slaMs))})`,
              }))}
            />
          </Form.Item>
          <Form.Item label={words.text} htmlFor="ticket-text">
            <Input.TextArea
              id="ticket-text"
              rows={10}
              maxLength={4_000}
              value={told}
              onChange={(event) => setTold(event.target.value)}
            />
          </Form.Item>
        </Form>
      ) : (
        <Alert role="status" type="success" showIcon title={words.created(id)} />
      )}
    </Modal>
  );
}

/** What whoever works on it would ask first. */
function prefilled({ context }: Talk, text: Text): string {
  const words = text.desk.ticket;
  const results = text.desk.context.results;
  const name = context.customer?.name ?? '';
  const said = context.transcript.filter(({ side }) => side === 'customer').slice(-LINES);
  return [
    `${words.customer}: ${name === '' ? text.desk.context.unknown : name} (${context.caller})`,
    ...(context.intents[0] === undefined ? [] : [`${words.wants}: ${context.intents[0].name}`]),
    ...Object.entries(context.slots).map(([name, value]) => `${name}: ${value}`),
    ...context.tried.map(({ what, result }) => `${words.tried}: ${what} (${results[result]})`),
    ...said.map(({ text: line }) => `${words.said}: ${line}`),
  ].join('\n');
}
