import { Button, Card, Checkbox, Form, Input, InputNumber, Select, Space } from 'antd';
import { useEffect } from 'react';
import type { RecordingQuery } from '../../../src/archive/recording-search.ts';
import { useLoaded } from '../parts/use-loaded.ts';
import { useLanguage } from '../text/language.tsx';

/** As typed: days of the reader's own time zone, minutes. */
interface Values extends Omit<RecordingQuery, 'since' | 'until' | 'minDurationMs' | 'maxDurationMs'> {
  readonly sinceDay?: string;
  readonly untilDay?: string;
  readonly minMinutes?: number | null;
  readonly maxMinutes?: number | null;
}
const STATES = ['OPEN', 'SEALED', 'ARCHIVED', 'VERIFIED', 'EXEMPT', 'MISSING', 'DESTROYED'] as const;
const MINUTE_MS = 60_000;

const startOf = (day: string): number => new Date(`${day}T00:00:00`).getTime();
/** The day after begins where this one ends, whatever the clock change. */
const endOf = (day: string): number => {
  const date = new Date(`${day}T00:00:00`);
  date.setDate(date.getDate() + 1);
  return date.getTime();
};
const dayOf = (at: number): string => {
  const date = new Date(at);
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((n) => String(n).padStart(2, '0')).join('-');
};

function queryOf({ sinceDay, untilDay, minMinutes, maxMinutes, ...rest }: Values): RecordingQuery {
  const kept = Object.entries(rest).filter(
    ([, value]) => value !== undefined && value !== '' && value !== false && value !== null,
  );
  return {
    ...Object.fromEntries(kept.map(([name, value]) => [name, typeof value === 'string' ? value.trim() : value])),
    ...(sinceDay ? { since: startOf(sinceDay) } : {}),
    ...(untilDay ? { until: endOf(untilDay) } : {}),
    ...(minMinutes ? { minDurationMs: Math.round(minMinutes * MINUTE_MS) } : {}),
    ...(maxMinutes ? { maxDurationMs: Math.round(maxMinutes * MINUTE_MS) } : {}),
  };
}
const valuesOf = ({ since, until, minDurationMs, maxDurationMs, ...rest }: RecordingQuery): Values => ({
  ...rest,
  ...(since === undefined ? {} : { sinceDay: dayOf(since) }),
  ...(until === undefined ? {} : { untilDay: dayOf(until - 1) }),
  ...(minDurationMs === undefined ? {} : { minMinutes: minDurationMs / MINUTE_MS }),
  ...(maxDurationMs === undefined ? {} : { maxMinutes: maxDurationMs / MINUTE_MS }),
});

export function SearchForm({
  query,
  busy,
  onSearch,
}: {
  readonly query: RecordingQuery;
  readonly busy: boolean;
  readonly onSearch: (query: RecordingQuery) => void;
}) {
  const { text } = useLanguage();
  const [form] = Form.useForm<Values>();
  const { value: fields } = useLoaded<{ agent: boolean }>('/api/archive/search/fields');
  useEffect(() => {
    form.resetFields();
    form.setFieldsValue(valuesOf(query));
  }, [form, query]);
  const field = (name: 'number' | 'account' | 'agent' | 'queue' | 'intent' | 'dialplan' | 'outcome') => (
    <Form.Item name={name} label={text.search[name]}>
      <Input allowClear autoComplete="off" />
    </Form.Item>
  );
  return (
    <Card size="small" style={{ marginBottom: 16 }}>
      <Form<Values> form={form} layout="vertical" onFinish={(values) => onSearch(queryOf(values))} role="search">
        <div className="search-form">
          <Form.Item name="words" label={text.search.words} className="wide">
            <Input allowClear autoFocus placeholder={text.search.wordsHint} maxLength={200} />
          </Form.Item>
          {field('number')}
          {field('account')}
          {fields?.agent === true ? field('agent') : null}
          {field('queue')}
          {field('intent')}
          {field('dialplan')}
          {field('outcome')}
          <Form.Item name="state" label={text.search.state}>
            <Select allowClear options={STATES.map((state) => ({ value: state, label: text.states[state] }))} />
          </Form.Item>
          <Form.Item name="sinceDay" label={text.search.since}>
            <Input type="date" />
          </Form.Item>
          <Form.Item name="untilDay" label={text.search.until}>
            <Input type="date" />
          </Form.Item>
          <Form.Item name="minMinutes" label={text.search.minMinutes}>
            <InputNumber min={0} max={1440} style={{ width: '100%' }} />
          </Form.Item>
          <Form.Item name="maxMinutes" label={text.search.maxMinutes}>
            <InputNumber min={0} max={1440} style={{ width: '100%' }} />
          </Form.Item>
        </div>
        <Space wrap size="middle">
          <Form.Item name="held" valuePropName="checked" noStyle>
            <Checkbox>{text.search.held}</Checkbox>
          </Form.Item>
          <Form.Item name="unheardNotice" valuePropName="checked" noStyle>
            <Checkbox>{text.search.unheardNotice}</Checkbox>
          </Form.Item>
          <Button type="primary" htmlType="submit" loading={busy}>
            {text.search.go}
          </Button>
          <Button onClick={() => onSearch({})}>{text.search.clear}</Button>
        </Space>
      </Form>
    </Card>
  );
}
