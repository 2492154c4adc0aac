"""Reads messages of Google Chat, a list on standard input, as Google's own library knows them.

prints: for each message what is in it
"""

import json
import sys

from google.apps.chat_v1.types import ActionResponse, Message
from google.protobuf.json_format import ParseDict


def seen(message):
    if message.text:
        yield "text"
    for card in message.cards:
        yield "card"
        if card.header.title:
            yield "header"
        for section in card.sections:
            for widget in section.widgets:
                if widget.HasField("text_paragraph"):
                    yield "paragraph"
                if widget.HasField("image"):
                    yield "image"
                for button in widget.buttons:
                    press = button.text_button.on_click
                    yield "action" if press.action.action_method_name else f"link {press.open_link.url}"
    for card in message.cards_v2:
        yield f"card {card.card_id}"
    if message.HasField("action_response"):
        yield "response " + ActionResponse.ResponseType(message.action_response.type_).name


for given in json.load(sys.stdin):
    # What it does not know is an error.
    message = ParseDict(given, Message.pb(Message()), ignore_unknown_fields=False)
    print(" ".join(seen(message)))
