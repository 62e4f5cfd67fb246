import { Radio, Select, Space } from 'antd';
import { useLanguage } from '../text/language.tsx';

export interface Wanted {
  readonly of: 'queue' | 'agent';
  readonly interval: 'day' | '15min';
  /** Up to today, today included. */
  readonly days: number;
}

const DAYS = [1, 7, 31, 90] as const;

/** Of whom, by what, and since when. */
export function ReportFilters({
  value,
  onChange,
}: {
  readonly value: Wanted;
  readonly onChange: (value: Wanted) => void;
}) {
  const { text, number } = useLanguage();
  const words = text.reports;
  return (
    <Space wrap style={{ marginBottom: 12 }}>
      <Radio.Group
        value={value.of}
        onChange={({ target }) => onChange({ ...value, of: target.value as Wanted['of'] })}
        aria-label={words.of}
      >
        <Radio.Button value="queue">{words.queues}</Radio.Button>
        <Radio.Button value="agent">{words.agents}</Radio.Button>
      </Radio.Group>
      <Radio.Group
        value={value.interval}
        onChange={({ target }) => onChange({ ...value, interval: target.value as Wanted['interval'] })}
        aria-label={words.interval}
      >
        <Radio.Button value="day">{words.byDay}</Radio.Button>
        <Radio.Button value="15min">{words.byQuarter}</Radio.Button>
      </Radio.Group>
      <Select
        value={value.days}
        onChange={(days) => onChange({ ...value, days })}
        aria-label={words.period}
        options={DAYS.map((each) => ({ value: each, label: words.lastDays(number(each)) }))}
        style={{ minWidth: 160 }}
      />
    </Space>
  );
}
