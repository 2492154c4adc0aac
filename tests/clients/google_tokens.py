"""Tokens as Google's own library signs them, and what it says of each when it is asked as Google's page on Chat says.

reads: {"url", "pem", "forged", "kid", "project", "endpoint", "now"} as JSON: `url` is where keys are published, `forged`
is another key
prints: for each token a line {"name", "token", "taken"}
"""

import json
import sys

from google.auth import crypt, jwt
from google.auth.transport.requests import Request
from google.oauth2 import id_token

ISSUER = "chat@system.gserviceaccount.com"

told = json.load(sys.stdin)
now, project, endpoint = told["now"], told["project"], told["endpoint"]


def signed(pem=told["pem"], kid=told["kid"], **claims):
    usual = {"iss": ISSUER, "aud": project, "iat": now - 60, "exp": now + 3600}
    usual.update(claims)
    claims = {name: value for name, value in usual.items() if value is not None}
    return jwt.encode(crypt.RSASigner.from_string(pem, kid), claims).decode()


def for_endpoint(**claims):
    accounts = {"iss": "https://accounts.google.com", "aud": endpoint, "email": ISSUER, "email_verified": True}
    return signed(**{**accounts, **claims})


def verified(token, audience):
    try:
        return id_token.verify_token(token, Request(), audience, told["url"])
    except Exception:
        # What it raises depends on which of its layers sees it first.
        return {}


def taken(token):
    by_accounts = verified(token, endpoint)
    if by_accounts.get("iss") in ("accounts.google.com", "https://accounts.google.com"):
        return by_accounts.get("email") == ISSUER and by_accounts.get("email_verified") is True
    return verified(token, project).get("iss") == ISSUER


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
    "for the address": for_endpoint(),
    "for the address by the other name": for_endpoint(iss="accounts.google.com"),
    "for another address": for_endpoint(aud="https://other.example.com/"),
    "for the address, of another account": for_endpoint(email="someone@example.com"),
    "for the address, of one that was not verified": for_endpoint(email_verified=False),
    "for the address, of another issuer": for_endpoint(iss="https://accounts.example.com"),
    "for the address, signed by another": for_endpoint(pem=told["forged"]),
    "for the address, but by Chat": for_endpoint(iss=ISSUER),
    "for the project, but by the accounts": for_endpoint(aud=project),
}
for name, token in tokens.items():
    print(json.dumps({"name": name, "token": token, "taken": taken(token)}))
