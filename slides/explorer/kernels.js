// Written by `course explorer` from helpers.convolution.KERNELS. A test compares the two; do not edit.
"use strict";
const KERNELS = [
  {"name": "identity", "values": [0, 0, 0, 0, 1, 0, 0, 0, 0]},
  {"name": "horizontal edges", "values": [1, 1, 1, 0, 0, 0, -1, -1, -1]},
  {"name": "vertical edges", "values": [1, 0, -1, 1, 0, -1, 1, 0, -1]},
  {"name": "Sobel horizontal", "values": [1, 2, 1, 0, 0, 0, -1, -2, -1]},
  {"name": "Sobel vertical", "values": [1, 0, -1, 2, 0, -2, 1, 0, -1]},
  {"name": "outline", "values": [-1, -1, -1, -1, 8, -1, -1, -1, -1]},
  {"name": "sharpen", "values": [0, -1, 0, -1, 5, -1, 0, -1, 0]},
  {"name": "blur", "values": [0.1111111111111111, 0.1111111111111111, 0.1111111111111111, 0.1111111111111111, 0.1111111111111111, 0.1111111111111111, 0.1111111111111111, 0.1111111111111111, 0.1111111111111111]},
  {"name": "emboss", "values": [-2, -1, 0, -1, 1, 1, 0, 1, 2]},
];
