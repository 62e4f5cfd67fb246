type Cell = string | number;

/** Lines of a table: numbers to the right, texts to the left. */
export function table(rows: readonly Readonly<Record<string, Cell>>[]): string[] {
  const names = Object.keys(rows[0] ?? {});
  const lines = [names, ...rows.map((row) => names.map((name) => text(row[name])))];
  const widths = names.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const toRight = names.map((name) => rows.every((row) => typeof row[name] === 'number'));
  const format = (line: readonly string[]): string =>
    line
      .map((cell, column) =>
        toRight[column] === true ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return lines.map((line) => `   ${format(line)}`);
}

const text = (cell: Cell | undefined): string =>
  typeof cell === 'number' && Number.isNaN(cell) ? '–' : String(cell ?? '');
