"""The live spreadsheet, slides/convolution.xlsx: lesson 1's convolutions as formulas to edit in class.

    python -m slides.spreadsheet [--out FILE]

`workbook.build` writes the formulas, `office.recalculate` has LibreOffice fill in their values.
"""
