export const ASK_ACCOUNT = 'Please say or key in your eight digit account number.';
export const ASK_PIN = 'Please key in your four digit PIN. Do not say it. It is not recorded.';
export const BALANCE =
  'The balance of the account that ends in five six seven eight is one thousand two hundred thirty-four dollars and fifty-six cents. Is there anything else I can do for you?';
