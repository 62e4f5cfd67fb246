/**
 * CSV (RFC 4180), as PBXs and SBCs write it: commas or semicolons, quotes, either end of line, with or without a byte-order mark.
 *
 * @returns rows of fields; a row that is empty is left out
 */
export function parseCsv(text: string): string[][] {
  const plain = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const head = plain.slice(0, plain.search(/[\r\n]|$/));
  const separator = head.split(';').length > head.split(',').length ? ';' : ',';
  const rows: string[][] = [];
  let row: string[] = [];
  let field = '';
  let quoted = false;
  const endField = (): void => {
    row.push(field);
    field = '';
  };
  const endRow = (): void => {
    endField();
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
  };
  for (let at = 0; at < plain.length; at++) {
    const character = plain.charAt(at);
    if (quoted) {
      if (character !== '"') field += character;
      else if (plain.charAt(at + 1) === '"') field += plain.charAt(++at);
      else quoted = false;
    } else if (character === '"' && field === '') quoted = true;
    else if (character === separator) endField();
    else if (character === '\n') endRow();
    else if (character !== '\r' || plain.charAt(at + 1) !== '\n') field += character;
  }
  if (field !== '' || row.length > 0) endRow();
  return rows;
}
