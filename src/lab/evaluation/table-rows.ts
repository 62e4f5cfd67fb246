import { IvrError } from '../../domain/error.ts';

export interface TableRow {
  /** From 1; the first line has the names. */
  readonly line: number;
  /** Of the wanted columns, in their order. */
  readonly values: readonly string[];
}

/**
 * A table with a line of names, in CSV or TSV (RFC 4180: fields may be quoted, quotes within are doubled). Other columns are ignored.
 *
 * @throws IvrError MANIFEST_INVALID when a column is missing, or a quoted field has no end
 */
export function tableRows(
  file: string,
  text: string,
  separator: ',' | '\t',
  columns: readonly string[],
): readonly TableRow[] {
  const [names, ...records] = recordsOf(file, text.replace(/^\uFEFF/, ''), separator);
  const places = columns.map((column) => names?.fields.indexOf(column) ?? -1);
  const missing = columns.filter((_, at) => places[at] === -1);
  if (missing.length > 0)
    throw new IvrError('MANIFEST_INVALID', `${file}:1: expected the columns ${missing.join(', ')}`, { file, line: 1 });
  return records.map(({ line, fields }) => ({ line, values: places.map((place) => fields[place] ?? '') }));
}

interface TableRecord {
  readonly line: number;
  readonly fields: readonly string[];
}

/** Lines that are empty are none; a quoted field may go over several. */
function recordsOf(file: string, text: string, separator: string): readonly TableRecord[] {
  const records: TableRecord[] = [];
  let [fields, field, quoted, line, began]: [string[], string, boolean, number, number] = [[], '', false, 1, 1];
  const finish = (): void => {
    if (fields.length > 0 || field.trim() !== '') records.push({ line: began, fields: [...fields, field] });
    [fields, field, began] = [[], '', line];
  };
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '\n') line++;
    if (quoted && character === '"' && text.charAt(at + 1) === '"') {
      field += '"';
      at++;
    } else if (character === '"' && (quoted || field === '')) quoted = !quoted;
    else if (quoted) field += character;
    else if (character === '\n') finish();
    else if (character === separator) {
      fields.push(field);
      field = '';
    } else if (character !== '\r' || text.charAt(at + 1) !== '\n') field += character;
  }
  if (quoted)
    throw new IvrError('MANIFEST_INVALID', `${file}:${began}: a field that begins with a quotation mark has no end`, {
      file,
      line: began,
    });
  finish();
  return records;
}
