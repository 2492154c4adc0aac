"""The echo of the Socket.IO channel by python-socketio: what the channel of Rasa is built on, without Rasa.

It runs on aiohttp with uvloop, the fastest of the asyncio servers that python-socketio's documentation lists.

usage: socketio_echo.py --port PORT
"""

import argparse
import socket
import uuid

import socketio
import uvloop
from aiohttp import web

parser = argparse.ArgumentParser()
parser.add_argument("--port", type=int, required=True)
port = parser.parse_args().port

server = socketio.AsyncServer(async_mode="aiohttp")


@server.on("session_request")
async def session_request(sid, data):
    session = (data or {}).get("session_id") or uuid.uuid4().hex
    await server.enter_room(sid, session)
    await server.emit("session_confirm", session, to=sid)


@server.on("user_uttered")
async def user_uttered(sid, data):
    await server.emit("bot_uttered", {"text": f"echo: {data['message']}"}, to=data["session_id"])


application = web.Application()
server.attach(application)
# Who connects from now on waits until the loop runs.
listener = socket.create_server(("127.0.0.1", port), backlog=4096)
print(f"listens on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
web.run_app(
    application,
    sock=listener,
    backlog=4096,
    access_log=None,
    print=None,
    loop=uvloop.new_event_loop(),
)
