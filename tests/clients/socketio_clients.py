"""Clients of Socket.IO, by its library for Python: they do what they are told on standard input and say what happens, one
JSON object a line, both as socketio_clients.js has them. They end with the input.
"""

import json
import os
import sys
import threading
from urllib.parse import urlencode, urlsplit

import engineio
import socketio


class InOrder(engineio.Client):
    """Hands on what comes in the order in which it comes, where the library starts a thread for each."""

    def _trigger_event(self, event, *values, **how):
        return super()._trigger_event(event, *values, **{**how, "run_async": False})


class Client(socketio.Client):
    def _engineio_client_class(self):
        return InOrder


clients = {}
speaking = threading.Lock()


def say(client, event, *values):
    with speaking:
        print(json.dumps({"client": client, "event": event, "arguments": values}), flush=True)


def open_client(name, url, hears, options):
    parts = urlsplit(url)
    namespace = parts.path or "/"
    client = Client(reconnection=False)
    clients[name] = client, namespace
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
    except socketio.exceptions.ConnectionError:
        # Said already, by the event.
        return
    # It connects and upgrades in one call.
    if client.transport() != first:
        say(name, "upgrade", client.transport())


def close(name):
    # The connection, and not the client: version 4 would break off what it has not sent yet, its goodbye too. The event for
    # it comes with some versions alone.
    clients[name][0].eio.disconnect()
    say(name, "disconnect")


def emit(name, values, ack):
    client, namespace = clients[name]
    event, *rest = values
    callback = (lambda *answer: say(name, "ack", *answer)) if ack else None
    client.emit(event, tuple(rest), namespace=namespace, callback=callback)


for line in sys.stdin:
    told = json.loads(line)
    if told["do"] == "open":
        open_client(told["client"], told["url"], told["hears"], told["options"])
    elif told["do"] == "emit":
        emit(told["client"], told["arguments"], told.get("ack", False))
    else:
        close(told["client"])
# Not by leaving: the threads of open clients would be waited for.
os._exit(0)
