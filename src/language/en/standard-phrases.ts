/** What the compiler itself has to say, where a dialplan does not. */
export const ENGLISH = {
  yesOrNo: 'Please say yes or no. Or press 1 for yes, or 2 for no.',
  pressYesOrNo: 'Press 1 for yes, or 2 for no.',
  begun: (value: string) => `I have {{${value}|digits}}. Please say the rest.`,
  otherLanguage: 'I am sorry, I only understand English.',
  disturbed: 'I am sorry, there was a disturbance.',
  flowLoop: 'I am sorry, something has gone wrong on our side.',
  goodbye: 'Please call again later. Goodbye.',
  endCall: 'Do you want to end this call?',
  kept: 'All right, I am still here.',
  notRecorded: 'Please note: this call is no longer being recorded.',
  recordingLost: 'I am sorry, this call can no longer be recorded, so I have to end it. Please call again. Goodbye.',
  lineLost: 'Sorry, the line has failed. Goodbye.',
  wanted: (label: string) => `Did you want ${label}?`,
  or: 'Or:',
  resume: 'Now, back to my question.',
  later: 'Now to your other question.',
  notReached: 'I am sorry. I cannot reach our computer at the moment.',
  oneMoment: 'One moment please.',
  stillLooking: 'I am sorry that it takes so long. I am still looking.',
  keyMenu: (entries: readonly { readonly label: string; readonly key: string }[]) =>
    entries.map(({ label, key }) => `For ${label}, press ${key}.`).join(' '),
} as const;
