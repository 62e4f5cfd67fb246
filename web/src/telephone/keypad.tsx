import { Button } from 'antd';
import { useEffect } from 'react';
import { useLanguage } from '../text/language.tsx';

const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#'] as const;

/** The keys of a telephone, with the mouse or as they are typed. */
export function Keypad({ disabled, press }: { readonly disabled: boolean; readonly press: (key: string) => void }) {
  const { text } = useLanguage();
  useEffect(() => {
    if (disabled) return;
    const onKey = ({ key, repeat, ctrlKey, metaKey, altKey, target }: KeyboardEvent): void => {
      // what is typed into a field is not for the far end
      if (target instanceof HTMLElement && target.closest('input, textarea, [contenteditable]') !== null) return;
      if (!repeat && !ctrlKey && !metaKey && !altKey && KEYS.some((each) => each === key)) press(key);
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [disabled, press]);
  return (
    <div className="keypad" role="group" aria-label={text.newcomer.keypad}>
      {KEYS.map((key) => (
        <Button key={key} size="large" disabled={disabled} onClick={() => press(key)}>
          {key}
        </Button>
      ))}
    </div>
  );
}
