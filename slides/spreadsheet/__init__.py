"""The live spreadsheet, slides/convolution.xlsx: lessons 1 and 1b as formulas to edit in class.

`workbook.build` writes the formulas, `office.recalculate` has LibreOffice fill in their values.
"""
