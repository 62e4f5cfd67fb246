/** What a customer reads with a one-time code. @param payee - by its last digits */
export const codeMessage = (code: string, amount: string, payee: string): string =>
  `验证码${code}，用于向${payee}转账${amount}。除您拨打的银行热线外，银行任何人员都不会向您索取验证码。`;
