"""Signs the body on standard input as Slack does, by Slack's own SDK.

usage: slack_sign.py SECRET TIMESTAMP
"""

import sys

from slack_sdk.signature import SignatureVerifier

secret, timestamp = sys.argv[1:]
body = sys.stdin.buffer.read()
print(SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=body))
