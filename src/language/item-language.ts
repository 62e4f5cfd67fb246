import type { ChannelTable } from './channel-table.ts';

/*
 * What a language must know so that callers can be identified in it: how each item is read from what a recognizer wrote, and how it may be
 * said. Readings are strings of symbols (ASCII), compared by likelihood in src/identity/evidence.
 */

/** Calendar date, month 1…12. */
export interface CalendarDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

export interface ItemLanguage {
  /** Letters and digits said one by one; lower case. */
  readonly spelling: (text: string) => string;
  /** A name, partly spelled and partly said; letters alone. */
  readonly spelledName: (text: string) => string;
  /** The letters of a name as it is written. */
  readonly nameLetters: (text: string) => string;
  /** The sounds of a name. */
  readonly nameSounds: (text: string) => string;
  /** Digits, and A…L for months that are named. */
  readonly date: (text: string) => string;
  /** How day and month may be said, and the year: in the same symbols. `yearFirst`: years go before. */
  readonly dateWordings: (date: CalendarDate) => {
    readonly dayMonth: readonly string[];
    readonly year: readonly string[];
  };
  readonly yearFirst: boolean;
  /** Family name before given name. */
  readonly familyFirst: boolean;
  readonly channels: {
    readonly spelling: ChannelTable;
    readonly letters: ChannelTable;
    readonly sounds: ChannelTable;
    readonly date: ChannelTable;
  };
}
