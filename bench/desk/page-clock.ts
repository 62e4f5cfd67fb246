/* What runs in the desk's page: it notes when an offer was made, when it is seen, when it is accepted and when the customer is first heard. */

/** By the clock of the machine, Unix ms; null: it has not happened. */
export interface PageTimes {
  readonly offered: number | null;
  readonly popped: number | null;
  readonly accepted: number | null;
  readonly heard: number | null;
}

/**
 * Before the page loads. An offer tells until when it lasts, and so when it was made.
 *
 * @param offerMs - how long offers last
 */
export const noteTimes = (offerMs: number): string => `(() => {
  const times = (window.deskTimes = { offered: null, popped: null, accepted: null, heard: null });
  const RealSource = window.EventSource;
  window.EventSource = class extends RealSource {
    constructor(url) {
      super(url);
      this.addEventListener('offer', ({ data }) => {
        Object.assign(times, { popped: null, accepted: null, heard: null });
        times.offered = JSON.parse(data).offer.until - ${offerMs};
      });
    }
  };
  const seen = () => {
    if (times.popped === null && document.querySelector('[role=alertdialog]') !== null) times.popped = Date.now();
  };
  addEventListener('DOMContentLoaded', () => new MutationObserver(seen).observe(document.body, { childList: true, subtree: true }));
  addEventListener('keydown', ({ key }) => { if (key === 'F8') times.accepted = Date.now(); }, true);
  const RealConnection = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends RealConnection {
    constructor(configuration) {
      super(configuration);
      this.addEventListener('track', ({ track }) => {
        const context = new AudioContext();
        const analyser = new AnalyserNode(context, { fftSize: 256 });
        context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
        const samples = new Float32Array(analyser.fftSize);
        setInterval(() => {
          if (times.accepted === null || times.heard !== null) return;
          analyser.getFloatTimeDomainData(samples);
          if (samples.some((sample) => Math.abs(sample) > 0.02)) times.heard = Date.now();
        }, 4);
      });
    }
  };
})()`;
