import { Card, Checkbox } from 'antd';
import { useState } from 'react';
import { useLanguage } from '../text/language.tsx';
import { RequestDialog } from './request-dialog.tsx';

export function ExportCard({ id }: { readonly id: string }) {
  const { text } = useLanguage();
  const [masked, setMasked] = useState(true);
  return (
    <Card size="small" title={text.recording.export} style={{ marginBottom: 16 }}>
      <p>{text.recording.exportLead}</p>
      <p>
        <Checkbox checked={masked} onChange={(event) => setMasked(event.target.checked)}>
          {text.recording.exportMasked}
        </Checkbox>
      </p>
      <RequestDialog action="recording.export" targets={[id]} terms={{ masked }} label={text.recording.exportAsk} />
    </Card>
  );
}
