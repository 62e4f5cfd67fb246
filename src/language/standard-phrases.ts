/** What the compiler of dialplans has to say, where a dialplan does not, with values as prompts have them. */
export interface StandardPhrases {
  readonly yesOrNo: string;
  readonly pressYesOrNo: string;
  readonly begun: (value: string) => string;
  readonly otherLanguage: string;
  readonly disturbed: string;
  readonly flowLoop: string;
  readonly goodbye: string;
  readonly endCall: string;
  readonly kept: string;
  readonly notRecorded: string;
  readonly recordingLost: string;
  readonly lineLost: string;
  readonly wanted: (label: string) => string;
  readonly or: string;
  readonly resume: string;
  readonly later: string;
  readonly notReached: string;
  readonly oneMoment: string;
  readonly stillLooking: string;
  readonly keyMenu: (entries: readonly { readonly label: string; readonly key: string }[]) => string;
  readonly aPerson: string;
  /** Reads a value back. */
  readonly heard: (value: string) => string;
  /** The same where it is easily taken for another one: fifteen, one five. */
  readonly heardInFigures: (value: string) => string;
  /** One of two readings of what was said, and the same by keys. */
  readonly which: (first: string, second: string) => string;
  readonly pressWhich: (first: string, second: string) => string;
}
