//! A text as the bot should read it: without what only says that it is meant for this bot.
//!
//! In a group, Telegram's apps write `/help@my_bot`, and people `@my_bot help` or `/bot help`, since a bot that is not
//! made to hear everything hears commands. Rasa removes `/bot` wherever it stands, within words too; here it is removed
//! where it is meant so, at the beginning.

/// The text without its address; `None` if it is a command to another bot. `name` is the bot's, as far as it is known.
/// A text that is nothing but an address stays as it is: so the bot hears that it was called.
pub(super) fn to_bot(text: &str, name: Option<&str>, in_group: bool) -> Option<String> {
    let mut rest = text.to_owned();
    if let Some(name) = name {
        if let Some((command, addressee, arguments)) = addressed_command(text) {
            if !addressee.eq_ignore_ascii_case(name) {
                return None;
            }
            rest = format!("{command}{arguments}");
        }
        if in_group {
            rest = without_mention(&rest, name);
        }
    }
    let bare = without_bot(&rest).trim();
    let said = if bare.is_empty() { text } else { bare };
    Some(said.to_owned())
}

/// `/command@bot arguments`, taken apart. Rasa's `/intent@0.9` is none: names begin with a letter.
fn addressed_command(text: &str) -> Option<(&str, &str, &str)> {
    let (command, rest) = text.split_once('@')?;
    let is_command = command
        .strip_prefix('/')
        .is_some_and(|word| word.bytes().all(is_of_name));
    let end = rest
        .bytes()
        .position(|byte| !is_of_name(byte))
        .unwrap_or(rest.len());
    let (addressee, arguments) = rest.split_at(end);
    let is_name = addressee.starts_with(|first: char| first.is_ascii_alphabetic());
    (is_command && is_name).then_some((command, addressee, arguments))
}

fn without_bot(text: &str) -> &str {
    text.strip_prefix("/bot")
        .filter(|rest| rest.starts_with(|next: char| next == '/' || next.is_whitespace()))
        .unwrap_or(text)
}

/// Without every `@name`, and the space after it.
fn without_mention(text: &str, name: &str) -> String {
    let mention = format!("@{name}");
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('@') {
        let (before, from) = rest.split_at(at);
        kept.push_str(before);
        let is_apart = !kept.bytes().last().is_some_and(is_of_name);
        let after = from
            .split_at_checked(mention.len())
            .filter(|(word, _)| is_apart && word.eq_ignore_ascii_case(&mention))
            .map(|(_, after)| after)
            .filter(|after| !after.bytes().next().is_some_and(is_of_name));
        rest = match after {
            Some(after) => after.strip_prefix(' ').unwrap_or(after),
            None => {
                kept.push('@');
                &from[1..]
            }
        };
    }
    kept.push_str(rest);
    kept
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_to_this_bot() {
        for (text, expected) in [
            ("hi", "hi"),
            ("/help@My_Bot", "/help"),
            ("/help@my_bot  me", "/help  me"),
            ("/start@my_bot ref42", "/start ref42"),
            ("/inform@0.9{\"a\":\"b\"}", "/inform@0.9{\"a\":\"b\"}"),
            (
                "/inform{\"a\":\"x@my_bots\"}",
                "/inform{\"a\":\"x@my_bots\"}",
            ),
            ("@my_bot hi", "hi"),
            ("hey @MY_BOT, you", "hey , you"),
            ("hey @my_bot", "hey"),
            ("@my_bot @my_bot hi", "hi"),
            (
                "@my_bots a@my_bot @other é@my_bot",
                "@my_bots a@my_bot @other é",
            ),
            ("@", "@"),
            ("@my_bot", "@my_bot"),
            ("/bot hi", "hi"),
            ("/bot@my_bot hi", "hi"),
            ("/bot/greet", "/greet"),
            ("/bot", "/bot"),
            ("/bother me", "/bother me"),
            ("see /bother me", "see /bother me"),
        ] {
            let read = to_bot(text, Some("my_bot"), true);
            assert_eq!(read.as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_said_to_another() {
        assert_eq!(to_bot("/help@other_bot", Some("my_bot"), true), None);
        assert_eq!(to_bot("/help@my_bots", Some("my_bot"), false), None);
        // Nobody knows who this bot is.
        let text = "/help@other_bot @my_bot";
        assert_eq!(to_bot(text, None, true).as_deref(), Some(text));
    }

    #[test]
    fn in_private_a_mention_is_part_of_the_text() {
        let text = "is @my_bot you?";
        assert_eq!(to_bot(text, Some("my_bot"), false).as_deref(), Some(text));
    }
}
