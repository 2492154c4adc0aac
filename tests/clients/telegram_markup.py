"""Reads the keyboards of messages, a list on standard input, as a widely used library for Telegram knows them.

prints: for each message the buttons row by row, and what they send
"""

import json
import sys

from telegram import InlineKeyboardMarkup

for message in json.load(sys.stdin):
    markup = message["reply_markup"]
    read = InlineKeyboardMarkup.de_json(markup, None)
    assert read.to_dict() == markup, f"{read.to_dict()} is not {markup}"
    print(json.dumps([[[button.text, button.callback_data] for button in row] for row in read.inline_keyboard]))
