/**
 * What a telephone wants of a microphone.
 *
 * @param device - the one that is wanted where it is there; '' for whichever the browser prefers
 * @throws DOMException NotAllowedError, NotFoundError
 */
export const newMicrophone = (device = ''): Promise<MediaStream> =>
  navigator.mediaDevices.getUserMedia({
    audio: {
      echoCancellation: true,
      noiseSuppression: true,
      autoGainControl: true,
      ...(device === '' ? {} : { deviceId: { ideal: device } }),
    },
    video: false,
  });

/** A microphone that is pulled out may be back, or another one there, in a moment. */
const AGAIN_MS = 500;

/**
 * Tells when a microphone has gone, and again whenever devices change while there is none.
 *
 * @param onGone - resolves when it has looked for another one
 * @returns the way to stop; the microphone stops with it
 */
export function watchMicrophone(stream: MediaStream, onGone: () => Promise<void>): () => void {
  let stop = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (!stop && stream.getAudioTracks().every(({ readyState }) => readyState === 'ended')) void onGone();
    }, AGAIN_MS);
  };
  for (const track of stream.getAudioTracks()) track.addEventListener('ended', look);
  navigator.mediaDevices.addEventListener('devicechange', look);
  return () => {
    stop = true;
    clearTimeout(timer);
    navigator.mediaDevices.removeEventListener('devicechange', look);
    stopTracks(stream);
  };
}

/** The browser shows a microphone as in use until all its tracks are stopped. */
export function stopTracks(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
