/** From 1, as editors count. */
export interface YamlPosition {
  readonly line: number;
  readonly column: number;
}

export type YamlPath = readonly (string | number)[];

export interface YamlProblem {
  readonly at: YamlPosition;
  /** A name for it that is safe to show where the file may hold secrets. */
  readonly code: string;
  /** What is wrong, with the hint. May quote the file. */
  readonly text: string;
  /** What to write instead, when that can be guessed. Never quotes the file. */
  readonly hint: string | undefined;
}

/** A YAML file as plain values, and the way back from a path in them to a line of the file. */
export interface YamlFile {
  readonly value: unknown;
  /** The place of a value, or with `atKey` of its key; of the nearest one above it where there is none. */
  at(path: YamlPath, atKey?: boolean): YamlPosition;
  /** Whether the value stands in a `{…}` or `[…]`. */
  inFlow(path: YamlPath): boolean;
}
