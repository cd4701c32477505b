"""The live classifier of the course, in a browser: `python -m helpers.staff.demo`, or `make demo`.

`novelty` decides whether a picture shows one of the classes at all, `classifier` puts head and decision onto
a frozen network, `intake` takes in what people upload, `others` brings pictures of things that are neither,
`export` writes files, `interface` and `page` are what is seen. Only `interface` needs Gradio.
"""
