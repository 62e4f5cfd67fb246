/** What a customer reads with a one-time code. @param payee - by its last digits */
export const codeMessage = (code: string, amount: string, payee: string): string =>
  `${code} is your code for ${amount} to ${payee}. Nobody from the bank asks you for it but the hotline that you called.`;
