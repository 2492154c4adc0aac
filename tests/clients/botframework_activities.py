"""Sends activities, a list of {"conversation", "activity"} on standard input, by Microsoft's own bot library: read into its
models, checked by them, and written and sent by its client.

usage: botframework_activities.py SERVICE_URL TOKEN
prints: for each activity its type, and that of what is on it, or what is wrong
"""

import asyncio
import json
import sys

from botbuilder.schema import ActionTypes, Activity, ActivityTypes, CardAction, HeroCard
from botframework.connector.aio import ConnectorClient
from botframework.connector.auth import MicrosoftAppCredentials

service, token = sys.argv[1:]


class Credentials(MicrosoftAppCredentials):
    def get_access_token(self, force_refresh=False):
        return token


def same(model, given):
    """What the model does not know it leaves out, and what it needs it misses."""
    errors = model.validate()
    assert not errors, errors
    written = model.serialize()
    assert written == given, f"{written} is not {given}"


def actions(given):
    for action in given or []:
        same(CardAction.deserialize(action), action)
        assert action["type"] in [kind.value for kind in ActionTypes], action
        yield action["type"]


def looked_at(given):
    activity = Activity.deserialize(given)
    same(activity, given)
    assert activity.type in [kind.value for kind in ActivityTypes], activity.type
    seen = [activity.type]
    for attachment in activity.attachments or []:
        seen.append(attachment.content_type.rsplit(".", 1)[-1])
        if attachment.content_type == "application/vnd.microsoft.card.hero":
            same(HeroCard.deserialize(attachment.content), attachment.content)
            seen += actions(attachment.content.get("buttons"))
            taps = [attachment.content[name] for name in ("tap",) if name in attachment.content]
            seen += [f"tap {kind}" for kind in actions(taps)]
    if activity.suggested_actions:
        seen += [f"suggested {kind}" for kind in actions(given["suggestedActions"]["actions"])]
    return activity, " ".join(seen)


async def main():
    client = ConnectorClient(Credentials("app", "password"), base_url=service)
    for one in json.load(sys.stdin):
        activity, seen = looked_at(one["activity"])
        await client.conversations.send_to_conversation(one["conversation"], activity)
        print(seen)


asyncio.run(main())
