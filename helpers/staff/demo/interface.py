"""The pages of the app, in Gradio, and the server. Computing is done elsewhere."""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

from helpers.staff.demo import classifier, export, intake, page
from helpers.staff.demo.prepare import Ready, train_own

KEPT_SECONDS = 600  # what was uploaded stays on disk for so long, for its page to show
SESSION_SECONDS = 3600  # what somebody trained is forgotten after so long without use
WAITING = 60  # requests that may wait; more are told to come back


def closed_environment() -> None:
    """Have Gradio, which reads these when it is imported, contact nobody."""
    os.environ.update(GRADIO_ANALYTICS_ENABLED="False", HF_HUB_OFFLINE="1", HF_HUB_DISABLE_TELEMETRY="1")
    for name in ("NO_PROXY", "no_proxy"):
        there = os.environ.get(name, "")
        os.environ[name] = ",".join(filter(None, [there, "localhost", "127.0.0.1", "0.0.0.0"]))


@contextlib.contextmanager
def served(ready: Ready, *, host: str = "127.0.0.1", port: int | None = None):
    """Serve the app for as long as the context lasts; gives its address.

    Everything that is uploaded or made lies in a temporary folder, which goes at the end. `host` is the
    address to listen on; "0.0.0.0" is reachable for everybody in the network. `port` is a free one from
    7860 on when left out.
    """
    closed_environment()
    import gradio as gr

    before = os.environ.get("GRADIO_TEMP_DIR")
    with tempfile.TemporaryDirectory(prefix="course-demo-") as folder:
        os.environ["GRADIO_TEMP_DIR"] = folder
        app = build(ready, Path(folder))
        try:
            theme = gr.themes.Default(primary_hue="blue", font=list(page.FONTS), font_mono=list(page.MONO))
            _, address, _ = app.launch(
                server_name=host, server_port=port, share=False, quiet=True, ssr_mode=False,
                prevent_thread_lock=True, show_error=True, footer_links=[], enable_monitoring=False,
                max_file_size=intake.MAX_ZIP_BYTES, state_session_capacity=200, theme=theme, css=page.CSS,
            )  # fmt: skip
            yield address
        finally:
            app.close(verbose=False)
            if before is None:
                del os.environ["GRADIO_TEMP_DIR"]
            else:
                os.environ["GRADIO_TEMP_DIR"] = before


def build(ready: Ready, folder: Path):
    """Build the app: a gradio.Blocks. Files to take away are written below `folder`."""
    import gradio as gr

    names = ", ".join(ready.classifier.names)
    title = f"{names[:1].upper()}{names[1:]}, or neither?"
    with gr.Blocks(title=title, analytics_enabled=False, delete_cache=(60, KEPT_SECONDS)) as app:
        gr.Markdown(f"# {title}")
        with gr.Tab("Ask"):
            _ask_tab(ready)
        with gr.Tab("Teach it your own"):
            _teach_tab(ready, folder)
        gr.Markdown(
            "Photos stay on the computer that runs this page. Those you ask about are deleted after "
            f"{KEPT_SECONDS // 60} minutes, those you teach with after an hour, and all when the app ends."
        )
    app.queue(max_size=WAITING, default_concurrency_limit=1, api_open=False)
    return app


def _photo_input(label):
    """Make an input of one photo that hands on the file as it came: judging it is `intake`'s work."""
    import gradio as gr

    photo = gr.Image(label=label, sources=["upload", "webcam", "clipboard"], height=360, buttons=[])
    photo.preprocess = lambda given: given and (given.path, given.orig_name or "The photo")
    return photo


def judged(ready: Ready, model, photo, waiting: str):
    """Answer about one upload, (path, name), in HTML."""
    if photo is None:
        return page.nothing(waiting)
    try:
        pixels = intake.read_photo(*photo)
    except ValueError as error:
        return page.refusal(error)
    return looked_at(ready, model, pixels)


def looked_at(ready: Ready, model, pixels):
    """Answer about pixels, uint8 (H, W, 3), in HTML: a verdict, and the picture with its heat map."""
    image = intake.square(pixels, ready.size)
    answer = classifier.answer(model, image)
    best = int(answer.shares.argmax())
    heat = page.heated(pixels, classifier.heat_map(model, image, best))
    return page.verdict(answer, model.names) + page.heat_map(heat, model.names[best])


def _ask_tab(ready):
    import gradio as gr

    waiting = "Upload a photo, paste one, or take one with the camera."
    with gr.Row(equal_height=False):
        with gr.Column():
            photo = _photo_input("Your photo")
            example = gr.Button("Show an example")
        with gr.Column():
            told = gr.HTML(page.nothing(waiting), elem_id="answer")
    gr.Markdown(page.trust(ready.report, ready.classifier.names, ready.what_others))
    gr.Markdown(_learnt_from(ready))
    photo.change(
        lambda given: judged(ready, ready.classifier, given, waiting), photo, told,
        concurrency_id="ask", concurrency_limit=1, api_visibility="private",
    )  # fmt: skip
    example.click(
        lambda: looked_at(ready, ready.classifier, ready.example), None, told,
        concurrency_id="ask", api_visibility="private",
    )  # fmt: skip


def _learnt_from(ready):
    from helpers import backbones

    title = backbones.NETWORKS[ready.network.name].title
    told = f"It is a linear head on {title}, taught with the set “{ready.what_data}”."
    if ready.origin == "embedded":
        told += " It learnt these from drawings alone, so it errs more often about photos than these "
        told += "numbers say."
    return told


def _teach_tab(ready, folder):
    import gradio as gr

    pictures = gr.State({}, time_to_live=SESSION_SECONDS)
    trained = gr.State(None, time_to_live=SESSION_SECONDS)
    gr.Markdown(
        "### 1. Bring pictures of two classes or more\n"
        f"Some 20 of each do. Up to {intake.MAX_PICTURES} in all, up to {intake.MAX_BYTES // 10**6} MB each."
    )
    with gr.Row(equal_height=False):
        with gr.Column():
            limits = {"max_lines": 1, "max_length": intake.MAX_NAME}
            name = gr.Textbox(label="Name of the class", placeholder="mug", **limits)
            with gr.Tab("Photos"):
                files = gr.File(label="Photos of this class", file_count="multiple", height=150)
            with gr.Tab("Folder"):
                directory = gr.File(label="A folder of this class", file_count="directory", height=150)
            with gr.Tab("Camera"):
                gr.HTML(page.recorder())
                unseen = {"elem_id": page.FIELD, "elem_classes": "out-of-sight", "show_label": False}
                burst = gr.File(file_count="multiple", **unseen)
            with gr.Tab("Zip file"):
                packed = gr.File(label="A zip file with a folder for each class", height=150)
        with gr.Column():
            shown = gr.HTML(page.collection({}), elem_id="pictures")
            said = gr.HTML("", elem_id="said")
            again = gr.Button("Begin again", size="sm")
    gr.Markdown("### 2. Train")
    train = gr.Button("Train", variant="primary")
    result = gr.HTML("", elem_id="result", min_height=110)
    with gr.Column(visible=False) as then:
        gr.Markdown("### 3. Use it")
        waiting = "Now show it something."
        with gr.Row(equal_height=False):
            with gr.Column():
                photo = _photo_input("A photo for your classifier")
            with gr.Column():
                told = gr.HTML(page.nothing(waiting), elem_id="own-answer")
            gr.Markdown("### 4. Take it with you")
        make = gr.Button("Make files")
        made = gr.HTML("", elem_id="made")
        downloads = gr.File(label="Files", interactive=False, visible=False, file_count="multiple")

    hidden = {"api_visibility": "private"}
    taking = {**hidden, "concurrency_id": "take", "concurrency_limit": 4}
    for source in (files, directory, burst):
        source.upload(
            lambda paths, name, have: take_files(ready, paths, name, have),
            [source, name, pictures], [pictures, shown, said, source], **taking,
        )  # fmt: skip
    packed.upload(
        lambda path, have: take_zip(ready, path, have), [packed, pictures],
        [pictures, shown, said, packed], **taking,
    )  # fmt: skip
    again.click(
        lambda: ({}, page.collection({}), "", None, "", gr.Column(visible=False)), None,
        [pictures, shown, said, trained, result, then], **hidden,
    )  # fmt: skip

    def run(have, progress=gr.Progress()):  # noqa: B008  Gradio finds it by its default
        try:
            own = train_own(ready, have, lambda share, what: progress(share, desc=what))
        except ValueError as error:
            return gr.skip(), page.refusal(error), gr.skip(), gr.skip(), gr.skip()
        text = page.own_trust(own.report, own.learnt, own.seconds)
        return own, text, gr.Column(visible=True), "", gr.File(None, visible=False)

    train.click(
        run, pictures, [trained, result, then, made, downloads],
        concurrency_id="train", concurrency_limit=1, show_progress_on=result, **hidden,
    )  # fmt: skip
    photo.change(
        lambda given, own: judged(ready, own.classifier, given, waiting) if own else page.nothing(waiting),
        [photo, trained], told, concurrency_id="ask", **hidden,
    )  # fmt: skip

    def write(own):
        try:
            return take_away(own, folder)
        except (ValueError, OSError) as error:
            return page.refusal(error), gr.File(None, visible=False)

    make.click(write, trained, [made, downloads], concurrency_id="train", show_progress_on=made, **hidden)


def take_files(ready: Ready, paths, name: str, have):
    """Add uploaded photos to a class: collection, its HTML, what happened, and an empty field."""

    def read():
        intake.add(have, name, [None])  # a name that will not do is told before the work
        images, left_out = intake.read_files(paths or [], ready.size)
        return {name: images} if images or not left_out else {}, left_out

    return _taken(read, have, paths or [])


def take_zip(ready: Ready, path, have):
    """Add the classes of a zip file: as `take_files`."""
    return _taken(lambda: intake.read_zip(path, ready.size), have, [path])


def _taken(read, have, uploads):
    """Add what is read, class name -> images, to a collection; then the uploads are in memory and go."""
    more = have
    try:
        found, left_out = read()
        for name, images in found.items():
            more = intake.add(more, name, images)
    except ValueError as error:
        return have, page.collection(have), page.refusal(error), None
    finally:
        for path in uploads:
            with contextlib.suppress(OSError):
                Path(path).unlink(missing_ok=True)
    lines = page.skipped(left_out)
    return more, page.collection(more), page.note(*lines) if lines else "", None


def take_away(own, folder: Path):
    """Write the files of a trained classifier: HTML, and the field that offers them."""
    import gradio as gr

    target = Path(tempfile.mkdtemp(prefix="files-", dir=folder))
    try:
        files = export.write(own.classifier, own.held, target)
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise
    count = len(own.held)
    text = page.note(
        f"Checked on {count} picture{'s' * (count != 1)}: probabilities from the .keras file differ by "
        f"{files.keras_difference:.1g} at most from those of the model in memory, those from the LiteRT file "
        f"by {files.litert_difference:.1g}",
        "Both take RGB pixels from 0 to 255, and give a probability for each line of labels.txt",
    )
    return text, gr.File([str(path) for path in files[:3]], visible=True)
