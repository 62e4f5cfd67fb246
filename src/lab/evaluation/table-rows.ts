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
 * @throws IvrError MANIFEST_INVALID when a column is missing
 */
export function tableRows(
  file: string,
  text: string,
  separator: ',' | '\t',
  columns: readonly string[],
): readonly TableRow[] {
  const [names = '', ...lines] = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const places = columns.map((column) => fieldsOf(names, separator).indexOf(column));
  const missing = columns.filter((_, at) => places[at] === -1);
  if (missing.length > 0)
    throw new IvrError('MANIFEST_INVALID', `${file}:1: expected the columns ${missing.join(', ')}`, { file, line: 1 });
  return lines.flatMap((line, index) => {
    if (line.trim() === '') return [];
    const fields = fieldsOf(line, separator);
    return [{ line: index + 2, values: places.map((place) => fields[place] ?? '') }];
  });
}

function fieldsOf(line: string, separator: ',' | '\t'): string[] {
  if (!line.includes('"')) return line.split(separator);
  const fields: string[] = [];
  let field = '';
  let quoted = false;
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at);
    if (quoted && character === '"' && line.charAt(at + 1) === '"') {
      field += '"';
      at += 1;
    } else if (character === '"' && (quoted || field === '')) quoted = !quoted;
    else if (!quoted && character === separator) {
      fields.push(field);
      field = '';
    } else field += character;
  }
  fields.push(field);
  return fields;
}
