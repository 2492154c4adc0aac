"""A client of Socket.IO, by its library for Python: does what it is told on standard input and says what happens, one
JSON object a line, both as socketio_client.js has them. It ends with its input.
"""

import json
import os
import sys
import threading
from urllib.parse import urlencode, urlsplit

import socketio

sockets = {}
speaking = threading.Lock()


def say(socket, event, *values):
    with speaking:
        print(json.dumps({"socket": socket, "event": event, "arguments": values}), flush=True)


def open_socket(name, url, hears, options):
    parts = urlsplit(url)
    namespace = parts.path or "/"
    client = socketio.Client(reconnection=False)
    sockets[name] = client, namespace
    first = options["transports"][0]
    client.on("connect", lambda: say(name, "connect", first), namespace=namespace)
    client.on("connect_error", lambda *why: say(name, "connect_error", *why), namespace=namespace)
    for event in hears:
        client.on(event, lambda *values, event=event: say(name, event, *values), namespace=namespace)
    address = f"{parts.scheme}://{parts.netloc}?{urlencode(options.get('query', {}))}"
    how = {"namespaces": [namespace], "transports": options["transports"]}
    if "path" in options:
        how["socketio_path"] = options["path"]
    if "auth" in options:
        how["auth"] = options["auth"]
    try:
        client.connect(address, **how)
    except socketio.exceptions.ConnectionError as error:
        print(error, file=sys.stderr)
        return
    # It connects and upgrades in one call.
    if client.transport() != first:
        say(name, "upgrade", client.transport())


def close(name):
    # The library's own event for it comes with some versions alone.
    sockets[name][0].disconnect()
    say(name, "disconnect")


def emit(name, values, ack):
    client, namespace = sockets[name]
    event, *rest = values
    callback = (lambda *answer: say(name, "ack", *answer)) if ack else None
    client.emit(event, tuple(rest), namespace=namespace, callback=callback)


for line in sys.stdin:
    told = json.loads(line)
    if told["do"] == "open":
        open_socket(told["socket"], told["url"], told["hears"], told["options"])
    elif told["do"] == "emit":
        emit(told["socket"], told["arguments"], told.get("ack", False))
    else:
        close(told["socket"])
# Not by leaving: the threads of open clients would be waited for.
os._exit(0)
