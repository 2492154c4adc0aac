"""Has Microsoft's own bot library fetch a bot's token, from a login that says what is asked of it.

usage: botframework_login.py APP PASSWORD [TENANT]
prints: {"authority", "form"}, with what it posts
"""

import json
import sys

from botframework.connector.auth import MicrosoftAppCredentials
from msal import ConfidentialClientApplication

posted = []


class Answer:
    status_code = 200
    headers = {}

    def __init__(self, said):
        self.text = json.dumps(said)

    def raise_for_status(self):
        pass


class Login:
    """In place of HTTP."""

    def get(self, url, **_):
        place = url.split("/v2.0/")[0]
        return Answer(
            {
                "issuer": f"{place}/v2.0",
                "authorization_endpoint": f"{place}/oauth2/v2.0/authorize",
                "token_endpoint": f"{place}/oauth2/v2.0/token",
                "tenant_discovery_endpoint": f"{place}/v2.0/.well-known/openid-configuration",
                "metadata": [],
            }
        )

    def post(self, url, data=None, **_):
        posted.append({"url": url, "form": data})
        return Answer({"token_type": "Bearer", "expires_in": 3599, "access_token": "token"})

    def close(self):
        pass


app, password, *tenant = sys.argv[1:]
credentials = MicrosoftAppCredentials(app, password, *tenant)
credentials.app = ConfidentialClientApplication(
    app, client_credential=password, authority=credentials.oauth_endpoint, http_client=Login()
)
assert credentials.get_access_token() == "token"
print(json.dumps(posted[0]))
