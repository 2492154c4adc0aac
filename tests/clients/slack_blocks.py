"""Reads the blocks of a message on standard input as Slack's own SDK knows them, its limits included.

prints: the type of each block and of each element in it, or what is wrong
"""

import json
import sys

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block

message = json.load(sys.stdin)
types = []
try:
    for block in Block.parse_all(message.get("blocks", [])):
        block.validate_json()
        types.append(block.type)
        for element in getattr(block, "elements", []):
            element.validate_json()
            types.append(element.type)
except SlackObjectFormationError as error:
    types = [f"wrong: {error}"]
print(" ".join(types))
