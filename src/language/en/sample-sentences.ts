/** What a voice is asked to say, for a recognizer to listen whether it is understood. */
export const SAMPLE_SENTENCES: readonly string[] = [
  'Please say or key in your account number.',
  'You can ask for a person at any time.',
  'Thank you for calling. How can I help you today?',
];
