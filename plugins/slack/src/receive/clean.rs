//! A message's text as a person would have it: without the mention of the bot, links by their labels, `&` as itself.
//!
//! In one pass from left to right, because the text is anybody's: nothing is looked at twice.

/// The text without the mentions of `own` users. A mention goes with the white space behind it, else with that before
/// it, and within a word it leaves a space. Mentions of others, of channels and groups stay as Slack writes them.
pub(super) fn clean(text: &str, own: &[&str]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('<') {
        decode(before, &mut out);
        // Slack writes a `<` of the user's as `&lt;`, so that none can stand within an entity.
        let entity = behind
            .split_once(['<', '>'])
            .filter(|(inner, _)| behind[inner.len()..].starts_with('>'));
        let Some((entity, behind)) = entity else {
            out.push('<');
            rest = behind;
            continue;
        };
        rest = behind;
        if is_mention(entity, own) {
            if let Some(shorter) = rest.strip_prefix(char::is_whitespace) {
                rest = shorter;
            } else if out.ends_with(char::is_whitespace) {
                out.pop();
            } else {
                out.push(' ');
            }
        } else if let Some(label) = link(entity) {
            decode(label, &mut out);
        } else {
            out.push('<');
            decode(entity, &mut out);
            out.push('>');
        }
    }
    decode(rest, &mut out);
    out.trim().to_owned()
}

/// `@U1` or `@U1|name`.
fn is_mention(entity: &str, own: &[&str]) -> bool {
    entity.strip_prefix('@').is_some_and(|name| {
        let id = name.split_once('|').map_or(name, |(id, _)| id);
        own.contains(&id)
    })
}

/// What is shown of `https://example.com|label`, `mailto:a@example.com|a@example.com` or an address alone.
fn link(entity: &str) -> Option<&str> {
    if entity.starts_with(['@', '#', '!']) {
        return None;
    }
    let (address, label) = entity.split_once('|').unwrap_or((entity, ""));
    let named = ["mailto:", "tel:"];
    let bare = named.iter().find_map(|scheme| address.strip_prefix(scheme));
    if bare.is_none() && !address.contains("://") {
        return None;
    }
    let address = bare.unwrap_or(address);
    Some(if label.is_empty() { address } else { label })
}

/// Slack's three escapes, once.
fn decode(text: &str, out: &mut String) {
    const ESCAPES: [(&str, char); 3] = [("amp;", '&'), ("lt;", '<'), ("gt;", '>')];
    let mut pieces = text.split('&');
    out.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let escape = ESCAPES
            .iter()
            .find_map(|(name, c)| Some((*c, piece.strip_prefix(name)?)));
        let (c, rest) = escape.unwrap_or(('&', piece));
        out.push(c);
        out.push_str(rest);
    }
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn mentions_of_the_bot_go() {
        for (text, expected) in [
            ("<@U1> hello", "hello"),
            ("hi<@U1>there <@U1> x", "hi there x"),
            ("hey <@U1>!", "hey!"),
            ("do it <@U1>", "do it"),
            ("<@U1>", ""),
            ("<@U1|bot> hi <@U2> and <@U10>", "hi <@U2> and <@U10>"),
            ("a <@U1> <@U1>", "a"),
            ("<@U1>\u{a0}hello\n<@U1>", "hello"),
        ] {
            assert_eq!(clean(text, &["U1"]), expected, "{text}");
        }
        assert_eq!(clean("<@U1> <@U2> hi", &["U1", "U2"]), "hi");
        assert_eq!(clean("<@U1> hi", &[]), "<@U1> hi");
    }

    #[test]
    fn links_show_their_labels() {
        for (text, expected) in [
            (
                "see <http://a.b|a.b>. Also <http://c.d|c.d>",
                "see a.b. Also c.d",
            ),
            ("<mailto:a@b.c|a@b.c> <mailto:a@b.c>", "a@b.c a@b.c"),
            (
                "<tel:+491|+49 1> <https://a.b/?x=1&amp;y=2>",
                "+49 1 https://a.b/?x=1&y=2",
            ),
            ("<https://a.b|>", "https://a.b"),
            ("<https://a.b|A &lt;b&gt; | c>", "A <b> | c"),
            (
                "<#C1|general> <!here> <!subteam^S1|@all>",
                "<#C1|general> <!here> <!subteam^S1|@all>",
            ),
        ] {
            assert_eq!(clean(text, &["U1"]), expected, "{text}");
        }
    }

    #[test]
    fn escapes_are_decoded_once() {
        for (text, expected) in [
            ("a &amp; b &lt;c&gt;", "a & b <c>"),
            ("&amp;lt;", "&lt;"),
            ("&lt;@U1&gt;", "<@U1>"),
            ("R&D & &copy; &", "R&D & &copy; &"),
            (r#"/inform{"a":"b"}"#, r#"/inform{"a":"b"}"#),
        ] {
            assert_eq!(clean(text, &["U1"]), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_entity_stays() {
        for text in [
            "<",
            ">",
            "a < b",
            "<<",
            "<@U1",
            "x <@U1 <b",
            "<>",
            "<plain>",
            "é<ü",
        ] {
            assert_eq!(clean(text, &["U1"]), text);
        }
        assert_eq!(clean("<<@U1>>", &["U1"]), "< >");
    }

    /// A pass for each bracket would take hours here.
    #[test]
    fn a_long_text_takes_no_longer_than_it_must() {
        for piece in ["<", "<@U1", "&", "<http://a|"] {
            let text = piece.repeat(1 << 17);
            assert_eq!(clean(&text, &["U1"]), text);
        }
    }
}
