import { type ServiceArguments, textIn } from '../bank/bank-services.ts';
import { type BuiltIn, builtIn, done, isAccount, NEEDED, refused, type ServiceWork, told } from './built-in.ts';

/* Cards. Whoever finds a lost one wants it frozen: nobody has to prove first who they are. */

export const CARD_SERVICES: readonly BuiltIn[] = [
  builtIn(
    {
      name: 'block-card',
      arguments: { account: NEEDED },
      results: ['reference'],
      refusals: ['unknown-account'],
      effect: 'data',
    },
    async ({ bank }, args, signal) => {
      const account = textIn(args, 'account');
      if (!isAccount(account)) return refused('unknown-account');
      return told(await bank.ask('FreezeCards', { account }, signal), ({ reference }) => ({ reference }));
    },
  ),
  builtIn(
    {
      name: 'card-limit',
      arguments: { session: NEEDED },
      results: ['card', 'limit', 'currency'],
      refusals: ['not-verified', 'no-card'],
      needs: ['session'],
    },
    async (work, args, signal) => {
      const card = await firstCard(work, args, signal);
      if (typeof card === 'string') return refused(card);
      return done({ card: card.card.slice(-4), limit: card.limit / 100, currency: card.currency });
    },
  ),
];

async function firstCard({ bank, sessions }: ServiceWork, args: ServiceArguments, signal: AbortSignal) {
  const customer = sessions.customerOf(textIn(args, 'session'));
  if (customer === undefined) return 'not-verified';
  const result = await bank.ask('ListCards', { customer }, signal);
  if (result.outcome === 'refused') return 'not-verified';
  return result.answer.cards[0] ?? 'no-card';
}
