"""Frames a second of the kernel explorer in a browser, for `make bench`; not part of `make test`.

Each test prints what it measured and fails where a bound of the course is broken.
"""

import pytest

from slides import embed as explorer

BOUND = 30
DRAGS = {
    "the window over the input": """(frame, share) => {
        const box = frame.getBoundingClientRect();
        const place = {clientX: box.left + share * box.width, clientY: box.top + (1 - share) * box.height};
        frame.dispatchEvent(new PointerEvent('pointermove', {...place, buttons: 1, bubbles: true})); }""",
    "a number of the kernel": """(frame, share) => {
        const slider = document.querySelector('.slider');
        slider.value = 20 * share - 10;
        slider.dispatchEvent(new Event('input', {bubbles: true})); }""",
}
# A step of the drag in each frame; what it asks for is computed and drawn before the next.
MEASURE = """drag => new Promise(done => {
    const frame = document.querySelector('.frame');
    const began = performance.now();
    let frames = 0;
    const step = now => {
        if (now - began > 3000) return done(frames / (now - began) * 1000);
        (%s)(frame, (frames++ %% 97) / 96);
        requestAnimationFrame(step);
    };
    requestAnimationFrame(step); })"""


@pytest.mark.parametrize("drag", DRAGS)
@pytest.mark.parametrize("link", ["#pixels=256", "#pixels=256&channels=rgb&padding1=same&pool1=max&second=1"])
def test_frames_a_second_while_dragging(drag, link, browser, capsys):
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto((explorer.FOLDER / "index.html").as_uri() + link)
    page.evaluate("explorer.ready")
    page.wait_for_timeout(500)
    rate = page.evaluate(MEASURE % DRAGS[drag])
    page.close()
    with capsys.disabled():
        print(f"\nexplorer, 256×256, dragging {drag}, {link}: {rate:.0f} frames/s (bound {BOUND})")
    assert rate >= BOUND
