import { replyOnce, type SrfRequest, type SrfResponse } from '../../drachtio/drachtio-srf.ts';
import { INFO_TYPES, infoDigit } from './info-digit.ts';

/** Keys that come by SIP INFO; those that come before anybody listens wait. */
export interface InfoDigits {
  /** 200, or 415 to a body that cannot be a key. @returns the key, if it was one */
  answer(req: SrfRequest, res: SrfResponse): string | undefined;
  deliver(digit: string): void;
  onDigit(listener: (digit: string) => void): void;
}

const MOST_EARLY = 32;

export function openInfoDigits(): InfoDigits {
  let listener: ((digit: string) => void) | undefined;
  const early: string[] = [];
  return {
    answer(req, res) {
      const digit = infoDigit(req.get('content-type'), req.body);
      const wanted = digit !== undefined || (req.body ?? '') === '';
      replyOnce(res, wanted ? 200 : 415, wanted ? {} : { headers: { Accept: INFO_TYPES } });
      return digit;
    },
    deliver(digit) {
      if (listener !== undefined) listener(digit);
      else if (early.length < MOST_EARLY) early.push(digit);
    },
    onDigit(heard) {
      listener = heard;
      for (const digit of early.splice(0)) heard(digit);
    },
  };
}
