"""Makes the calls of a bot to a Rocket.Chat at the address that it is given, with a widely used library.

usage: rocketchat_calls.py ADDRESS USER PASSWORD
"""

import sys

from rocketchat_API.rocketchat import RocketChat

address, user, password = sys.argv[1:]
rocket = RocketChat(user, password, server_url=address)
rocket.chat_post_message("hello", room_id="ROOM1")
buttons = [
    {"type": "button", "text": "Yes", "msg": "/affirm", "msg_in_chat_window": True},
    {"type": "button", "text": "Site", "url": "https://example.com"},
]
rocket.chat_post_message("Pick:", room_id="ROOM1", attachments=[{"actions": buttons}])
picture = {"image_url": "https://example.com/cat.png", "collapsed": False}
rocket.chat_post_message(None, room_id="ROOM1", attachments=[picture])
rocket.chat_post_message("good morning", channel="#general")
rocket.logout()
