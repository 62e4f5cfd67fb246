import { expect, test } from 'vitest';
import { notWritten } from '../../src/app/export-recording.ts';

test('a full disk is told from a place that was named wrongly', () => {
  expect(notWritten('/mnt/x.zip', 'ENOSPC', undefined)).toMatchObject({
    code: 'BUNDLE_REFUSED',
    message: '/mnt/x.zip: the disk is full; make room, or name another place',
  });
  expect(notWritten('/mnt/x.zip', 'EIO', undefined)).toMatchObject({ code: 'BUNDLE_REFUSED' });
  expect(notWritten('/root/x.zip', 'EACCES', undefined)).toMatchObject({ code: 'USAGE' });
});
