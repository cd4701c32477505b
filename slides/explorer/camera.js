/* The camera as a moving picture, for this page and for the one in pocket/. Its frames stay on this computer. */
"use strict";

const Camera = (() => {
  const SENTENCES = {
    NotAllowedError: "The browser may not use the webcam. Allow it in the address bar, or open a file instead.",
    NotFoundError: "No webcam was found. Connect one, or open a file instead.",
    NotReadableError: "The webcam is in use by another program. Close that one, or open a file instead.",
  };

  /** A switch for the webcam: start() until stop(); `video` shows what it sees, and has a width from the first frame on. */
  function create() {
    const video = document.createElement("video");
    video.muted = true;
    video.playsInline = true;
    let stream = null;

    /** Start the camera that fits best what is asked for, as in getUserMedia. Throws Reading.Refused. */
    async function start(wanted = {}) {
      if (!navigator.mediaDevices) {
        throw new Reading.Refused("This page may not ask for a webcam here. Open it over https or from this computer, or open a picture instead.");
      }
      try {
        stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 640 }, ...wanted }, audio: false });
      } catch (error) {
        throw new Reading.Refused(SENTENCES[error.name] ?? "The webcam could not be started. Open a file instead.");
      }
      video.srcObject = stream;
      await video.play();
    }

    function stop() {
      stream?.getTracks().forEach((track) => track.stop());
      stream = null;
      video.srcObject = null;
    }

    return { start, stop, video, on: () => stream !== null };
  }

  return { create };
})();
