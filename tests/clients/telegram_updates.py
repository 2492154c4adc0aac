"""Updates as a widely used library for Telegram writes them, one a line."""

import datetime

from telegram import (
    CallbackQuery,
    Chat,
    Contact,
    Document,
    Location,
    Message,
    MessageEntity,
    PhotoSize,
    Update,
    User,
)

ann = User(77, "Ann", False, username="ann", language_code="en")
here = Chat(77, Chat.PRIVATE, first_name="Ann", username="ann")
forum = Chat(-1001, Chat.SUPERGROUP, title="Forum", is_forum=True)
when = datetime.datetime(2023, 11, 14, 22, 13, 20, tzinfo=datetime.timezone.utc)


def message(number, chat=here, **what):
    return Message(message_id=number, date=when, chat=chat, from_user=ann, **what)


command = MessageEntity(MessageEntity.BOT_COMMAND, 0, 6)
photo = [PhotoSize("small", "s", 90, 90), PhotoSize("large", "l", 900, 900)]
updates = [
    {"message": message(1, text="h\u00e9llo \U0001f600")},
    {"message": message(2, text="/start", entities=[command])},
    {"message": message(3, photo=photo, caption="look")},
    {"message": message(4, document=Document("file", "f", file_name="a.pdf", mime_type="application/pdf"))},
    {"message": message(5, location=Location(longitude=13.4, latitude=52.5))},
    {"message": message(6, contact=Contact("+15551230000", "Bob"))},
    {"message": message(7, forum, text="in a topic", message_thread_id=5, is_topic_message=True)},
    {"callback_query": CallbackQuery("9", ann, "instance", message=message(8, text="Pick one:"), data="/affirm")},
    {"edited_message": message(1, text="h\u00e9llo", edit_date=when)},
]
for number, update in enumerate(updates, 1):
    print(Update(2000 + number, **update).to_json())
