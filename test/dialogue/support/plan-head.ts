/** What a dialplan begins with, up to its flows; `person` and `bye` are states of the main one. */
export const PLAN_HEAD = `dialplan: bank
version: 1
language: en-US
maximum-call-seconds: 600
notices: [{ id: recording, version: 1, text: Recorded. }]
trouble: { no-input: Nothing., no-match: Pardon?, tries: 3, escalate: person, silent-tries: 3, silent: bye }
keys-only: { say: Keys please., escalate: person }
commands: { grammar: commands.abnf, list: { person: { to: person, keys: '0' }, repeat: {} } }
time-up: bye
shutdown: bye
`;
