"""Signs the form on standard input as Twilio does, by Twilio's own SDK.

usage: twilio_sign.py TOKEN URL
"""

import sys
from urllib.parse import parse_qs

from twilio.request_validator import RequestValidator


class Form(dict):
    """What web frameworks give the validator: names, some of them with several values."""

    def getlist(self, name):
        return self[name]


token, url = sys.argv[1:]
form = Form(parse_qs(sys.stdin.read(), keep_blank_values=True))
print(RequestValidator(token).compute_signature(url, form))
