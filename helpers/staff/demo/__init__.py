"""The live classifier of the course, in a browser: `course demo`.

`classifier` trains heads on a frozen network, `intake` takes in what people upload, `others` brings pictures
of things that are neither, `export` writes files, `interface` and `page` are what is seen. Only `interface`
needs Gradio.
"""
