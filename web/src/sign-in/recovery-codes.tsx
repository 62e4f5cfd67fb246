import { Button } from 'antd';
import { useLanguage } from '../text/language.tsx';

export function RecoveryCodes({ codes, onKept }: { readonly codes: readonly string[]; readonly onKept: () => void }) {
  const { text } = useLanguage();
  return (
    <>
      <h1 style={{ fontSize: 22, marginTop: 0 }}>{text.signIn.recoveryTitle}</h1>
      <p>{text.signIn.recoveryLead}</p>
      <ul className="recovery-codes">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <Button type="primary" block onClick={onKept}>
        {text.signIn.recoveryDone}
      </Button>
    </>
  );
}
