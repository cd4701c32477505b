/* The camera as a moving picture, for this page and for the one in pocket/. Its frames stay on this device. */
"use strict";

const Camera = (() => {
  const SENTENCES = {
    NotAllowedError: "The browser may not use the camera. Allow it in the browser's settings for this page, or open a file instead.",
    NotFoundError: "No camera was found. Connect one, or open a file instead.",
    NotReadableError: "The camera is in use by another program. Close that one, or open a file instead.",
  };

  const close = (stream) => stream?.getTracks().forEach((track) => track.stop());

  /** A switch for the camera: start() until stop(); `video` shows what it sees, and has a width from the first frame on.

      `ended` is called when the camera ends by itself. */
  function create(ended = () => {}) {
    const video = document.createElement("video");
    video.muted = true;
    video.playsInline = true;
    let stream = null;
    let starting = null; // while the browser asks for leave: what all callers wait for

    /** Start the camera that fits best what is asked for, as in getUserMedia. Throws Reading.Refused.

        After a stop() meanwhile it is not on, which is no error. */
    function start(wanted = {}) {
      if (starting) return starting;
      const mine = open(wanted, () => mine === starting);
      starting = mine;
      const over = () => { if (mine === starting) starting = null; };
      mine.then(over, over);
      return mine;
    }

    async function open(wanted, stillWanted) {
      if (!navigator.mediaDevices) {
        throw new Reading.Refused("This page may not ask for a camera here. Open it over https or from this computer, or open a picture instead.");
      }
      let found = null;
      try {
        found = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 640 }, ...wanted }, audio: false });
        if (!stillWanted()) return close(found);
        stream = found;
        video.srcObject = stream;
        found.getTracks().forEach((track) => track.addEventListener("ended", () => {
          if (stream !== found) return;
          stop();
          ended();
        }));
        await video.play();
      } catch (error) {
        close(found);
        if (!stillWanted()) return undefined;
        stop();
        throw new Reading.Refused(SENTENCES[error.name] ?? "The camera could not be started. Open a file instead.");
      }
      return undefined;
    }

    function stop() {
      starting = null;
      close(stream);
      stream = null;
      video.srcObject = null;
    }

    return { start, stop, video, on: () => stream !== null };
  }

  return { create };
})();
