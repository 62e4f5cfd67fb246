import { useEffect, useRef, useState } from 'react';
import { useLanguage } from '../text/language.tsx';

/** A microphone that gives exact zeros for so long is not one. */
const SILENT_MS = 3_000;
const EVERY_MS = 80;
/** Of full scale at which the bar is full. */
const LOUD = 0.25;

interface Props {
  readonly microphone: MediaStream;
  readonly muted: boolean;
  readonly onDead?: (dead: boolean) => void;
}

/** How loud the microphone is; a warning when it is dead. */
export function LevelMeter({ microphone, muted, onDead }: Props) {
  const { text } = useLanguage();
  const bar = useRef<HTMLDivElement>(null);
  const [dead, setDead] = useState(false);
  useEffect(() => {
    const context = new AudioContext();
    const analyser = new AnalyserNode(context, { fftSize: 1024 });
    const source = context.createMediaStreamSource(microphone);
    source.connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    let heardAt = performance.now();
    const timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
      // a context that the browser does not run yet gives zeros of its own
      if (peak > 0 || muted || context.state !== 'running') heardAt = performance.now();
      setDead(performance.now() - heardAt > SILENT_MS);
      if (bar.current !== null) bar.current.style.inlineSize = `${Math.min(1, muted ? 0 : peak / LOUD) * 100}%`;
    }, EVERY_MS);
    return () => {
      clearInterval(timer);
      source.disconnect();
      void context.close();
    };
  }, [microphone, muted]);
  useEffect(() => onDead?.(dead), [dead, onDead]);
  return (
    <>
      <div className="level" aria-hidden="true">
        <div ref={bar} className="level-bar" />
      </div>
      {dead ? (
        <p role="alert" className="level-dead">
          {text.newcomer.deadMicrophone}
        </p>
      ) : null}
    </>
  );
}
