(async (button) => {
  const panel = button.closest(".own-photo");
  const place = panel.querySelector(".own-photo-camera");
  if (place.stop) return place.stop();  // a second click closes the camera
  const refuse = (why) => { place.textContent = why + " Upload a photo instead."; };
  if (!navigator.mediaDevices) return refuse("A page has a camera only over https or on localhost.");
  let stream, watch;
  place.stop = () => {
    clearInterval(watch);
    if (stream) stream.getTracks().forEach((track) => track.stop());
    place.replaceChildren();
    place.stop = null;
  };
  place.textContent = "Waiting for the camera.";
  try {
    const video = { facingMode: "environment", width: { ideal: 640 } };
    stream = await navigator.mediaDevices.getUserMedia({ video });
  } catch (error) {
    place.stop = null;
    const reasons = {
      NotAllowedError: "The use of the camera was not allowed.",
      NotFoundError: "No camera was found.",
    };
    return refuse(reasons[error.name] || "The camera cannot be used now.");
  }
  if (!place.stop) return stream.getTracks().forEach((track) => track.stop());
  const video = document.createElement("video");
  video.srcObject = stream;
  video.muted = video.playsInline = video.autoplay = true;
  video.style.cssText = "display: block; max-width: 100%; width: 320px";
  const snap = document.createElement("button");
  snap.textContent = "Snap";
  snap.className = button.className;
  snap.onclick = () => {
    if (!video.videoWidth) return;  // no frame has come yet
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    canvas.getContext("2d").drawImage(video, 0, 0);
    const text = panel.querySelector("textarea");
    text.value = canvas.toDataURL("image/jpeg", 0.9);
    text.dispatchEvent(new Event("change", { bubbles: true }));
    place.stop();
  };
  place.replaceChildren(video, snap);
  // The camera goes off as well when the cell's output is cleared.
  watch = setInterval(() => { if (!place.isConnected) place.stop(); }, 500);
})(this)
