"""Tokens as Google's own library signs them, and what it says of each when it is asked as Google's page on Chat says.

reads: {"url", "pem", "forged", "kid", "project", "now"} as JSON: `url` is where keys are published, `forged` another key
prints: for each token a line {"name", "token", "taken"}
"""

import json
import sys

from google.auth import crypt, jwt
from google.auth.transport.requests import Request
from google.oauth2 import id_token

ISSUER = "chat@system.gserviceaccount.com"

told = json.load(sys.stdin)
now, project = told["now"], told["project"]


def signed(pem=told["pem"], kid=told["kid"], **claims):
    usual = {"iss": ISSUER, "aud": project, "iat": now - 60, "exp": now + 3600}
    usual.update(claims)
    claims = {name: value for name, value in usual.items() if value is not None}
    return jwt.encode(crypt.RSASigner.from_string(pem, kid), claims).decode()


def taken(token):
    try:
        claims = id_token.verify_token(token, Request(), project, told["url"])
    except Exception:
        # What it raises depends on which of its layers sees it first.
        return False
    return claims["iss"] == ISSUER


genuine = signed()
head, claims, signature = genuine.split(".")
tokens = {
    "genuine": genuine,
    "for this project among others": signed(aud=["999", project]),
    "for another project": signed(aud="999"),
    "for nobody": signed(aud=None),
    "of another account": signed(iss="someone@system.gserviceaccount.com"),
    "ended": signed(iat=now - 7200, exp=now - 3600),
    "signed by another": signed(told["forged"]),
    "signed with an unknown key": signed(told["forged"], "unknown"),
    "with other claims": ".".join([head, signed(iat=now - 61).split(".")[1], signature]),
    "without a signature": ".".join([head, claims, ""]),
    "cut": genuine[:-8],
    "none": "garbage",
}
for name, token in tokens.items():
    print(json.dumps({"name": name, "token": token, "taken": taken(token)}))
