"""Posts messages to the REST channel over one connection and checks every answer.

usage: rest.py URL COUNT
"""

import http.client
import json
import sys
from urllib.parse import urlsplit


class CountingConnection(http.client.HTTPConnection):
    """Counts how often it really connects: http.client reconnects silently where the server closes."""

    connects = 0

    def connect(self):
        self.connects += 1
        super().connect()


def main(url, count):
    parts = urlsplit(url)
    connection = CountingConnection(parts.hostname, parts.port, timeout=60)
    right = 0
    for number in range(count):
        sender, text = f"user-{number % 7}", f"message {number} äöü 😀"
        body = json.dumps({"sender": sender, "message": text, "metadata": {"n": number}})
        headers = {"Content-Type": "application/json"}
        connection.request("POST", "/webhooks/rest/webhook", body.encode(), headers)
        response = connection.getresponse()
        answer = json.loads(response.read())
        if response.status == 200 and answer == [{"recipient_id": sender, "text": f"echo: {text}"}]:
            right += 1
        else:
            print(response.status, answer, file=sys.stderr)
    plural = "" if connection.connects == 1 else "s"
    print(f"{right} of {count} answers are right, over {connection.connects} connection{plural}")
    return 0 if right == count else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
