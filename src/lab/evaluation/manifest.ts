import { IvrError } from '../../domain/error.ts';

/** One utterance of a manifest. */
export interface ManifestEntry {
  /** As it stands in the manifest: relative to its folder, or absolute. */
  readonly file: string;
  readonly text: string;
  /** Where the speech is, in seconds; undefined: all of it. */
  readonly speech: { readonly from: number; readonly to: number } | undefined;
  /** In the manifest, for messages. */
  readonly line: number;
}

const REQUIRED = ['file', 'text'] as const;

/**
 * Reads a table of utterances: tab-separated, the first line naming the columns `file` and `text`, perhaps `speech_start_s` and
 * `speech_end_s`. Further columns, empty lines, a byte order mark and carriage returns do not matter.
 *
 * @throws IvrError MANIFEST_INVALID with the line and what was expected
 */
export function parseManifest(path: string, content: string): readonly ManifestEntry[] {
  const [header = '', ...rows] = content.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  const names = header.split('\t').map((name) => name.trim().toLowerCase());
  const missing = REQUIRED.filter((name) => !names.includes(name));
  if (missing.length > 0)
    throw invalid(
      path,
      1,
      `expected a first line that names the columns, tabs between them; ${missing.join(' and ')} missing`,
    );
  const column = (name: string): number => names.indexOf(name);
  const [file, text, start, end] = ['file', 'text', 'speech_start_s', 'speech_end_s'].map(column) as [
    number,
    number,
    number,
    number,
  ];
  const entries = rows.flatMap((row, index): ManifestEntry[] => {
    if (row.trim() === '') return [];
    const cells = row.split('\t').map((cell) => cell.trim());
    const line = index + 2;
    const named = cells[file] ?? '';
    if (named === '') throw invalid(path, line, 'expected a file name in the column file');
    if (cells[text] === undefined) throw invalid(path, line, 'expected a text in the column text');
    return [{ file: named, text: cells[text], speech: span(path, line, cells[start] ?? '', cells[end] ?? ''), line }];
  });
  if (entries.length === 0) throw invalid(path, 2, 'expected at least one utterance below the names of the columns');
  return entries;
}

function span(path: string, line: number, start: string, end: string): ManifestEntry['speech'] {
  if (start === '' && end === '') return undefined;
  const from = start === '' ? 0 : Number(start);
  const to = end === '' ? Infinity : Number(end);
  if (Number.isNaN(from) || Number.isNaN(to) || from < 0 || to <= from)
    throw invalid(path, line, 'expected speech_start_s and speech_end_s in seconds, the first before the second');
  return { from, to };
}

const invalid = (file: string, line: number, expected: string): IvrError =>
  new IvrError('MANIFEST_INVALID', `${file}:${line}: ${expected}`, { file, line });
