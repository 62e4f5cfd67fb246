import { CloseOutlined } from '@ant-design/icons';
import { Button, Input, Space } from 'antd';
import { useState } from 'react';
import type { RecordingQuery } from '../../../src/archive/recording-search.ts';
import type { SavedSearch } from '../../../src/archive/saved-searches.ts';
import { call } from '../app/api.ts';
import { Failure } from '../parts/failure.tsx';
import { useAction } from '../parts/use-action.ts';
import { useLoaded } from '../parts/use-loaded.ts';
import { useLanguage } from '../text/language.tsx';

export function SavedSearches({
  query,
  onOpen,
}: {
  readonly query: RecordingQuery;
  readonly onOpen: (query: RecordingQuery) => void;
}) {
  const { text } = useLanguage();
  const { value, reload } = useLoaded<{ searches: readonly SavedSearch[] }>('/api/archive/saved-searches');
  const [name, setName] = useState('');
  const save = useAction(async () => {
    await call('PUT', '/api/archive/saved-searches', { name: name.trim(), query });
    setName('');
    await reload();
  });
  const remove = useAction(async (id: string) => {
    await call('DELETE', `/api/archive/saved-searches/${encodeURIComponent(id)}`);
    await reload();
  });
  const searches = value?.searches ?? [];
  return (
    <section aria-label={text.search.saved} style={{ marginBottom: 12 }}>
      <Failure error={save.error ?? remove.error} />
      <Space wrap>
        {searches.map((search) => (
          <Space.Compact key={search.id}>
            <Button size="small" onClick={() => onOpen(search.query)}>
              {search.name}
            </Button>
            <Button
              size="small"
              aria-label={text.search.remove(search.name)}
              icon={<CloseOutlined aria-hidden />}
              onClick={() => remove.run(search.id)}
            />
          </Space.Compact>
        ))}
        {Object.keys(query).length === 0 ? null : (
          <Space.Compact>
            <Input
              size="small"
              value={name}
              maxLength={80}
              aria-label={text.search.saveAs}
              placeholder={text.search.saveAs}
              onChange={(event) => setName(event.target.value)}
              onPressEnter={() => name.trim() !== '' && save.run()}
            />
            <Button size="small" disabled={name.trim() === ''} loading={save.busy} onClick={() => save.run()}>
              {text.save}
            </Button>
          </Space.Compact>
        )}
      </Space>
    </section>
  );
}
