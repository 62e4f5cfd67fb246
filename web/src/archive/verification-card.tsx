import { CheckCircleFilled, ClockCircleOutlined, CloseCircleFilled, MinusCircleOutlined } from '@ant-design/icons';
import { Alert, Button, Card } from 'antd';
import { useState } from 'react';
import type { Verification } from '../../../src/archive/verifier.ts';
import { call } from '../app/api.ts';
import { COLOURS } from '../app/theme.ts';
import { Failure } from '../parts/failure.tsx';
import { useAction } from '../parts/use-action.ts';
import { useLanguage } from '../text/language.tsx';

const ICONS = {
  proved: <CheckCircleFilled aria-hidden style={{ color: COLOURS.good }} />,
  failed: <CloseCircleFilled aria-hidden style={{ color: COLOURS.bad }} />,
  'not-configured': <MinusCircleOutlined aria-hidden style={{ color: COLOURS.quiet }} />,
  absent: <MinusCircleOutlined aria-hidden style={{ color: COLOURS.quiet }} />,
  pending: <ClockCircleOutlined aria-hidden style={{ color: COLOURS.warn }} />,
} as const;

/** Whether it is genuine, in words. */
export function VerificationCard({ id }: { readonly id: string }) {
  const { text, date } = useLanguage();
  const { good, bad, goodLead, badLead, steps, results, fact } = text.verification;
  const [found, setFound] = useState<Verification>();
  const { run, busy, error } = useAction(async () =>
    setFound(await call<Verification>('POST', `/api/archive/recordings/${id}/verify`)),
  );
  return (
    <Card
      size="small"
      title={text.recording.verification}
      style={{ marginBottom: 16 }}
      extra={
        <Button size="small" loading={busy} onClick={() => run()}>
          {text.recording.verify}
        </Button>
      }
    >
      <Failure error={error} />
      {found === undefined ? (
        <p className="facts">{text.recording.verifyLead}</p>
      ) : (
        <div aria-live="polite">
          <Alert
            type={found.ok ? 'success' : 'error'}
            showIcon
            title={found.ok ? good : bad}
            description={`${found.ok ? goodLead : badLead} ${date(found.at)}`}
          />
          <ul style={{ listStyle: 'none', padding: 0, margin: '12px 0 0' }}>
            {found.steps.map(({ name, result, facts }) => (
              <li key={name} style={{ marginBottom: 8 }}>
                {ICONS[result]} {steps[name]} <strong>{results[result]}</strong>
                <div className="facts">
                  {Object.entries(facts)
                    .map(([name, value]) =>
                      fact(name, name === 'until' ? date(Date.parse(String(value))) : String(value)),
                    )
                    .join(text.verification.between)}
                </div>
              </li>
            ))}
          </ul>
        </div>
      )}
    </Card>
  );
}
