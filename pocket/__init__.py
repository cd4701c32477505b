"""The classifier in your pocket: a page that names things and learns new ones on a phone, without a server.

`export` writes the network as ONNX, `head` trains the head that the page opens with, on bags, shoes and
`others`; `build` puts the page together, and `serve` gives it to the browsers in a room. The page itself
is plain JavaScript.
"""
