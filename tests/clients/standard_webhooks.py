"""Verifies one webhook with the scheme's own library. Reads {"secret", "headers", "body"} as JSON, the body in base64."""

import base64
import json
import sys

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

call = json.load(sys.stdin)
webhook = Webhook(call["secret"])
body = base64.b64decode(call["body"])

print("verified", webhook.verify(body, call["headers"])["type"])
try:
    webhook.verify(body.replace(b"hello", b"jello"), call["headers"])
    print("and so is another body")
except WebhookVerificationError:
    print("another body is not")
