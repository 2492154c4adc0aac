"""Makes the calls of a bot to a Mattermost at the address that it is given, with a widely used library.

usage: mattermost_calls.py ADDRESS PASSWORD
"""

import sys
from urllib.parse import urlsplit

from mattermostdriver import Driver

address = urlsplit(sys.argv[1])
driver = Driver({
    "scheme": address.scheme, "url": address.hostname, "port": address.port,
    "login_id": "echo", "password": sys.argv[2],
})
driver.login()
bot = driver.users.get_user("me")["id"]

driver.posts.create_post({"channel_id": "town1", "message": "hello"})
driver.posts.create_ephemeral_post({"user_id": "ann1", "post": {"channel_id": "town1", "message": "psst"}})
uploaded = driver.files.upload_file("town1", {"files": ("doc.pdf", b"%PDF-1\r\n--\r\n")})
driver.posts.create_post({
    "channel_id": "town1", "message": "", "file_ids": [info["id"] for info in uploaded["file_infos"]],
})

direct = driver.channels.create_direct_message_channel([bot, "bea1"])
driver.posts.create_post({"channel_id": direct["id"], "message": "good morning"})
named = driver.channels.get_channel_by_name_and_team_name("acme", "off-topic")
driver.posts.create_post({"channel_id": named["id"], "message": "good morning"})

driver.logout()
