/* The webcam as a moving picture. Its frames stay on this computer. */
"use strict";

const Camera = (() => {
  const SENTENCES = {
    NotAllowedError: "The browser may not use the webcam. Allow it in the address bar, or open a file instead.",
    NotFoundError: "No webcam was found. Connect one, or open a file instead.",
    NotReadableError: "The webcam is in use by another program. Close that one, or open a file instead.",
  };

  /** A switch for the webcam: start() until stop(), frame() for what it sees now (null before the first). */
  function create() {
    const video = document.createElement("video");
    video.muted = true;
    video.playsInline = true;
    let stream = null;

    async function start() {
      if (!navigator.mediaDevices) {
        throw new Files.Refused("This page may not ask for a webcam here. Open it over https or from a file, or open a picture instead.");
      }
      try {
        stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 640 } }, audio: false });
      } catch (error) {
        throw new Files.Refused(SENTENCES[error.name] ?? "The webcam could not be started. Open a file instead.");
      }
      video.srcObject = stream;
      await video.play();
    }

    function stop() {
      stream?.getTracks().forEach((track) => track.stop());
      stream = null;
      video.srcObject = null;
    }

    function frame(pixels) {
      if (!stream || !video.videoWidth) return null;
      return Files.fromDrawable(video, video.videoWidth, video.videoHeight, pixels);
    }

    return { start, stop, frame, on: () => stream !== null };
  }

  return { create };
})();
