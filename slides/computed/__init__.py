"""Numbers and figures of each deck: `lesson_NN.values()` and `lesson_NN.figures()`."""
