import { Card, Typography } from 'antd';
import { useState } from 'react';
import type { Session } from '../app/session.tsx';
import { LanguageChoice } from '../parts/language-choice.tsx';
import { Logo } from '../parts/logo.tsx';
import { useLanguage } from '../text/language.tsx';
import { EnrolmentStep } from './enrolment-step.tsx';
import { NewPasswordStep } from './new-password-step.tsx';
import { CodeStep, PasswordStep } from './password-step.tsx';
import { RecoveryCodes } from './recovery-codes.tsx';

/** One step at a time, as the session says. */
export function SignInPage({ session }: { readonly session: Session }) {
  const { text } = useLanguage();
  const [codes, setCodes] = useState<readonly string[]>();
  return (
    <main className="sign-in">
      <Card className="sign-in-card">
        <div style={{ display: 'flex', justifyContent: 'space-between', alignItems: 'center', marginBottom: 20 }}>
          <Typography.Text strong style={{ display: 'flex', gap: 10, alignItems: 'center', fontSize: 17 }}>
            <Logo />
            {text.product}
          </Typography.Text>
          <LanguageChoice />
        </div>
        {codes === undefined ? (
          <Step session={session} onCodes={setCodes} />
        ) : (
          <RecoveryCodes codes={codes} onKept={() => setCodes(undefined)} />
        )}
      </Card>
    </main>
  );
}

function Step({
  session,
  onCodes,
}: {
  readonly session: Session;
  readonly onCodes: (codes: readonly string[]) => void;
}) {
  switch (session.step) {
    case 'second-factor':
      return <CodeStep />;
    case 'enrolment':
      return <EnrolmentStep onCodes={onCodes} />;
    case 'new-password':
      return <NewPasswordStep />;
    default:
      return <PasswordStep />;
  }
}
