"""Run the live classifier in a browser on this computer.

It needs no network and contacts nobody. Only this computer reaches it, unless --host says otherwise: then
everybody in the network does, and browsers there give it no camera, which takes https or localhost.
"""

import importlib.util
import signal
import socket
import threading


def main(options) -> int:
    """Prepare and serve until Ctrl+C; ValueError if something is missing or cannot be used."""
    if importlib.util.find_spec("gradio") is None:
        raise ValueError("The app needs the package gradio. Install it: `pip install -e '.[demo]'`.")
    try:
        with socket.create_server((options.host, options.port)):
            pass
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or error
        told = f"{options.host}:{options.port} cannot be used ({why}). Choose another with --port or --host."
        raise ValueError(told) from error
    from helpers import start
    from helpers.staff.demo import interface
    from helpers.staff.demo.prepare import prepare

    start()
    print("Training the classifier of the course. This takes less than a minute on two cores.", flush=True)
    ready = prepare(options.data, options.backbone)
    report = ready.report
    print(f"Ready after {ready.seconds:.0f} seconds. Right for {report.right} test pictures.")
    print(f"False rejections: {report.false_rejects}. False acceptances: {report.false_accepts}.")
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with interface.served(ready, host=options.host, port=options.port) as address:
        print(f"Open {address} in a browser. Ctrl+C ends the app.", flush=True)
        while not stop.wait(1):  # on Windows an endless wait would hear no Ctrl+C
            pass
    return 0
