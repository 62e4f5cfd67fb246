/** 1 s of the ringing tone, 4 s without (ITU-T E.180 supplement 2, China). */
const HZ = 450;
const ON_S = 1;
const EVERY_MS = 5_000;
const LOUDNESS = 0.08;

/** @param loudspeaker - '' for the usual one @returns the way to stop */
export function ring(loudspeaker: string): () => void {
  const context = new AudioContext();
  if (loudspeaker !== '' && 'setSinkId' in context)
    void (context as unknown as { setSinkId: (id: string) => Promise<void> })
      .setSinkId(loudspeaker)
      .catch(() => undefined);
  const once = (): void => {
    const tone = new OscillatorNode(context, { frequency: HZ });
    const gain = new GainNode(context, { gain: LOUDNESS });
    tone.connect(gain).connect(context.destination);
    tone.start();
    tone.stop(context.currentTime + ON_S);
  };
  once();
  const timer = setInterval(once, EVERY_MS);
  return () => {
    clearInterval(timer);
    void context.close();
  };
}
