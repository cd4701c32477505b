"""The live spreadsheet: every formula against helpers.convolution, also after changes, and what is locked."""

import re
import sys
import zipfile

import machine
import numpy as np
import openpyxl
import pytest
from openpyxl.cell import MergedCell
from openpyxl.utils import range_boundaries

from helpers import convolution as conv
from helpers.staff import course, notebooks
from helpers.staff.__main__ import main
from slides import deck
from slides.spreadsheet import blocks, numbers, office, texts, workbook

VARIANTS = 6
DOT = "·"
IMAGES = ["B1_image", "B2_image", "B3_image", "B4_image", "B5_image1", "B5_image2", "PS_image", "PIC_image"]
IMAGES += ["V_red", "V_green", "V_blue", "P1_image", "P2_image"]
FILTERS = ["B1_filter", "B4_filter", "PS_filter", "PIC_own", "V_bias1", "V_bias2"]
FILTERS += [f"B{sheet}_filter{number}" for sheet in (2, 3, 5) for number in (1, 2)]
FILTERS += [f"V_filter{number}_{colour}" for number in (1, 2) for colour in ("red", "green", "blue")]
CHOICES = {"PS_padding": (0, 1, 2), "PS_stride": (1, 2, 3), "PIC_choice": ("my own", *conv.KERNELS)}
for sheet, places in {"B1": 5, "B3": 4, "B4": 2, "B5": 4, "PS": 7, "V": 3}.items():
    CHOICES |= {f"{sheet}_row": range(places), f"{sheet}_column": range(places)}
SMALL = [("B1", "", ""), ("B2", "1", ""), ("B2", "2", ""), ("B3", "1", ""), ("B3", "2", ""), ("B4", "", "")]
SMALL += [("B5", "1", "1"), ("B5", "2", "2")]
"""Sheet, number of the filter and of the feature map, number of the image."""
FAILING = {"=1/0": "#DIV/0!", "=NOSUCH(1)": "#NAME?"}


def cells(book, name):
    """Rows of cells that a name of the workbook stands for."""
    title, address = book.defined_names[name].attr_text.rsplit("!", 1)
    left, top, right, bottom = range_boundaries(address.replace("$", ""))
    return list(book[title.strip("'")].iter_rows(top, bottom, left, right))


def content(book, name):
    """What these cells hold, as an array; the one thing in it where there is one."""
    found = np.array([[cell.value for cell in row] for row in cells(book, name)], dtype=object)
    if found.size == 1:
        return found.item()
    return found.astype(float) if all(isinstance(one, int | float) for one in found.ravel()) else found


def in_dots(block, size):
    """An array in the top left corner of a square of dots."""
    square = np.full((size, size), DOT, dtype=object)
    square[: block.shape[0], : block.shape[1]] = block
    return square


def expected_panel(book, name, images, filters, feature_map, *, stride=1, bias=0):
    row, column = content(book, f"{name}_row"), content(book, f"{name}_column")
    there = row < feature_map.shape[0] and column < feature_map.shape[1]
    places = (slice(row * stride, row * stride + 3), slice(column * stride, column * stride + 3))
    found = {}
    for number, (image, weights) in enumerate(zip(images, filters, strict=True)):
        end = number if len(images) > 1 else ""
        dots = in_dots(np.empty((0, 0)), 3)
        found[f"{name}_weights{end}"] = weights
        found[f"{name}_seen{end}"] = image[places] if there else dots
        found[f"{name}_products{end}"] = image[places] * weights if there else dots
    total = sum(
        found[f"{name}_products{end}"].sum()
        for end in ("", 0, 1, 2)
        if f"{name}_seen{end}" in found and there
    )
    found[f"{name}_sum"] = total + bias if there else DOT
    found[f"{name}_after"] = max(0, total + bias) if there else DOT
    return found


def expected_small(book):
    """Sheets B1 to B5: name of an image, a filter and a map to what must be in the map."""
    found = {}
    for sheet, number, image in SMALL:
        pixels, weights = content(book, f"{sheet}_image{image}"), content(book, f"{sheet}_filter{number}")
        found[f"{sheet}_map{number}"] = conv.convolve2d(pixels, weights)
        found[f"{sheet}_relu{number}"] = conv.relu(found[f"{sheet}_map{number}"])
        if sheet != "B2" and number != "2":
            found |= expected_panel(book, sheet, [pixels], [weights], found[f"{sheet}_map{number}"])
    return found


def expected_padding(book):
    image, weights = content(book, "PS_image"), content(book, "PS_filter")
    padding, stride = content(book, "PS_padding"), content(book, "PS_stride")
    out = conv.convolve2d(image, weights, padding=padding, stride=stride)
    padded = in_dots(np.pad(image, padding), 9)
    found = {"PS_padded": padded, "PS_map": in_dots(out, 7), "PS_count": out.size}
    found["PS_size"] = conv.output_size(5, 3, padding=padding, stride=stride)
    return found | expected_panel(book, "PS", [padded], [weights], out, stride=stride)


def expected_volume(book):
    colours = ("red", "green", "blue")
    volume = np.stack([content(book, f"V_{colour}") for colour in colours], axis=-1)
    padded = [np.pad(volume[..., c], 1) for c in range(3)]
    found = {"V_parameters": conv.count_parameters(3, 3, 2)}
    for number in (1, 2):
        weights = np.stack([content(book, f"V_filter{number}_{colour}") for colour in colours], axis=-1)
        bias = content(book, f"V_bias{number}")
        out = conv.convolve2d(volume, weights, stride=2, padding=1) + bias
        found |= {f"V_map{number}": out, f"V_relu{number}": conv.relu(out)}
        if number == 1:
            slices = [weights[..., c] for c in range(3)]
            found |= expected_panel(book, "V", padded, slices, out, stride=2, bias=bias)
    return found


def expected_rest(book):
    found = {}
    for name in ("P1", "P2"):
        image = content(book, f"{name}_image")
        found |= {f"{name}_max": conv.max_pool2d(image), f"{name}_mean": conv.average_pool2d(image)}
    choice = content(book, "PIC_choice")
    weights = content(book, "PIC_own") if choice == "my own" else conv.KERNELS[choice].astype(float)
    out = conv.convolve2d(content(book, "PIC_image"), weights)
    found |= {"PIC_filter": weights, "PIC_sum": weights.sum(), "PIC_map": out}
    return found | {"PIC_pooled": conv.max_pool2d(conv.relu(out))}


def expected(book):
    """Name of each block of formulas to what must stand in it, from the inputs in the book."""
    return expected_small(book) | expected_padding(book) | expected_volume(book) | expected_rest(book)


def same(found, wanted):
    found, wanted = np.atleast_2d(found), np.atleast_2d(np.asarray(wanted, dtype=object))
    if found.shape != wanted.shape:
        return False
    pairs = zip(found.ravel(), wanted.ravel(), strict=True)
    return all(a == b if DOT in (a, b) else abs(a - b) <= 1e-6 * max(1, abs(b)) for a, b in pairs)


def change(book, seed):
    """Put random numbers into every input: whole ones, fractions, negative ones; and random choices."""
    random = np.random.default_rng(seed)
    for name in IMAGES + FILTERS:
        low, high = (0, 255) if name == "PIC_image" else (-9, 9)
        for row in cells(book, name):
            for cell in row:
                number = random.integers(low, high, endpoint=True) if seed % 2 else random.uniform(low, high)
                cell.value = round(float(number), 3)
    for name, options in CHOICES.items():
        cells(book, name)[0][0].value = options[random.integers(len(options))]
    cells(book, "PIC_choice")[0][0].value = "my own" if seed % 3 == 0 else list(conv.KERNELS)[seed]


@pytest.fixture(scope="module")
def committed(root):
    return root / "slides" / "convolution.xlsx"


@pytest.fixture(scope="module")
def formulas(committed):
    return openpyxl.load_workbook(committed)


@pytest.fixture(scope="module")
def stored_values(committed):
    return openpyxl.load_workbook(committed, data_only=True)


@pytest.fixture(scope="module")
def libreoffice():
    try:
        return office.program()
    except office.NoLibreOffice as missing:
        pytest.skip(f"NO LIBREOFFICE, so no formula was calculated: {missing}")


@pytest.fixture(scope="module")
def calculated(libreoffice, committed, tmp_path_factory):
    """Pairs of files, formulas and values: as committed, with changed inputs, then with failing formulas."""
    folder = tmp_path_factory.mktemp("spreadsheet")
    files = [folder / f"{number}.xlsx" for number in range(VARIANTS + len(FAILING))]
    for seed, file in enumerate(files[:VARIANTS]):
        book = openpyxl.load_workbook(committed)
        if seed:
            change(book, seed)
        book.save(file)
    for formula, file in zip(FAILING, files[VARIANTS:], strict=True):
        book = openpyxl.Workbook()
        book.active["C3"] = formula
        book.save(file)
    return list(zip(files, office.convert(files, folder / "calculated"), strict=True))


@pytest.fixture(scope="module")
def recalculated(calculated):
    """The same as workbooks."""
    return [
        (openpyxl.load_workbook(file), openpyxl.load_workbook(result, data_only=True))
        for file, result in calculated[:VARIANTS]
    ]


@pytest.mark.parametrize("variant", range(VARIANTS))
def test_every_result_agrees_with_the_course(recalculated, variant):
    inputs, outputs = recalculated[variant]
    wanted = expected(inputs)
    wrong = [name for name, numbers in wanted.items() if not same(content(outputs, name), numbers)]
    assert wrong == []


def test_the_changes_reach_every_choice(recalculated):
    chosen = {name: {content(inputs, name) for inputs, _ in recalculated} for name in CHOICES}
    assert chosen["PS_padding"] == {0, 1, 2} and chosen["PS_stride"] == {1, 2, 3}
    assert "my own" in chosen["PIC_choice"] and len(chosen["PIC_choice"]) > 3


def is_equal(found, wanted):
    """Tell whether two cells hold the same; processors may add up in another order."""
    return found == (wanted if isinstance(wanted, str | type(None)) else pytest.approx(wanted, rel=1e-12))


def test_the_stored_values_are_those_that_libreoffice_gives(recalculated, stored_values):
    _, outputs = recalculated[0]
    for sheet in stored_values:
        for row in sheet.iter_rows():
            for cell in row:
                value = outputs[sheet.title][cell.coordinate].value
                assert is_equal(cell.value, value), (sheet.title, cell.coordinate)


def test_no_formula_escapes_the_comparison(formulas):
    checked = {
        (cell.parent.title, cell.coordinate)
        for name in expected(formulas)
        for row in cells(formulas, name)
        for cell in row
    }
    found = {
        (sheet.title, cell.coordinate)
        for sheet in formulas
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    }
    assert found == checked
    assert len(found) > 1800


def test_lesson_1_quotes_a_formula_of_the_workbook(formulas):
    [lesson] = course.sources(["01"])
    assert f"`{cells(formulas, 'B1_map')[0][0].value}`" in lesson.read_text(encoding="utf-8")


def test_every_formula_has_a_value_and_none_is_an_error(formulas, stored_values):
    for sheet in formulas:
        for row in sheet.iter_rows():
            for cell in row:
                value = stored_values[sheet.title][cell.coordinate].value
                assert (value is None) == (cell.value is None), (sheet.title, cell.coordinate)
                assert not str(value).startswith("#"), (sheet.title, cell.coordinate, value)


def test_the_worked_examples_are_those_of_the_syllabus(stored_values):
    def numbers_of(name):
        return content(stored_values, name).tolist()

    assert numbers_of("B1_image") == [[row] * 7 for row in (0, 5, 10, 15, 10, 5, 0)]
    assert content(stored_values, "B1_map")[0, 0] == -30
    assert numbers_of("B1_relu") == [[0] * 5] * 3 + [[30] * 5] * 2
    assert numbers_of("B2_map1") == numbers_of("B1_map")
    assert numbers_of("B2_map2") == [[0] * 5] * 5
    assert numbers_of("B3_map1") == [[-5, -4, 0, 8], [-10, -2, 2, 3], [0, -2, -4, -7], [-3, -2, -3, -16]]
    assert numbers_of("B3_map2") == [[29, 39, 38, 35], [29, 41, 39, 38], [22, 28, 28, 41], [22, 25, 30, 46]]
    assert numbers_of("B4_map") == [[3, 2], [3, 1]]
    assert numbers_of("B5_map1") == [[0, 30, 30, 0]] * 4
    assert numbers_of("B5_map2") == [[0] * 4, [30, 10, -10, -30], [30, 10, -10, -30], [0] * 4]
    assert numbers_of("P1_max") == [[43, 109], [105, 35]]
    assert numbers_of("P1_mean") == [[22.25, 45.5], [70.75, 21]]
    assert numbers_of("P2_max") == [[2, 1], [3, 1]]
    assert numbers_of("P2_mean") == [[0.75, 0.5], [0.75, 0.25]]
    assert content(stored_values, "V_parameters") == 56


def test_only_inputs_are_unlocked_and_they_are_marked(formulas):
    inputs = {
        (cell.parent.title, cell.coordinate)
        for name in [*IMAGES, *FILTERS, *CHOICES]
        for row in cells(formulas, name)
        for cell in row
    }
    unlocked = {
        (sheet.title, cell.coordinate)
        for sheet in formulas
        for row in sheet.iter_rows()
        for cell in row
        if not cell.protection.locked and not isinstance(cell, MergedCell)
    }
    assert unlocked == inputs
    for sheet in formulas:
        assert sheet.protection.sheet and sheet.protection.password is None
        for row in sheet.iter_rows():
            for cell in row:
                yellow = cell.fill.fgColor.rgb == f"00{blocks.INPUT}"
                aside = isinstance(cell, MergedCell) or (sheet.title, cell.value) == ("Start", None)
                assert yellow == ((sheet.title, cell.coordinate) in unlocked) or aside, cell


def looks(sheet):
    """All that a reader sees or may do on a sheet, comparable."""
    found = {
        cell.coordinate: (
            *(cell.value, cell.number_format, cell.protection.locked),
            *(cell.hyperlink and cell.hyperlink.location,),
            *map(repr, (cell.font, cell.fill, cell.border, cell.alignment)),
        )
        for row in sheet.iter_rows()
        for cell in row
    }
    found["widths"] = {key: column.width for key, column in sheet.column_dimensions.items()}
    found["heights"] = {key: row.height for key, row in sheet.row_dimensions.items()}
    found["rules"] = [
        (str(area.sqref), [repr((rule, rule.dxf)) for rule in area.rules])
        for area in sheet.conditional_formatting
    ]
    found["validations"] = repr(sheet.data_validations)
    found["view"] = (sheet.sheet_view.showGridLines, sheet.sheet_view.zoomScale, sheet.page_setup.orientation)
    found["merged"] = sorted(map(str, sheet.merged_cells.ranges))
    found["protection"] = repr(sheet.protection)
    return found


def test_the_committed_workbook_is_what_the_code_makes(formulas, tmp_path):
    workbook.build().save(tmp_path / "fresh.xlsx")
    fresh = openpyxl.load_workbook(tmp_path / "fresh.xlsx")
    hint = "run `make spreadsheet` and commit slides/convolution.xlsx"
    assert fresh.sheetnames == formulas.sheetnames, hint
    names = [
        {name: place.attr_text for name, place in book.defined_names.items()} for book in (fresh, formulas)
    ]
    assert names[0] == names[1], hint
    for sheet in fresh:
        made, stored = looks(sheet), looks(formulas[sheet.title])
        different = [key for key in made.keys() | stored.keys() if made.get(key) != stored.get(key)]
        assert different == [], f"{sheet.title}: {hint}"


def test_the_filters_to_pick_are_the_named_ones(formulas):
    offered = [rule for rule in formulas["Picture"].data_validations.dataValidation if rule.type == "list"]
    assert [rule.formula1 for rule in offered] == ['"' + ",".join(["my own", *conv.KERNELS]) + '"']
    assert len(offered[0].formula1) <= 255
    for name, weights in conv.KERNELS.items():
        np.testing.assert_allclose(content(formulas, f"K_{name.replace(' ', '_')}"), weights, atol=1e-12)


def test_choices_offer_what_there_is(formulas):
    for name, options in CHOICES.items():
        cell = cells(formulas, name)[0][0]
        rules = cell.parent.data_validations.dataValidation
        offered = [rule.formula1 for rule in rules if cell.coordinate in rule.sqref]
        assert offered == ['"' + ",".join(map(str, options)) + '"'], name


def test_instructions_come_first_and_each_sheet_asks_something(formulas):
    assert formulas.sheetnames == ["Start", *texts.texts(), "Answers"]
    assert formulas.active.title == "Start"
    links = [
        row[0].hyperlink.location
        for row in formulas["Start"].iter_rows(min_col=2, max_col=2)
        if row[0].hyperlink
    ]
    assert links == [f"'{title}'!A1" for title in texts.texts()]
    for title, text in texts.texts().items():
        assert text.section in deck.headings(f"0{text.lesson}").values()
        assert set(text.rows.split(", ")) <= set(notebooks.topics())
        assert len(text.questions) >= 2 or title == "Kernels"
        said = [str(row[0].value) for row in formulas[title].iter_rows(min_col=2, max_col=2)]
        assert all(any(question["ask"] in line for line in said) for question in text.questions)
    assert not any("{" in str(row[0].value) for row in formulas["Answers"].iter_rows(min_col=2, max_col=2))


def test_the_answers_are_true():
    lesson = numbers.from_lessons()
    other = lesson["three_ones"] + [[0, 1, 0], [-1, 0, -1], [0, 0, 0]]
    assert np.array_equal(
        conv.convolve2d(lesson["four"], other), conv.convolve2d(lesson["four"], lesson["three_ones"])
    )
    answers = [
        conv.convolve2d(np.eye(1, 49, 7 * i + j).reshape(7, 7), conv.KERNELS["horizontal edges"])
        for i, j in np.ndindex(7, 7)
    ]
    assert max(np.count_nonzero(answer) for answer in answers) == 6
    left = np.array([[0, 0, 0], [0, 0, 1], [0, 0, 0]])
    assert np.array_equal(conv.convolve2d(lesson["six"], left), lesson["six"][1:-1, 2:])
    line = lesson["band"].copy()
    line[:, 3] = 50
    signs = np.sign(conv.convolve2d(line, conv.KERNELS["vertical edges"]))
    assert signs.tolist() == [[0, -1, 0, 1, 0]] * 5
    flipped = conv.convolve2d(lesson["halves"][:, ::-1], conv.KERNELS["vertical edges"])
    assert not conv.relu(flipped).any()


def test_the_photo_is_gray_and_square():
    photo = numbers.photo()
    assert photo.shape == (32, 32) and photo.dtype == np.int64
    assert 0 <= photo.min() < 20 and 200 < photo.max() <= 255


def test_a_lesson_without_its_examples_is_refused(tmp_path):
    for file in numbers.NAMES:
        source = (course.SOURCES / file).read_text(encoding="utf-8")
        (tmp_path / file).write_text(source.replace("halves", "sides"), encoding="utf-8")
    with pytest.raises(ValueError, match=r"01_convolution_by_hand\.py no longer assigns halves"):
        numbers.from_lessons(tmp_path)


def shades(book, name):
    """What the rules of an image say: up to which share of its range a number has which fill."""
    block = cells(book, name)
    for area in block[0][0].parent.conditional_formatting:
        if block[0][0].coordinate not in area.sqref:
            continue
        for rule in sorted(area.rules, key=lambda rule: rule.priority):
            if found := re.search(r"\+([\d.]+)\*\(MAX", rule.formula[0] if rule.formula else ""):
                yield float(found[1]), rule.dxf.fill.bgColor.rgb[2:], rule.priority


def light(colour):
    return np.dot([int(colour[k : k + 2], 16) for k in (0, 2, 4)], [0.299, 0.587, 0.114])


@pytest.mark.parametrize("name", [*IMAGES[:7], "P1_image", "P1_max", "PS_padded", "V_framed_red"])
def test_large_is_bright_in_an_image(formulas, name):
    """Excel takes the first rule that holds, so each band must come before the brighter ones."""
    shares, fills, ranks = zip(*shades(formulas, name), strict=True)
    assert list(shares) == sorted(shares) and list(ranks) == sorted(ranks) and 0 < shares[0] < shares[-1] < 1
    plain = cells(formulas, name)[1][1].fill.fgColor.rgb[2:]
    lights = list(map(light, [*fills, "FFFFFF" if name == "PS_padded" else plain]))
    assert np.diff(lights).min() > 5


def test_the_mark_of_the_window_comes_before_the_shades(formulas):
    for sheet, name in [("B1 One window", "B1_image"), ("Volume", "V_framed_red")]:
        first = min(rank for *_, rank in shades(formulas, name))
        marks = [
            rule.priority
            for area in formulas[sheet].conditional_formatting
            for rule in area.rules
            if rule.dxf and rule.dxf.fill and rule.dxf.fill.bgColor.rgb[2:] == blocks.WINDOW
        ]
        assert marks and max(marks) < first


def test_signed_numbers_are_white_at_zero(formulas):
    for name in ("B1_map", "B1_relu", "V_map1", "PS_map", "B1_products"):
        block = cells(formulas, name)
        scales = [
            rule.colorScale
            for area in block[0][0].parent.conditional_formatting
            for rule in area.rules
            if rule.colorScale and block[0][0].coordinate in area.sqref
        ]
        assert [(scale.cfvo[1].val, scale.color[1].rgb) for scale in scales] == [(0, "FFFFFFFF")], name


def test_the_command_builds_what_is_committed(libreoffice, committed, tmp_path):
    assert main(["spreadsheet", "--out", str(tmp_path / "new" / "convolution.xlsx")]) == 0
    built, stored = (
        openpyxl.load_workbook(file, data_only=True)
        for file in (tmp_path / "new" / "convolution.xlsx", committed)
    )
    for sheet in stored:
        assert built[sheet.title].dimensions == sheet.dimensions
        for row in sheet.iter_rows():
            for cell in row:
                value = built[sheet.title][cell.coordinate].value
                assert is_equal(value, cell.value), (sheet.title, cell.coordinate)
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["convolution.xlsx"]


def test_the_file_holds_no_dates_so_that_the_same_workbook_gives_the_same_bytes(committed):
    with zipfile.ZipFile(committed) as file:
        assert {member.date_time[0] for member in file.infolist()} == {1980}
        assert b"dcterms" not in re.sub(rb'xmlns:\w+="[^"]*"', b"", file.read("docProps/core.xml"))


def test_without_libreoffice_one_sentence_and_the_file_stays(monkeypatch, tmp_path, capsys):
    target = tmp_path / "convolution.xlsx"
    target.write_bytes(b"as it was")
    monkeypatch.setattr(office, "PROGRAMS", ("no-such-program",))
    assert main(["spreadsheet", "--out", str(target)]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "LibreOffice was not found" in said and "Install it" in said
    assert target.read_bytes() == b"as it was"


@pytest.mark.parametrize("number, words", list(enumerate(FAILING.values(), VARIANTS)))
def test_a_formula_that_fails_is_named_and_nothing_is_written(
    calculated, monkeypatch, tmp_path, number, words
):
    draft, result = calculated[number]
    monkeypatch.setattr(office, "convert", lambda files, folder: [result])
    with pytest.raises(ValueError, match=r"Sheet!C3 gives " + re.escape(words)):
        office.finish(draft, tmp_path / "convolution.xlsx")
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="stands in for LibreOffice with a script of the shell")
@pytest.mark.parametrize(
    "script, words",
    [
        ("echo out of memory >&2; exit 7", r"did not write draft\.xlsx\. It said: out of memory"),
        ("exit 0", r"did not write draft\.xlsx\. It said: nothing"),
        ("exec sleep 60", "did not finish within 1 seconds"),
    ],
)
def test_a_libreoffice_that_does_not_do_its_work_is_one_sentence(monkeypatch, tmp_path, script, words):
    program = tmp_path / "soffice"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setattr(office, "PROGRAMS", (str(program),))
    monkeypatch.setattr(office, "SECONDS", 1 if "sleep" in script else machine.seconds(60))
    with pytest.raises(office.NoLibreOffice, match=words):
        office.convert([tmp_path / "draft.xlsx"], tmp_path / "calculated")
