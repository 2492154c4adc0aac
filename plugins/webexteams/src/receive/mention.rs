//! The bot's name before a message in a group. There a bot hears only what mentions it, and the mention is part of the
//! text: `Echo what is new?`. Whoever understands the text should get to see `what is new?`.

use switchboard_sdk::JsonObject;

use crate::me::Me;

/// The text without the bot's name at its beginning. Elsewhere it stays: there it belongs to the sentence.
pub(super) fn taken_off<'text>(said: &'text str, message: &JsonObject, me: &Me) -> &'text str {
    if message.filled("roomType").as_deref() != Some("group") {
        return said;
    }
    let html = message.filled("html");
    let marked = html.as_deref().and_then(first_mention);
    let marked = marked.filter(|mention| mention.id == me.id || is_alone(message, me));
    let names = [
        marked.map(|mention| unescaped(mention.name)),
        Some(me.name.clone()),
    ];
    names
        .into_iter()
        .flatten()
        .find_map(|name| without(said, &name))
        .unwrap_or(said)
}

/// Whether nobody else is mentioned. Some clients write another form of the bot's id into the HTML.
fn is_alone(message: &JsonObject, me: &Me) -> bool {
    let people: Option<Vec<String>> = message.value("mentionedPeople");
    people.is_some_and(|people| people.iter().all(|id| *id == me.id) && !people.is_empty())
}

fn without<'text>(said: &'text str, name: &str) -> Option<&'text str> {
    let rest = said.trim_start().strip_prefix(name)?;
    let is_name = !name.is_empty() && !rest.starts_with(char::is_alphanumeric);
    is_name.then(|| rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',' || c == ':'))
}

struct Mention<'html> {
    id: &'html str,
    name: &'html str,
}

/// The mention with which the HTML begins, behind tags and white space.
fn first_mention(html: &str) -> Option<Mention<'_>> {
    let mut rest = html.trim_start();
    loop {
        let (tag, behind) = rest.strip_prefix('<')?.split_once('>')?;
        if let Some(attributes) = tag.strip_prefix("spark-mention ") {
            let (_, id) = attributes.split_once("data-object-id=\"")?;
            let (id, _) = id.split_once('"')?;
            let (name, _) = behind.split_once("</spark-mention>")?;
            return Some(Mention { id, name });
        }
        rest = behind.trim_start();
    }
}

fn unescaped(html: &str) -> String {
    let pairs = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ];
    let text = html.to_owned();
    pairs
        .iter()
        .fold(text, |text, (from, to)| text.replace(from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(message: &str) -> String {
        let me = Me {
            id: "BOT".to_owned(),
            name: "Echo Bot".to_owned(),
        };
        let message = JsonObject::parse(message.as_bytes()).expect("a message");
        let said = message.filled("text").expect("a text");
        taken_off(&said, &message, &me).to_owned()
    }

    #[test]
    fn the_name_is_what_the_mention_shows() {
        let group = |text: &str, id: &str, name: &str, people: &str| {
            heard(&format!(
                r#"{{"roomType":"group","text":"{text}","mentionedPeople":{people},
                "html":"<p>\n<spark-mention data-object-type=\"person\" data-object-id=\"{id}\">{name}</spark-mention> x</p>"}}"#
            ))
        };
        assert_eq!(group("Echo hi", "BOT", "Echo", r#"["BOT"]"#), "hi");
        assert_eq!(group("Echo: hi", "BOT", "Echo", "null"), "hi");
        assert_eq!(group("Echo", "BOT", "Echo", "[]"), "");
        assert_eq!(group("Tom&Co hi", "BOT", "Tom&amp;Co", "[]"), "hi");
        assert_eq!(group("Echo hi", "0-1", "Echo", r#"["BOT"]"#), "hi");
        assert_eq!(
            group("Echo hi", "0-1", "Echo", r#"["BOT","ANN"]"#),
            "Echo hi"
        );
        assert_eq!(
            group("Ann and Echo", "ANN", "Ann", r#"["ANN","BOT"]"#),
            "Ann and Echo"
        );
    }

    #[test]
    fn without_html_it_is_the_bots_own() {
        let group = |text: &str| heard(&format!(r#"{{"roomType":"group","text":"{text}"}}"#));
        assert_eq!(group("Echo Bot, hi"), "hi");
        assert_eq!(group("Echo Bots unite"), "Echo Bots unite");
        assert_eq!(group("hi Echo Bot"), "hi Echo Bot");
        assert_eq!(
            heard(r#"{"roomType":"direct","text":"Echo Bot hi"}"#),
            "Echo Bot hi"
        );
    }

    #[test]
    fn what_is_no_html_has_no_mention() {
        for html in [
            "",
            "<",
            "<p",
            "x<spark-mention data-object-id=\"BOT\">E</spark-mention>",
            "<spark-mention >E",
            "</>>",
        ] {
            assert!(first_mention(html).is_none(), "{html}");
        }
    }
}
