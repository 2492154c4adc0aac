//! What becomes of parts that a channel does not render.

use super::*;
use crate::bindings::connector::CardLimit;
use crate::content::reply;
use serde_json::json;

pub(in crate::content) fn at_most(max_buttons: u32) -> ChoiceLimit {
    ChoiceLimit {
        max_buttons,
        text: None,
        title: None,
        payload: None,
    }
}

/// A channel that shows text and nothing else.
pub(in crate::content) fn plain() -> Rendering {
    Rendering {
        text_limit: None,
        split_blank_lines: true,
        buttons: None,
        quick_replies: None,
        image: false,
        file: false,
        audio: false,
        video: false,
        caption_limit: None,
        cards: None,
        location: false,
        custom: false,
        typing: false,
    }
}

fn lowered(reply: Value, renders: &Rendering) -> Vec<Content> {
    reply::parts(reply)
        .into_iter()
        .flat_map(|part| lower(part, renders, &mut Budget::default()).expect("not much"))
        .map(|part| part.content)
        .collect()
}

fn texts(reply: Value, renders: &Rendering) -> Vec<String> {
    lowered(reply, renders)
        .into_iter()
        .map(|content| match content {
            Content::Text(text) => text.text,
            other => panic!("not lowered: {other:?}"),
        })
        .collect()
}

#[test]
fn blank_lines_split_as_in_rasa() {
    let split = |text: &str| texts(json!({ "text": text }), &plain());
    assert_eq!(split("a\n\nb"), ["a", "b"]);
    assert_eq!(split("a\n\n\n\nb"), ["a", "", "b"]);
    assert_eq!(split("a\n\n\nb"), ["a", "\nb"]);
    assert_eq!(split("a\r\n\r\nb"), ["a\r\n\r\nb"]);
    assert_eq!(split("   "), [""]);
    assert_eq!(
        split("This message should come first:  \n\nThis is message two  \nThis as well\n\n"),
        [
            "This message should come first:  ",
            "This is message two  \nThis as well"
        ]
    );
}

#[test]
fn rasas_words_for_what_is_not_rendered() {
    let shown = |reply: Value| texts(reply, &plain());
    assert_eq!(
        shown(json!({"text": "Pick:", "buttons": [
            {"title": "Yes", "payload": "/affirm"}, {"title": "Bare"},
            {"title": "Site", "payload": "/s", "type": "web_url", "url": "http://u"}]})),
        [
            "Pick:",
            "1: Yes (/affirm)",
            "2: Bare",
            r#"3: Site (/s) - {"type":"web_url","url":"http://u"}"#
        ]
    );
    assert_eq!(shown(json!({"image": "http://i"})), ["Image: http://i"]);
    assert_eq!(
        shown(json!({"attachment": "http://a"})),
        ["Attachment: http://a"]
    );
    assert_eq!(shown(json!({"custom": {"a": 1}})), [r#"{"a":1}"#]);
    assert_eq!(
        shown(
            json!({"elements": [{"title": "a", "subtitle": "b", "buttons": [{"title": "x"}]}, {}]})
        ),
        ["a : b", "1: x", " : ".trim()]
    );
}

#[test]
fn choices_take_the_form_that_the_channel_has() {
    let renders = Rendering {
        buttons: Some(at_most(2)),
        ..plain()
    };
    let quick = |n: usize| json!({"text": "t", "quick_replies": vec![json!({"title": "q", "payload": "/q"}); n]});
    let [Content::Choices(choices)] = &lowered(quick(2), &renders)[..] else {
        panic!("choices")
    };
    assert_eq!(choices.style, ChoiceStyle::Buttons);
    assert_eq!(
        texts(quick(3), &renders),
        ["t", "1: q (/q)", "2: q (/q)", "3: q (/q)"]
    );
}

#[test]
fn choices_whose_texts_are_too_long() {
    let characters = |max| {
        Some(TextLimit {
            max,
            unit: LengthUnit::Characters,
        })
    };
    let renders = Rendering {
        buttons: Some(ChoiceLimit {
            text: characters(8),
            title: characters(5),
            payload: characters(6),
            ..at_most(3)
        }),
        ..plain()
    };
    let asked = |text: &str, payload: &str| {
        let button = json!({"title": "abcdef", "payload": payload});
        lowered(json!({"text": text, "buttons": [button]}), &renders)
    };
    let [Content::Text(first), Content::Choices(choices)] = &asked("one two three", "/a")[..]
    else {
        panic!("a text, and choices")
    };
    assert_eq!(first.text, "one two");
    assert_eq!(choices.text.as_deref(), Some("three"));
    assert_eq!(choices.buttons[0].title.as_deref(), Some("abcd…"));
    let numbered = json!({"text": "Pick", "buttons": [{"title": "abcdef", "payload": "/longer"}]});
    assert_eq!(texts(numbered, &renders), ["Pick", "1: abcdef (/longer)"]);
}

#[test]
fn captions_that_do_not_fit_go_ahead() {
    let with_limit = |max| Rendering {
        file: true,
        caption_limit: Some(TextLimit {
            max,
            unit: LengthUnit::Characters,
        }),
        ..plain()
    };
    let file =
        json!({"attachment": {"type": "file", "title": "four", "payload": {"src": "https://a/f"}}});
    let [Content::File(media)] = &lowered(file.clone(), &with_limit(4))[..] else {
        panic!("a file")
    };
    assert_eq!(media.caption.as_deref(), Some("four"));
    for max in [0, 3] {
        let [Content::Text(text), Content::File(media)] =
            &lowered(file.clone(), &with_limit(max))[..]
        else {
            panic!("a text, and a file")
        };
        assert_eq!(text.text, "four");
        assert_eq!(
            (media.caption.as_deref(), media.url.as_deref()),
            (None, Some("https://a/f"))
        );
    }
}

#[test]
fn cards_come_in_as_many_parts_as_they_need() {
    let renders = Rendering {
        cards: Some(CardLimit {
            max_cards: 2,
            max_buttons: 1,
        }),
        ..plain()
    };
    let card = |title: &str, buttons: usize| json!({"title": title, "subtitle": "s", "buttons": vec![json!({"title": "x"}); buttons]});
    let cards =
        json!({"elements": [card("a", 0), card("b", 1), card("c", 0), card("d", 2), card("e", 1)]});
    let shown: Vec<String> = lowered(cards, &renders)
        .into_iter()
        .map(|content| match content {
            Content::Cards(cards) => {
                let titles = cards.into_iter().filter_map(|card| card.title);
                titles.collect::<Vec<_>>().join("+")
            }
            Content::Text(text) => text.text,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(shown, ["a+b", "c", "d : s", "1: x", "2: x", "e"]);
}

#[test]
fn long_text_is_cut_where_it_hurts_least() {
    let limit = |max, unit| Rendering {
        text_limit: Some(TextLimit { max, unit }),
        ..plain()
    };
    let split = |text: &str, renders: &Rendering| texts(json!({ "text": text }), renders);
    let characters = limit(10, LengthUnit::Characters);
    assert_eq!(
        split("one two three four", &characters),
        ["one two", "three four"]
    );
    assert_eq!(
        split("line one\nline two", &characters),
        ["line one", "line two"]
    );
    assert_eq!(
        split("aaaaaaaaaaaaaaaaaaaaaaa", &characters),
        ["aaaaaaaaaa", "aaaaaaaaaa", "aaa"]
    );
    assert_eq!(split("exactly 10", &characters), ["exactly 10"]);
    assert_eq!(
        split("😀😀😀", &limit(4, LengthUnit::Utf16Units)),
        ["😀😀", "😀"]
    );
    assert_eq!(split("ééé", &limit(3, LengthUnit::Bytes)), ["é", "é", "é"]);
    assert_eq!(split("😀", &limit(1, LengthUnit::Bytes)), ["😀"]);

    let mut buttons = limit(5, LengthUnit::Characters);
    buttons.buttons = Some(at_most(3));
    let contents = lowered(
        json!({"text": "aaaaabbb", "buttons": [{"title": "x"}]}),
        &buttons,
    );
    let [Content::Text(first), Content::Choices(last)] = &contents[..] else {
        panic!("a text, then the choices: {contents:?}")
    };
    assert_eq!(
        (first.text.as_str(), last.text.as_deref()),
        ("aaaaa", Some("bbb"))
    );
}

#[test]
fn typing_is_dropped_where_it_cannot_be_shown() {
    let typing = || Part {
        content: Content::Typing,
        extra: None,
    };
    let count = |renders: &Rendering| {
        lower(typing(), renders, &mut Budget::default()).map(|parts| parts.len())
    };
    assert_eq!(count(&plain()), Ok(0));
    let renders = Rendering {
        typing: true,
        ..plain()
    };
    assert_eq!(count(&renders), Ok(1));
}
