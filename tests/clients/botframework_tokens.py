"""Requests as the channels' services and the emulator make them, and what Microsoft's own bot library says of each.

reads: {"url", "pem", "forged", "kid", "app", "now"} as JSON, `url` being where keys are published, `forged` another key
prints: for each request a line {"name", "cloud", "authorization", "activity", "taken"}
"""

import asyncio
import base64
import hashlib
import hmac
import json
import sys

import jwt
from botbuilder.schema import Activity, ChannelAccount, ConversationAccount
from botframework.connector.auth import (
    AuthenticationConstants,
    ChannelValidation,
    EmulatorValidation,
    GovernmentChannelValidation,
    GovernmentConstants,
    JwtTokenValidation,
    SimpleCredentialProvider,
)

told = json.load(sys.stdin)
now, app = told["now"], told["app"]
metadata = told["url"] + "/openidconfiguration"
ChannelValidation.open_id_metadata_endpoint = metadata
GovernmentChannelValidation.OPEN_ID_METADATA_ENDPOINT = metadata
AuthenticationConstants.TO_BOT_FROM_EMULATOR_OPENID_METADATA_URL = metadata
SERVICE = "https://smba.trafficmanager.net/emea/"
PUBLIC = AuthenticationConstants.TO_BOT_FROM_CHANNEL_TOKEN_ISSUER
GOVERNMENT = GovernmentConstants.TO_BOT_FROM_CHANNEL_TOKEN_ISSUER


def claims(**more):
    usual = {
        AuthenticationConstants.ISSUER_CLAIM: PUBLIC,
        AuthenticationConstants.AUDIENCE_CLAIM: app,
        ChannelValidation.SERVICE_URL_CLAIM: SERVICE,
        "nbf": now - 60,
        "exp": now + 3600,
    }
    usual.update(more)
    return {name: value for name, value in usual.items() if value is not None}


def signed(claims, pem=told["pem"], kid=told["kid"], algorithm="RS256"):
    return jwt.encode(claims, pem, algorithm=algorithm, headers={"kid": kid, "x5t": kid})


def with_hmac(claims):
    """Keyed with what everybody has: PyJWT itself does not make these."""
    piece = lambda data: base64.urlsafe_b64encode(data).rstrip(b"=")
    head = {"alg": "HS256", "kid": told["kid"], "typ": "JWT"}
    text = b".".join(piece(json.dumps(part).encode()) for part in (head, claims))
    mac = hmac.new(told["pem"].encode(), text, hashlib.sha256).digest()
    return (text + b"." + piece(mac)).decode()


def activity(number, channel="msteams", service=SERVICE):
    return Activity(
        type="message",
        id=f"act-{number}",
        channel_id=channel,
        service_url=service,
        from_property=ChannelAccount(id="29:ann", name="Ann"),
        recipient=ChannelAccount(id="28:bot", name="Bot"),
        conversation=ConversationAccount(id="a:conv-1", conversation_type="personal"),
        text=f"number {number}",
    )


def emulator(issuer, version="2.0", **more):
    party = "azp" if version == "2.0" else "appid"
    return claims(iss=issuer, ver=version, serviceurl=None, **{party: app, **more})


requests = [
    ("genuine", signed(claims()), {}),
    ("of another channel that the key vouches for", signed(claims()), {"channel": "webchat"}),
    ("of a channel that the key does not vouch for", signed(claims()), {"channel": "slack"}),
    ("for another bot", signed(claims(aud="99999999-2222-3333-4444-555555555555")), {}),
    ("for nobody", signed(claims(aud=None)), {}),
    ("of another issuer", signed(claims(iss="https://api.example.com")), {}),
    ("of another cloud", signed(claims(iss=GOVERNMENT)), {}),
    ("just ended", signed(claims(exp=now - 240)), {}),
    ("ended", signed(claims(exp=now - 360)), {}),
    ("just not yet begun", signed(claims(nbf=now + 240)), {}),
    ("not yet begun", signed(claims(nbf=now + 360)), {}),
    ("signed by another", signed(claims(), told["forged"]), {}),
    ("signed with an unknown key", signed(claims(), told["forged"], "unknown"), {}),
    ("of another service", signed(claims()), {"service": "https://evil.example.com/"}),
    ("of a service that is almost the same", signed(claims()), {"service": SERVICE.rstrip("/")}),
    ("without a service", signed(claims(serviceurl=None)), {}),
    ("not signed", jwt.encode(claims(), None, algorithm="none", headers={"kid": told["kid"]}), {}),
    ("signed otherwise", signed(claims(), algorithm="RS512"), {}),
    ("signed with a published secret", with_hmac(claims()), {}),
]
tenants = EmulatorValidation.TO_BOT_FROM_EMULATOR_TOKEN_VALIDATION_PARAMETERS.issuer
emulated = {
    "signed by another": signed(emulator(tenants[0], "1.0"), told["forged"]),
    "for another app": signed(emulator(tenants[1], azp="99999999-2222-3333-4444-555555555555")),
    "in a form to come": signed(emulator(tenants[1], "3.0")),
}
for issuer in tenants + ["https://sts.windows.net/00000000-0000-0000-0000-000000000000/"]:
    for version in ("1.0", "2.0"):
        emulated[f"{version} by {issuer}"] = signed(emulator(issuer, version))
requests += [(f"of the emulator, {name}", token, {"channel": "emulator"}) for name, token in emulated.items()]
government = [
    ("of the government", signed(claims(iss=GOVERNMENT)), {}),
    ("of the public cloud at the government", signed(claims()), {}),
]


async def taken(cloud, authorization, activity):
    service = GovernmentConstants.CHANNEL_SERVICE if cloud == "government" else ""
    credentials = SimpleCredentialProvider(app, "password")
    try:
        identity = await JwtTokenValidation.authenticate_request(activity, authorization, credentials, service)
        return identity.is_authenticated
    except Exception:
        # The library raises whatever comes: of the key that is not there, an IndexError.
        return False


number = 0
for cloud, some in (("public", requests), ("government", government)):
    for name, token, about in some:
        number += 1
        made = activity(number, **about)
        authorization = f"Bearer {token}"
        verdict = asyncio.run(taken(cloud, authorization, made))
        line = {"name": name, "cloud": cloud, "authorization": authorization, "activity": made.serialize()}
        print(json.dumps({**line, "taken": verdict}))
