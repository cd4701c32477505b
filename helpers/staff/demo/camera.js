(async (button) => {
  const place = button.parentElement, told = place.querySelector("p");
  const refuse = (why) => { told.textContent = why + " Upload photos instead."; };
  if (!navigator.mediaDevices) return refuse("A page has a camera only over https or on localhost.");
  button.disabled = true;
  let stream;
  try {
    const video = { facingMode: "environment", width: { ideal: 640 } };
    stream = await navigator.mediaDevices.getUserMedia({ video });
    const film = place.querySelector("video");
    film.srcObject = stream;
    film.hidden = false;
    await film.play();
    const canvas = document.createElement("canvas"), frames = [];
    [canvas.width, canvas.height] = [film.videoWidth, film.videoHeight];
    while (frames.length < COUNT) {
      await new Promise((resolve) => setTimeout(resolve, EVERY));
      canvas.getContext("2d").drawImage(film, 0, 0);
      const photo = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.9));
      frames.push(new File([photo], `frame-${100 + frames.length}.jpg`, { type: "image/jpeg" }));
      told.textContent = `Picture ${frames.length} of COUNT. Turn the thing.`;
    }
    film.hidden = true;
    told.textContent = "Record again for more, or name the next class.";
    const carrier = new DataTransfer(), field = document.querySelector("#FIELD input[type=file]");
    frames.forEach((frame) => carrier.items.add(frame));
    field.files = carrier.files;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  } catch (error) {
    const reasons = {
      NotAllowedError: "The use of the camera was not allowed.",
      NotFoundError: "No camera was found.",
    };
    refuse(reasons[error.name] || "The camera cannot be used now.");
  } finally {
    if (stream) stream.getTracks().forEach((track) => track.stop());
    button.disabled = false;
  }
})(this)
