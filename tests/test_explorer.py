"""The kernel explorer in a browser, against helpers.convolution, from file:// as a teacher opens it."""

import base64
import io
import json
import re
import struct
import zlib

import machine
import numpy as np
import pytest
from PIL import Image
from skimage import color, data

from helpers import convolution
from slides import embed as explorer

PAGE = (explorer.FOLDER / "index.html").as_uri()
NAMED = list(convolution.KERNELS)
POOLS = ["none", "max", "average"]
ARRAYS = """() => {
    const letters = plane => Array.from(new Uint8Array(plane.buffer), byte => String.fromCharCode(byte));
    return explorer.chain().map(({kind, array}) => ({kind, height: array?.height, width: array?.width,
        planes: array && array.planes.map(plane => btoa(letters(plane).join('')))})); }"""


@pytest.fixture(scope="module")
def context(browser):
    opened = browser.new_context(viewport={"width": 1280, "height": 800}, permissions=["camera"])
    opened.set_default_timeout(machine.seconds(120_000))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def tab(context):
    """One page for all tests, and the list of what went wrong on it."""
    opened, faults = context.new_page(), []
    watch(opened, faults)
    load(opened, "")
    return opened, faults


@pytest.fixture
def page(tab):
    """The page at its usual start, without errors and without any request that leaves its folder."""
    opened, faults = tab
    faults.clear()
    visit(opened, "#v=1")
    yield opened
    assert faults == []


def watch(page, faults):
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: faults.append(request.url) if outside(request.url) else None)
    page.on("dialog", lambda dialog: (faults.append(f"dialog: {dialog.message}"), dialog.dismiss()))


def outside(url):
    return not url.startswith((explorer.FOLDER.as_uri(), "data:", "blob:"))


def load(page, link):
    """Open the page anew."""
    page.goto("about:blank")
    page.goto(PAGE + link)
    page.evaluate("explorer.ready")
    settled(page)


def visit(page, link):
    """Change the link of the open page."""
    page.evaluate(
        """link => new Promise(done => {
            history.replaceState(null, '', location.pathname);
            document.getElementById('link').hidden = true;
            window.addEventListener('hashchange', () => setTimeout(done), {once: true});
            location.hash = link; })""",
        link,
    )
    settled(page)


def settled(page):
    """Wait until what was asked for is computed and drawn."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def wait(page, condition):
    """Wait for a condition. (Playwright's own wait_for_function evaluates text, which the page forbids.)"""
    for _ in range(round(machine.seconds(1200))):
        if page.evaluate(condition):
            return settled(page)
        page.wait_for_timeout(50)
    raise AssertionError(f"never came true: {condition}")


def steps(page):
    """The page's arrays, all digits of them, as (kind, (H, W, C) or None), once all is computed."""
    settled(page)
    return [(step["kind"], step["planes"] and stacked(step)) for step in page.evaluate(ARRAYS)]


def stacked(step):
    planes = [np.frombuffer(base64.b64decode(plane)) for plane in step["planes"]]
    return np.stack([plane.reshape(step["height"], step["width"]) for plane in planes], axis=-1)


def said(page):
    box = page.locator("#message")
    return box.locator("p").inner_text() if box.is_visible() else ""


def by_hand(image, layers, apart):
    """The chain that helpers.convolution gives; it ends with None where a window does not fit."""
    yield "input", image
    for layer in layers:
        kernels = np.array(layer["kernels"], float)
        try:
            if apart:
                maps = [plain(image[..., c], kernels[0], layer) for c in range(image.shape[2])]
                image = np.stack(maps, axis=-1)
            else:
                slices = kernels[[0 if layer["alike"] else c for c in range(image.shape[2])]]
                volume = np.moveaxis(slices.reshape(-1, 3, 3), 0, -1)[..., None]
                image = convolution.convolve2d(
                    image, volume, stride=layer["stride"], padding=layer["padding"]
                )
        except ValueError:
            yield "convolution", None
            return
        yield "convolution", image
        if layer["relu"]:
            image = convolution.relu(image)
            yield "relu", image
        if layer["pool"] != "none":
            pool = {"max": convolution.max_pool2d, "average": convolution.average_pool2d}[layer["pool"]]
            try:
                image = pool(image, layer["poolSize"], stride=layer["poolStride"])
            except ValueError:
                yield "pool", None
                return
            yield "pool", image


def plain(image, kernel, layer):
    kernel = kernel.reshape(3, 3)
    return convolution.convolve2d(image, kernel, stride=layer["stride"], padding=layer["padding"])


def check_against_helpers(page):
    state = page.evaluate("explorer.state()")
    found = steps(page)
    layers = state["layers"] if state["second"] else state["layers"][:1]
    wanted = list(by_hand(found[0][1], layers, state["channels"] == "apart"))
    assert [kind for kind, _ in found] == [kind for kind, _ in wanted], state
    for (kind, ours), (_, theirs) in zip(found, wanted, strict=True):
        assert (ours is None) == (theirs is None), (kind, state)
        if ours is not None:
            assert ours.shape == theirs.shape, (kind, state)
            assert np.abs(ours - theirs).max() <= 1e-6, (kind, state)
    return found


def random_link(rng):
    """A link with everything chosen at random."""
    channels = rng.choice(["gray", "rgb", "apart"])
    parts = {
        "picture": rng.choice(["astronaut", "shoe", "band"]),
        "pixels": rng.choice([16, 32, 64]),
        "channels": channels,
        "second": rng.integers(2),
    }
    for number in (1, 2):
        slices = 3 if channels == "rgb" and number == 1 and rng.random() < 0.7 else 1
        kernels = rng.normal(scale=3, size=(slices, 9))
        parts |= {
            f"k{number}": ";".join(",".join(repr(float(w)) for w in kernel) for kernel in kernels),
            f"stride{number}": rng.integers(1, 5),
            f"padding{number}": rng.choice(["valid", "same", "1", "2", "3"]),
            f"relu{number}": rng.integers(2),
            f"pool{number}": ",".join(map(str, [rng.choice(POOLS), rng.integers(2, 5), rng.integers(1, 5)])),
        }
    return "#" + "&".join(f"{key}={value}" for key, value in parts.items())


# The generated files ----------------------------------------------------------------------------------------


def test_the_kernels_of_the_page_are_those_of_the_course(page):
    assert (explorer.FOLDER / "kernels.js").read_text(encoding="utf-8") == explorer.kernels_text()
    shown = page.evaluate("KERNELS")
    assert [kernel["name"] for kernel in shown] == NAMED
    for kernel in shown:
        assert np.array_equal(np.reshape(kernel["values"], (3, 3)), convolution.KERNELS[kernel["name"]])
    assert page.locator("#layers .named").first.locator("option:not([disabled])").all_inner_texts() == NAMED


def test_a_kernel_of_another_size_cannot_get_onto_the_page():
    with pytest.raises(ValueError, match=r"'wide' has shape \(5, 5\).*3x3"):
        explorer.kernels_text({"wide": np.ones((5, 5))})


def test_writing_makes_the_committed_files(tmp_path):
    assert [path.name for path in explorer.write(tmp_path)] == ["kernels.js", "pictures.js"]
    assert (tmp_path / "kernels.js").read_bytes() == (explorer.FOLDER / "kernels.js").read_bytes()
    stored, new = (
        json.loads(
            re.search(r"= (\[.*\]);", path.read_text(encoding="utf-8"), re.DOTALL)[1].replace("},\n]", "}]")
        )
        for path in (explorer.FOLDER / "pictures.js", tmp_path / "pictures.js")
    )
    for picture in (*stored, *new):
        # The bytes of a PNG depend on the version of zlib. Its pixels do not; another test compares those.
        picture.pop("data", None)
    assert stored == new


def test_embedded_pictures_hold_the_pixels_of_their_sources(page):
    visit(page, "#picture=astronaut&channels=rgb&pixels=256")
    blocks = data.astronaut().reshape(256, 2, 256, 2, 3).mean(axis=(1, 3))
    assert np.abs(steps(page)[0][1] - blocks).max() <= 0.5

    visit(page, "#picture=shoe&channels=rgb&pixels=256")
    shoe = np.asarray(Image.open(explorer.SHOE), float)
    # Two JPEG decoders may differ by a few steps where colours are stored at half the size.
    assert np.abs(steps(page)[0][1] - shoe).mean() < 1

    visit(page, "#picture=band")
    assert steps(page)[0][1][..., 0].tolist() == [[v] * 7 for v in (0, 5, 10, 15, 10, 5, 0)]


# Numbers ----------------------------------------------------------------------------------------------------


def test_the_page_agrees_with_the_helpers_on_random_settings(page):
    rng = np.random.default_rng(7)
    kinds = set()
    for _ in range(60):
        link = random_link(rng)
        visit(page, link)
        assert said(page) == "", link
        found = check_against_helpers(page)
        kinds |= {(kind, array is None) for kind, array in found}
    assert {("convolution", True), ("pool", False), ("relu", False)} <= kinds, "the links test too little"


def test_the_whole_picture_in_colour_with_two_layers(page):
    rng = np.random.default_rng(1)
    kernels = ";".join(",".join(f"{w:.6f}" for w in rng.normal(size=9)) for _ in range(3))
    visit(
        page,
        f"#pixels=256&channels=rgb&k1={kernels}&padding1=same&pool1=max,2,2&second=1&stride2=2&padding2=same",
    )
    found = check_against_helpers(page)
    assert [array.shape for _, array in found][-1] == (64, 64, 1)


def test_the_first_window_of_lesson_1_and_the_whole_band(page):
    visit(page, "#picture=band&k1=horizontal-edges")
    _, (_, answer), (_, rectified) = steps(page)
    assert answer[..., 0].tolist() == [[-30] * 5] * 2 + [[0] * 5] + [[30] * 5] * 2
    assert rectified[..., 0].tolist() == [[0] * 5] * 3 + [[30] * 5] * 2
    assert page.locator("#inspector .sum").all_inner_texts() == ["−30", "0"]
    assert page.locator(".products .cell").all_inner_texts() == ["0"] * 6 + ["−10"] * 3


def cells(page, name):
    values = page.locator(f"#inspector .{name} .cell").evaluate_all(
        "all => all.map(one => Number(one.dataset.value))"
    )
    return np.reshape(values, (-1, 9))


def test_window_products_and_sum_at_random_places(page):
    rng = np.random.default_rng(3)
    visit(page, "#pixels=32&channels=rgb&padding1=1&k1=1,2,3,4,5,6,7,8,9;sharpen;0.1,-0.25,3,0,0,0,1,1,1")
    image, answer = (array for _, array in steps(page)[:2])
    kernels = np.array(page.evaluate("explorer.state().layers[0].kernels"))
    padded = np.pad(image, [(1, 1), (1, 1), (0, 0)])
    for row, column in [(0, 0), (31, 31), *rng.integers(0, 32, (10, 2)).tolist()]:
        point_at(page, 1, (row, column), answer.shape)
        window = padded[row : row + 3, column : column + 3]
        assert np.array_equal(cells(page, "window"), window.reshape(9, 3).T)
        assert np.array_equal(cells(page, "kernel"), kernels)
        assert np.allclose(cells(page, "products"), window.reshape(9, 3).T * kernels, atol=1e-9)
        total = float(page.locator(".results .result").first.get_attribute("data-value"))
        assert abs(total - answer[row, column, 0]) <= 1e-6
        assert shown_number(page.locator(".results .result").first.inner_text()) == pytest.approx(
            total, abs=0.0051
        )
        outside = page.locator("#inspector .cell.outside").count()
        assert outside == 3 * (9 - inside_pixels(row, column, 32))


def inside_pixels(row, column, size):
    count = [sum(0 <= place + step < size for step in (-1, 0, 1)) for place in (row, column)]
    return count[0] * count[1]


def shown_number(text):
    return float(text.replace("−", "-"))


def point_at(page, number, place, shape):
    """Move the mouse onto a pixel of a panel without a ring of zeros around it."""
    frame = page.locator(".frame").nth(number)
    frame.scroll_into_view_if_needed()
    box = frame.bounding_box()
    cell = box["width"] / max(shape[:2])
    top, left = ((max(shape[:2]) - side) / 2 for side in shape[:2])
    page.mouse.move(box["x"] + (left + place[1] + 0.5) * cell, box["y"] + (top + place[0] + 0.5) * cell)
    settled(page)


def test_the_mouse_on_the_input_takes_the_window_along(page):
    visit(page, "#pixels=32&stride1=2")
    point_at(page, 0, (11, 21), (32, 32))
    # The middle of window (i, j) is pixel (2 i + 1, 2 j + 1).
    assert page.evaluate("explorer.state().at") == {"step": 1, "row": 5, "column": 10}


def test_shades_on_the_canvas_follow_the_numbers(page):
    """Read the drawn pixels: signed numbers blue, white at zero and red; others gray, large is bright."""
    colour = """([number, x, y]) => { const map = document.querySelectorAll('.map')[number];
        return [...map.getContext('2d').getImageData(x * map.width, y * map.height, 1, 1).data]; }"""
    visit(page, "#picture=band&view=signed&at=1,4,4")
    assert page.evaluate(colour, [1, 0.34, 0.04]) == [33, 102, 172, 255]
    assert page.evaluate(colour, [1, 0.34, 0.44]) == [255, 255, 255, 255]
    assert page.evaluate(colour, [1, 0.34, 0.64]) == [178, 24, 43, 255]
    assert page.evaluate(colour, [0, 0.24, 0.02]) == [0, 0, 0, 255]
    assert page.evaluate(colour, [0, 0.24, 0.45]) == [255, 255, 255, 255]
    assert page.evaluate(colour, [2, 0.34, 0.04]) == [0, 0, 0, 255]
    assert page.evaluate(colour, [2, 0.34, 0.64]) == [255, 255, 255, 255]
    page.select_option("#view", "cut")
    settled(page)
    assert page.evaluate(colour, [1, 0.34, 0.04]) == [0, 0, 0, 255]
    page.select_option("#view", "stretch")
    settled(page)
    assert page.evaluate(colour, [1, 0.34, 0.44]) == [128, 128, 128, 255]
    # The window of a second layer lies on signed numbers, the one of the first on pixels.
    ground = "one => getComputedStyle(one).backgroundColor"
    for place, drawn in [("1,1,1", "rgb(85, 85, 85)"), ("2,1,1", "rgb(33, 102, 172)")]:
        visit(page, f"#picture=band&view=signed&second=1&relu1=0&at={place}")
        assert page.locator(".grid.window .cell").first.evaluate(ground) == drawn


# Controls ---------------------------------------------------------------------------------------------------


def test_every_control_changes_what_is_computed(page):
    page.select_option("#pixels", "32")
    layer = page.locator(".layer").first
    layer.locator(".named").select_option("sharpen")
    layer.locator(".stride").select_option("2")
    layer.locator(".padding").select_option("2")
    layer.locator(".pool").select_option("average")
    layer.locator(".pool-size").select_option("3")
    layer.locator(".pool-stride").select_option("1")
    layer.locator(".weights input").nth(4).fill("1/3")
    page.check("#second")
    second = page.locator(".layer").nth(1)
    second.locator(".named").select_option("blur")
    second.locator(".relu").uncheck()
    page.select_option("#channels", "apart")
    settled(page)
    state = page.evaluate("explorer.state()")
    assert state["layers"][0]["kernels"][0] == [0, -1, 0, -1, 1 / 3, -1, 0, -1, 0]
    wanted = {"stride": 2, "padding": 2, "pool": "average", "poolSize": 3, "poolStride": 1, "relu": True}
    assert wanted.items() <= state["layers"][0].items()
    found = check_against_helpers(page)
    assert [kind for kind, _ in found] == ["input", "convolution", "relu", "pool", "convolution"]
    assert [array.shape[2] for _, array in found] == [3] * 5


def test_each_colour_has_a_slice_of_the_kernel_to_itself(page):
    visit(page, "#pixels=16&channels=rgb&k1=identity")
    page.locator(".layer").first.locator(".alike").uncheck()
    page.locator(".layer").first.get_by_text("green").click()
    page.locator(".layer").first.locator(".named").select_option("blur")
    page.locator(".layer").first.get_by_text("blue").click()
    page.locator(".layer").first.locator(".clear").click()
    settled(page)
    kernels = page.evaluate("explorer.state().layers[0].kernels")
    blur, identity = convolution.KERNELS["blur"].ravel(), convolution.KERNELS["identity"].ravel()
    assert kernels == [identity.tolist(), blur.tolist(), [0] * 9]
    check_against_helpers(page)


@pytest.mark.parametrize("button, change", [("turn", lambda k: np.rot90(k, -1)), ("negate", np.negative)])
def test_buttons_that_change_the_kernel(button, change, page):
    visit(page, "#pixels=16&k1=1,2,3,4,5,6,7,8,9")
    page.locator(f".layer .{button}").first.click()
    kernel = np.reshape(page.evaluate("explorer.state().layers[0].kernels[0]"), (3, 3))
    assert np.array_equal(kernel, change(np.arange(1, 10).reshape(3, 3)))


def test_the_slider_drags_the_chosen_number(page):
    visit(page, "#pixels=16&k1=identity")
    page.locator(".layer .weights input").nth(2).focus()
    page.locator(".layer .slider").first.fill("-3.5")
    assert page.evaluate("explorer.state().layers[0].kernels[0]") == [0, 0, -3.5, 0, 1, 0, 0, 0, 0]
    assert page.locator(".layer .weights input").nth(2).input_value() == "-3.5"
    check_against_helpers(page)


@pytest.mark.parametrize("text", ["abc", "1/0", "1e9", "", "--1", "<img src=x onerror=alert(1)>", "1,2,3"])
def test_a_weight_that_is_no_number_is_refused(text, page):
    field = page.locator(".layer .weights input").first
    field.fill(text)
    field.blur()
    assert "is not a weight" in said(page) and "such as -1, 0.5 or 1/9" in said(page)
    assert field.input_value() == "1"
    assert page.evaluate("explorer.state().layers[0].kernels[0][0]") == 1


def test_weights_are_read_as_people_write_them(page):
    for text, value in {"-2": -2, "−2": -2, "0,5": 0.5, " .25 ": 0.25, "2/3": 2 / 3, "-1/9": -1 / 9}.items():
        page.locator(".layer .weights input").first.fill(text)
        assert page.evaluate("explorer.state().layers[0].kernels[0][0]") == value, text


def test_where_a_window_does_not_fit_the_page_says_so(page):
    visit(page, "#picture=band&pool1=max,4,4&second=1")
    assert page.locator(".note:visible").all_inner_texts() == [
        "A 3 × 3 window does not fit into 1 × 1. Use padding, smaller steps or more pixels."
    ]


def test_sliding_by_itself_reaches_the_end_and_can_be_stopped(page):
    visit(page, "#picture=band")
    page.click("#play")
    wait(page, "explorer.state().at.column > 1")
    page.click("#play")
    stopped = page.evaluate("explorer.state().at")
    page.wait_for_timeout(700)
    assert page.evaluate("explorer.state().at") == stopped


def test_the_shown_link_follows_what_is_shown(page):
    shared(page)
    page.locator(".layer .named").first.select_option("emboss")
    wait(page, "document.querySelector('#link input').value.includes('k1=emboss')")


# Keyboard and touch -----------------------------------------------------------------------------------------


def test_everything_is_reached_with_the_keyboard(page):
    visit(page, "#pixels=16")
    names = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        names.add(
            page.evaluate("(document.activeElement.id || document.activeElement.className).split(' ')[0]")
        )
    wanted = {"play", "share", "file", "camera", "channels", "pixels", "named", "slider", "stride", "padding"}
    assert wanted | {"relu", "pool", "second", "view", "frame", "turn", "negate", "clear"} <= names


def test_arrow_keys_move_the_window(page):
    visit(page, "#pixels=64&at=1,30,30")
    page.locator(".frame").nth(1).focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "Shift+ArrowUp"):
        page.keyboard.press(key)
    settled(page)
    assert page.evaluate("explorer.state().at") == {"step": 1, "row": 21, "column": 32}
    value = steps(page)[1][1][21, 32, 0]
    assert page.locator("#spoken").inner_text() == f"Row 21, column 32: {value:.0f}".replace("-", "−")
    for _ in range(10):
        page.keyboard.press("Shift+ArrowLeft")
    assert page.evaluate("explorer.state().at.column") == 0
    for _ in range(10):
        page.keyboard.press("Shift+ArrowRight")
    assert page.evaluate("explorer.state().at.column") == 61


def test_arrow_keys_change_a_weight(page):
    field = page.locator(".layer .weights input").nth(4)
    field.focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+ArrowDown")
    assert page.evaluate("explorer.state().layers[0].kernels[0][4]") == 1.9


def test_a_finger_moves_the_window_on_a_phone_and_nothing_is_too_wide(browser):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    load(page, "")
    for link in (
        "#pixels=64",
        "#channels=rgb&pool1=max&second=1&pool2=average",
        "#channels=apart&k1=-0.333,-500,17.25,-0.125,0.01,0,99.5,-77.77,1000",
        "#picture=band",
    ):
        visit(page, link)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, link
        assert overflowing(page) == [], link
    visit(page, "#pixels=64")
    box = page.locator(".frame").nth(1).bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] * 10.5 / 62, box["y"] + box["height"] * 20.5 / 62)
    settled(page)
    assert page.evaluate("explorer.state().at") == {"step": 1, "row": 20, "column": 10}
    page.get_by_role("button", name="Down").tap()
    settled(page)
    assert page.evaluate("explorer.state().at") == {"step": 1, "row": 21, "column": 10}
    small = page.locator("button:visible, select:visible, .frame:visible").evaluate_all(
        "all => all.filter(one => one.getBoundingClientRect().height < 32).map(one => one.outerHTML)"
    )
    assert small == []
    context.close()


def overflowing(page):
    """Elements whose content is wider than they are, or that leave the page."""
    return page.evaluate(
        """() => {
            const inline = one => getComputedStyle(one).display === 'inline';
            const wide = one => one.scrollWidth > one.clientWidth + 1 && !inline(one);
            const gone = one => one.getBoundingClientRect().right > innerWidth + 1;
            return [...document.querySelectorAll('main *:not(option, select, input, .unseen)')]
                .filter(one => one.offsetParent && (wide(one) || gone(one)))
                .map(one => one.className || one.tagName);
        }"""
    )


# Links ------------------------------------------------------------------------------------------------------


def shared(page):
    page.click("#share")
    return page.locator("#link input").input_value()


def comparable(state):
    """The state without what the page does not show: a second layer that is off, the window of no pooling."""
    state["layers"] = state["layers"][: 1 + state["second"]]
    for layer in state["layers"]:
        if layer["pool"] == "none":
            del layer["poolSize"], layer["poolStride"]
    return state


def test_a_share_link_brings_everything_back(page, context):
    rng = np.random.default_rng(11)
    given = []
    for _ in range(12):
        visit(page, random_link(rng))
        given.append((shared(page), comparable(page.evaluate("explorer.state()")), steps(page)))
    other = context.new_page()
    load(other, "")
    for address, state, arrays in given:
        assert address.startswith(f"{PAGE}#")
        visit(other, address.removeprefix(PAGE))
        assert comparable(other.evaluate("explorer.state()")) == state
        for (kind, one), (_, same) in zip(arrays, steps(other), strict=True):
            assert (one is None and same is None) or np.array_equal(one, same), kind
    load(other, address.removeprefix(PAGE))
    assert comparable(other.evaluate("explorer.state()")) == state
    other.close()


@pytest.mark.parametrize(
    "answer, sentence",
    [
        ("new Promise(() => {})", "Copy this link."),
        ("Promise.reject()", "Copy this link."),
        ("Promise.resolve()", "The link is copied."),
    ],
    ids=["asks", "refuses", "takes"],
)
def test_the_share_link_can_be_copied_by_hand(answer, sentence, page):
    """A clipboard that asks the reader first answers late, or never."""
    page.evaluate(f"void (navigator.clipboard.writeText = () => {answer})")
    shared(page)
    settled(page)
    assert page.locator("#link").inner_text().startswith(sentence)


def test_the_address_follows_the_state(page):
    page.locator(".layer .named").first.select_option("emboss")
    wait(page, "location.hash.includes('k1=emboss')")
    page.reload()
    page.evaluate("explorer.ready")
    assert page.locator(".layer .named").first.input_value() == "emboss"


def test_a_link_given_while_the_address_is_kept_up_to_date_is_followed(page):
    """The page writes its address now and then: between a new link and the news of it, too."""
    page.evaluate(
        """() => new Promise(done => {
            window.addEventListener('hashchange', () => setTimeout(done), {once: true});
            location.hash = '#k1=emboss';
            history.replaceState(null, '', '#v=1'); })"""
    )
    assert page.locator(".layer .named").first.input_value() == "emboss"


HOSTILE = [
    "#<img src=x onerror=alert(1)>",
    "#picture=<script>alert(1)</script>",
    "#picture=own",
    "#picture=https://example.org/a.png",
    "#k1=1,2,3",
    "#k1=1,2,3,4,5,6,7,8,NaN",
    "#k1=1,2,3,4,5,6,7,8,1e999",
    "#k1=1,2,3,4,5,6,7,8,9999",
    "#k1=1,2,3,4,5,6,7,8,0x10",
    "#k1=blur;blur",
    "#k1=constructor",
    "#__proto__=1",
    "#constructor=1",
    "#stride1=0",
    "#stride1=-1",
    "#stride1=1.5",
    "#stride1=2&stride1=3",
    "#padding1=9999999",
    "#pool1=max,999,1",
    "#pool1=max,2,2,2",
    "#pixels=100000",
    "#relu1=yes",
    "#at=1,2",
    "#at=1,2,-3",
    "#v=2",
    "#view=%E0%A4%A",
    "#view",
    "#view=cut=cut",
    "#" + "k1=" + "1" * 5000,
    "#javascript:alert(1)",
]


@pytest.mark.parametrize("link", HOSTILE)
def test_a_damaged_or_hostile_link_is_refused_whole(link, page):
    visit(page, f"#picture=shoe&pixels=16&{link[1:]}")
    whole_link_refused = page.evaluate("explorer.state()")
    usual = page.evaluate("State.usual()")
    usual["at"] = whole_link_refused["at"]
    assert whole_link_refused == usual, "half of a refused link was taken"
    assert said(page).startswith("This link is damaged: ") and said(page).endswith("ask for the link again.")
    assert len(said(page)) < 200
    visit(page, link)
    assert said(page).startswith("This link is damaged: ")
    assert page.locator("#message img, #message script").count() == 0


def test_a_place_beyond_the_picture_becomes_its_last_one(page):
    visit(page, "#pixels=16&at=9999,9999,9999")
    assert page.evaluate("explorer.state().at") == {"step": 1, "row": 13, "column": 13}


def test_a_link_without_a_step_of_pooling_takes_the_usual(page):
    visit(page, "#pool1=max,2")
    assert said(page) == ""
    assert page.evaluate("explorer.state().layers[0].poolStride") == 2


# Pictures of one's own --------------------------------------------------------------------------------------


def photo(size=(40, 30), kind="PNG", **options):
    pixels = np.random.default_rng(5).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    stored = io.BytesIO()
    Image.fromarray(pixels).save(stored, kind, **options)
    return stored.getvalue(), pixels.astype(float)


def upload(page, name, content, mime="image/png"):
    page.set_input_files("#file", {"name": name, "mimeType": mime, "buffer": content})
    wait(page, "explorer.state().picture === 'own' || !document.getElementById('message').hidden")
    settled(page)


def hand_over(page, event, files, text=None):
    """Drop or paste files, as the browser does."""
    page.evaluate(
        """([event, files, text]) => {
            const transfer = new DataTransfer();
            for (const [name, bytes] of files) transfer.items.add(new File([new Uint8Array(bytes)], name));
            if (text !== null) transfer.setData('text/plain', text);
            const made = event === 'paste'
                ? new ClipboardEvent('paste', {clipboardData: transfer, bubbles: true, cancelable: true})
                : new DragEvent(event, {dataTransfer: transfer, bubbles: true, cancelable: true});
            document.body.dispatchEvent(made);
        }""",
        [event, [(name, list(content)) for name, content in files], text],
    )
    wait(page, "explorer.state().picture === 'own' || !document.getElementById('message').hidden")
    settled(page)


def test_an_uploaded_picture_is_used_pixel_by_pixel(page):
    content, pixels = photo()
    page.select_option("#channels", "rgb")
    upload(page, "mine.png", content)
    assert said(page) == ""
    found = check_against_helpers(page)
    assert np.array_equal(found[0][1], pixels)
    page.select_option("#channels", "gray")
    settled(page)
    gray = 255 * color.rgb2gray(pixels / 255)
    assert np.abs(steps(page)[0][1][..., 0] - gray).max() <= 0.5 + 1e-9
    assert "Your own picture is not in it" not in page.locator("#link").inner_text()
    shared(page)
    assert "Your own picture is not in it" in page.locator("#link").inner_text()


def test_a_large_picture_shrinks_to_means(page):
    content, pixels = photo((512, 384))
    page.select_option("#channels", "rgb")
    page.select_option("#pixels", "64")
    upload(page, "mine.png", content)
    means = pixels.reshape(48, 8, 64, 8, 3).mean(axis=(1, 3))
    shown = steps(page)[0][1]
    assert shown.shape == (48, 64, 3)
    assert np.abs(shown - means).max() <= 0.5 + 1e-9
    page.select_option("#pixels", "32")
    upload(page, "odd.png", photo((50, 35))[0])
    wait(page, "explorer.chain()[0].array.height === 22")
    # Cut each pixel into 22 x 32 equal parts; 35 x 50 of these make a new pixel.
    parts = photo((50, 35))[1].repeat(22, axis=0).repeat(32, axis=1)
    means = parts.reshape(22, 35, 32, 50, 3).mean(axis=(1, 3))
    assert np.abs(steps(page)[0][1] - means).max() <= 0.5 + 1e-9


@pytest.mark.parametrize(
    "kind, name", [("JPEG", "a.jpg"), ("GIF", "a.gif"), ("WebP", "a.webp"), ("BMP", "a.bmp")]
)
def test_other_formats_open_and_turn_as_their_camera_says(kind, name, page):
    content, _ = photo((60, 40), kind)
    upload(page, name, content)
    assert said(page) == ""
    assert steps(page)[0][1].shape == (40, 60, 1)


def test_a_photo_that_was_taken_sideways_stands_upright(page):
    exif = Image.Exif()
    exif[0x0112] = 6
    content, _ = photo((60, 40), "JPEG", exif=exif)
    upload(page, "phone.jpg", content)
    assert steps(page)[0][1].shape == (60, 40, 1)


def test_transparent_pixels_become_white(page):
    stored = io.BytesIO()
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(stored, "PNG")
    upload(page, "glass.png", stored.getvalue())
    assert (steps(page)[0][1] == 255).all()


@pytest.mark.parametrize("event", ["drop", "paste"])
def test_dropping_and_pasting_a_picture(event, page):
    content, pixels = photo()
    page.select_option("#channels", "rgb")
    hand_over(page, event, [("mine.png", content)])
    assert said(page) == ""
    assert np.array_equal(steps(page)[0][1], pixels)
    assert page.locator("#drop").is_hidden()


def test_the_page_shows_where_to_drop(page):
    page.evaluate("document.body.dispatchEvent(new DragEvent('dragover', {bubbles: true, cancelable: true}))")
    assert page.locator("#drop").is_visible()
    page.evaluate("document.body.dispatchEvent(new DragEvent('dragleave', {bubbles: true}))")
    assert page.locator("#drop").is_hidden()


def png_that_says(width, height):
    """A small file whose head claims a huge picture."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)

    def chunk(name, content):
        return (
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )

    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 99))
        + chunk(b"IEND", b"")
    )


BAD = {
    "empty.png": (b"", ["“empty.png” is empty", "0 bytes", "Choose"]),
    "notes.png": (b"Dear all, see you on Monday.\n", ["“notes.png”", "it is text", "Choose a PNG"]),
    "logo.svg": (b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", ["SVG", "Choose a PNG"]),
    "logo.png": (b"<svg onload='alert(1)'></svg>", ["SVG", "Choose a PNG"]),
    "huge.png": (png_that_says(30_000, 30_000), ["30,000 × 30,000", "at most 60 million", "smaller"]),
    "cut.png": (photo()[0][:200], ["“cut.png” is damaged", "Choose another"]),
    "cut.jpg": (photo(kind="JPEG")[0][:150], ["“cut.jpg” is damaged", "Choose another"]),
    "head.jpg": (b"\xff\xd8\xff", ["“head.jpg” is damaged", "Choose another"]),
    "dot.png": (photo((2, 2))[0], ["2 × 2 pixels", "3 × 3", "Choose"]),
    "strip.png": (photo((300, 10))[0], ["300 × 10", "too narrow", "Crop"]),
    "paper.pdf": (b"%PDF-1.7\n%\xe2\xe3", ["a PDF document", "Choose a PNG"]),
    "phone.heic": (b"\0\0\0\x18ftypheic\0\0\0\0", ["a HEIC photo", "Choose a PNG"]),
    "film.mp4": (b"\0\0\0\x18ftypisom\0\0\0\0", ["a video", "Choose a PNG"]),
    "bytes.jpg": (bytes(range(256)), ["in no picture format", "Choose a PNG"]),
    "<img src=x onerror=alert(1)>.png": (b"text", ["<img src=x onerror=alert(1)>", "it is text"]),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_picture_is_refused_with_one_sentence(name, page):
    content, words = BAD[name]
    before = page.evaluate("explorer.state()")
    hand_over(page, "drop", [(name, content)])
    for word in words:
        assert word in said(page)
    assert page.evaluate("explorer.state()") == before, "something changed although the file was refused"
    assert page.locator("#message img").count() == 0
    page.get_by_role("button", name="Close this message").click()
    assert said(page) == ""


def test_a_huge_file_is_refused_before_it_is_read(page):
    page.evaluate("""() => { const transfer = new DataTransfer();
        transfer.items.add(new File([new Uint8Array(41e6)], 'raw.png'));
        document.body.dispatchEvent(new DragEvent('drop', {dataTransfer: transfer, bubbles: true})); }""")
    wait(page, "!document.getElementById('message').hidden")
    assert said(page) == "“raw.png” has 41 MB, and at most 40 MB fit in here. Save it smaller and try again."


@pytest.mark.parametrize(
    "event, files, words",
    [
        ("drop", [], "What was dropped is not a file. Save the picture first"),
        ("paste", [], "The clipboard holds no picture. Copy a picture"),
        ("drop", [("a.png", b"1"), ("b.png", b"2")], "2 files were given"),
    ],
)
def test_drops_and_pastes_without_one_picture_are_refused(event, files, words, page):
    hand_over(page, event, files, text=None if files else "https://example.org/a.png")
    assert words in said(page)


def test_pasting_numbers_into_a_field_is_left_alone(page):
    handled = page.evaluate("""() => { const transfer = new DataTransfer();
        transfer.setData('text/plain', '5');
        const paste = new ClipboardEvent('paste', {clipboardData: transfer, bubbles: true, cancelable: true});
        document.querySelector('.weights input').dispatchEvent(paste); return paste.defaultPrevented; }""")
    assert not handled and said(page) == ""


def test_the_webcam_moves_and_freezes(page):
    page.select_option("#pixels", "64")
    page.click("#camera")
    wait(page, "explorer.state().picture === 'own'")
    assert page.locator("#camera").inner_text() == "Freeze"
    first = steps(page)[0][1]
    for _ in range(round(machine.seconds(1200))):
        if moved := not np.array_equal(steps(page)[0][1], first):
            break
        page.wait_for_timeout(50)
    assert moved, "the picture does not move"
    page.click("#camera")
    settled(page)
    settled(page)
    frozen = check_against_helpers(page)[0][1]
    page.wait_for_timeout(600)
    assert np.array_equal(steps(page)[0][1], frozen)
    assert page.locator("#camera").inner_text() == "Webcam"
    page.locator("[data-picture=shoe]").click()
    settled(page)
    assert steps(page)[0][1].shape[:2] == (64, 64)


def test_the_webcam_stops_the_sliding(page):
    visit(page, "#picture=band")
    page.click("#play")
    page.click("#camera")
    wait(page, "explorer.state().picture === 'own'")
    assert page.locator("#play").inner_text() == "▶ Slide the window"
    page.click("#camera")


@pytest.mark.parametrize(
    "error, words",
    [("NotAllowedError", "Allow it in the browser's settings"), ("NotFoundError", "No camera was found")],
)
def test_without_a_webcam_a_sentence_says_why(error, words, page):
    page.evaluate(
        "name => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', name)); }",
        error,
    )
    page.click("#camera")
    wait(page, "!document.getElementById('message').hidden")
    assert words in said(page) and "open a file instead" in said(page)
    assert page.evaluate("explorer.state().picture") == "astronaut"


# The page as a whole ----------------------------------------------------------------------------------------


def test_nothing_on_the_page_comes_from_elsewhere():
    for path in explorer.FOLDER.iterdir():
        text = re.sub(r"data:image/\w+;base64,[\w+/=]+", "", path.read_text(encoding="utf-8"))
        assert (
            re.findall(r"https?://|//[a-z]+\.[a-z]|@import|\bfetch\(|XMLHttpRequest|sendBeacon", text) == []
        ), path.name
        assert "innerHTML" not in text and "eval(" not in text, path.name


def test_the_page_forbids_what_it_does_not_need(context):
    """It refuses by its own policy, not because this machine has no network."""
    page = context.new_page()
    load(page, "")
    refused = page.evaluate(
        """address => new Promise(done => {
            const seen = new Set();
            document.addEventListener('securitypolicyviolation', event => seen.add(event.effectiveDirective));
            fetch(address).catch(() => null);
            new Image().src = address;
            const script = document.createElement('script');
            script.textContent = 'window.ran = true';
            document.body.append(script);
            setTimeout(() => done([...seen].sort()), 500); })""",
        "https://example.org/a.png",
    )
    assert refused == ["connect-src", "img-src", "script-src-elem"]
    assert page.evaluate("window.ran") is None
    page.close()


def test_every_control_and_picture_has_a_name(page):
    visit(page, "#channels=rgb&pool1=max&second=1&k1=blur;blur;outline")
    unnamed = page.locator("button:visible, input:visible, select:visible, [role]:visible").evaluate_all(
        """all => all.filter(one => !one.getAttribute('aria-label') && !one.getAttribute('aria-labelledby')
            && !one.labels?.length && one.getAttribute('role') !== 'status'
            && (['SELECT', 'INPUT'].includes(one.tagName) || !one.textContent.trim()))
            .map(one => one.outerHTML)"""
    )
    assert unnamed == []
    labels = page.locator(".frame:visible").evaluate_all(
        "all => all.map(one => one.getAttribute('aria-label'))"
    )
    assert labels[0].startswith("Input: 256 rows, 256 columns, 3 channels, numbers from 0 to 255.")
    assert len(labels) == 6


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(scheme, page):
    """Contrast of at least 4.5 to 1 (WCAG AA), in the light and in the dark."""
    page.emulate_media(color_scheme=scheme)
    visit(page, "#picture=band")
    pairs = page.evaluate("""() => {
        const texts = one => [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim());
        const color = one => getComputedStyle(one).backgroundColor;
        const clear = one => color(one) === 'rgba(0, 0, 0, 0)' && one.parentElement;
        const ground = one => clear(one) ? ground(one.parentElement) : color(one);
        return [...document.querySelectorAll('main *, header *')]
            .filter(one => one.offsetParent && texts(one))
            .map(one => [one.className || one.tagName, getComputedStyle(one).color, ground(one)]); }""")
    assert len(pairs) > 40
    assert [pair for pair in pairs if contrast(*pair[1:]) < 4.5] == []


def contrast(one, other):
    lights = sorted((luminance(re.findall(r"[\d.]+", text)[:3]) for text in (one, other)), reverse=True)
    return (lights[0] + 0.05) / (lights[1] + 0.05)


def luminance(parts):
    linear = [
        v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in (float(p) / 255 for p in parts)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
