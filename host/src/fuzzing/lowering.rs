//! Lowering: whatever a bot says and whatever a channel shows, what goes out is within the channel's limits, and nothing
//! that was said is lost.

use arbitrary::{Result, Unstructured};

use crate::bindings::connector::{CardLimit, ChoiceLimit, LengthUnit, Rendering, TextLimit};
use crate::bindings::types::{
    Button, Card, ChoiceStyle, ChoicesContent, Content, Location, MediaContent, Part, TextContent,
};
use crate::content::answer::Budget;
use crate::content::lowering::lower;

/// A channel's description and parts, as [`Unstructured`] takes them from bytes.
///
/// # Panics
///
/// When a text is over the channel's limit, a part is of a kind that the channel does not show, something is missing, or
/// the order is another.
pub fn lowering(input: &[u8]) {
    let mut bytes = Unstructured::new(input);
    let Ok(renders) = rendering(&mut bytes) else {
        return;
    };
    while let Ok(part) = part(&mut bytes) {
        check(&part, &renders);
        if bytes.is_empty() {
            return;
        }
    }
}

/// A channel that shows text alone, a little of it at a time.
pub(super) fn nothing() -> Rendering {
    Rendering {
        text_limit: Some(TextLimit {
            max: 20,
            unit: LengthUnit::Utf16Units,
        }),
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

/// A channel that shows whatever there is.
pub(super) fn everything() -> Rendering {
    let choices = Some(ChoiceLimit {
        max_buttons: u32::MAX,
        text: None,
        title: None,
        payload: None,
    });
    Rendering {
        text_limit: None,
        split_blank_lines: false,
        buttons: choices,
        quick_replies: choices,
        image: true,
        file: true,
        audio: true,
        video: true,
        caption_limit: None,
        cards: Some(CardLimit {
            max_cards: u32::MAX,
            max_buttons: u32::MAX,
        }),
        location: true,
        custom: true,
        typing: true,
    }
}

fn check(part: &Part, renders: &Rendering) {
    let lowered = lower(part.clone(), renders, &mut Budget::default());
    let lowered = match lowered {
        Ok(lowered) => lowered,
        // Too much for one answer, and so nothing of it goes out.
        Err(_) => return,
    };
    for piece in &lowered {
        assert_eq!(piece.extra, part.extra, "the further keys are the reply's");
        check_shown(&piece.content, renders);
    }
    let contents: Vec<&Content> = lowered.iter().map(|piece| &piece.content).collect();
    if contents.len() == 1 && *contents[0] == part.content {
        return;
    }
    let said = said(&part.content, renders);
    let mut rest = contents
        .iter()
        .map(|content| shown(content))
        .collect::<String>();
    for words in said {
        let words = squeezed(&words);
        let at = rest.find(&words).unwrap_or_else(|| {
            panic!("{words:?} is not there, or not in its place: {part:?} became {lowered:?}")
        });
        rest.drain(..at + words.len());
    }
}

/// A part that goes out is one that the channel shows, within its limits.
fn check_shown(content: &Content, renders: &Rendering) {
    let fits = |limit: Option<ChoiceLimit>, buttons: &[Button]| {
        limit.is_some_and(|limit| {
            let mut titles = buttons.iter().filter_map(|button| button.title.as_ref());
            let mut payloads = buttons.iter().filter_map(|button| button.payload.as_ref());
            buttons.len() <= limit.max_buttons as usize
                && titles.all(|title| is_within(title, limit.title))
                && payloads.all(|payload| payload.is_empty() || is_within(payload, limit.payload))
        })
    };
    let is_caption = |media: &MediaContent| match &media.caption {
        Some(caption) => is_within(caption, renders.caption_limit),
        None => true,
    };
    let is_shown = match content {
        Content::Text(text) => is_within(&text.text, renders.text_limit),
        Content::Choices(choices) => {
            let limit = match choices.style {
                ChoiceStyle::Buttons => renders.buttons,
                ChoiceStyle::QuickReplies => renders.quick_replies,
            };
            fits(limit, &choices.buttons)
                && choices.text.as_ref().is_none_or(|text| {
                    let beside = limit.and_then(|limit| limit.text);
                    is_within(text, beside.or(renders.text_limit))
                })
        }
        Content::Image(media) => renders.image && is_caption(media),
        Content::File(media) => renders.file && is_caption(media),
        Content::Audio(media) => renders.audio && is_caption(media),
        Content::Video(media) => renders.video && is_caption(media),
        Content::Cards(cards) => renders.cards.is_some_and(|limit| {
            let most = limit.max_buttons as usize;
            cards.len() <= limit.max_cards.max(1) as usize
                && cards.iter().all(|card| card.buttons.len() <= most)
        }),
        Content::Location(_) => renders.location,
        Content::Custom(_) => renders.custom,
        Content::Typing => renders.typing,
    };
    assert!(is_shown, "{content:?} on a channel of {renders:?}");
}

/// A single character cannot be made any shorter.
fn is_within(text: &str, limit: Option<TextLimit>) -> bool {
    let Some(limit) = limit else {
        return true;
    };
    let length = match limit.unit {
        LengthUnit::Characters => text.chars().count(),
        LengthUnit::Utf16Units => text.encode_utf16().count(),
        LengthUnit::Bytes => text.len(),
    };
    length <= limit.max as usize || text.chars().count() == 1
}

/// The words of a part that must be found again, in order.
fn said(content: &Content, renders: &Rendering) -> Vec<String> {
    let mut words = Vec::new();
    let mut add = |text: &Option<String>| words.extend(text.clone());
    match content {
        Content::Text(text) => add(&Some(text.text.clone())),
        Content::Choices(choices) => {
            add(&choices.text);
            add_buttons(&choices.buttons, renders, &mut add);
        }
        Content::Cards(cards) => {
            for card in cards {
                add(&card.title);
                add(&card.subtitle);
                add_buttons(&card.buttons, renders, &mut add);
            }
        }
        // A channel for files takes audio and video as such, source and all.
        Content::Audio(media) | Content::Video(media) if renders.file => add(&media.url),
        Content::Image(media)
        | Content::File(media)
        | Content::Audio(media)
        | Content::Video(media) => {
            add(&media.caption);
            add(media.url.as_ref().map_or(&media.source, |_| &media.url));
        }
        Content::Location(place) => {
            add(&place.title);
            add(&place.address);
            add(&Some(format!("{}, {}", place.latitude, place.longitude)));
        }
        Content::Custom(json) => add(&Some(json.clone())),
        Content::Typing => {}
    }
    words
}

/// Titles alone may be cut.
fn add_buttons(buttons: &[Button], renders: &Rendering, add: &mut impl FnMut(&Option<String>)) {
    let limits = [renders.buttons, renders.quick_replies];
    let is_cut = limits.iter().flatten().any(|limit| limit.title.is_some());
    for button in buttons {
        if !is_cut {
            add(&button.title);
        }
        add(&button.payload);
    }
}

/// What a reader sees of it.
fn shown(content: &Content) -> String {
    let words = match content {
        Content::Text(text) => text.text.clone(),
        Content::Choices(choices) => {
            let mut words = choices.text.clone().unwrap_or_default();
            for button in &choices.buttons {
                words.push_str(button.title.as_deref().unwrap_or_default());
                words.push_str(button.payload.as_deref().unwrap_or_default());
            }
            words
        }
        Content::Cards(cards) => {
            let shown = cards.iter().map(|card| {
                let words = [&card.title, &card.subtitle].map(|word| word.as_deref().unwrap_or(""));
                let button = |b: &Button| {
                    [&b.title, &b.payload]
                        .map(|w| w.clone().unwrap_or_default())
                        .concat()
                };
                words.concat() + &card.buttons.iter().map(button).collect::<String>()
            });
            shown.collect()
        }
        Content::Image(media)
        | Content::File(media)
        | Content::Audio(media)
        | Content::Video(media) => {
            let address = media.url.as_ref().or(media.source.as_ref());
            let words = [media.caption.as_ref(), address];
            words.into_iter().flatten().map(String::as_str).collect()
        }
        other => panic!("nothing is lowered to this: {other:?}"),
    };
    squeezed(&words)
}

/// Without white space, which a cut swallows.
fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

// --- from bytes ------------------------------------------------------------------------------------------------------

fn rendering(bytes: &mut Unstructured<'_>) -> Result<Rendering> {
    Ok(Rendering {
        text_limit: optional(bytes, text_limit)?,
        split_blank_lines: bytes.arbitrary()?,
        buttons: choice_limit(bytes)?,
        quick_replies: choice_limit(bytes)?,
        image: bytes.arbitrary()?,
        file: bytes.arbitrary()?,
        audio: bytes.arbitrary()?,
        video: bytes.arbitrary()?,
        caption_limit: optional(bytes, text_limit)?,
        cards: optional(bytes, |bytes| {
            Ok(CardLimit {
                max_cards: bytes.arbitrary::<u8>()?.into(),
                max_buttons: bytes.arbitrary::<u8>()?.into(),
            })
        })?,
        location: bytes.arbitrary()?,
        custom: bytes.arbitrary()?,
        typing: bytes.arbitrary()?,
    })
}

fn text_limit(bytes: &mut Unstructured<'_>) -> Result<TextLimit> {
    Ok(TextLimit {
        // Short as a rule: that is where something happens.
        max: match bytes.arbitrary::<u8>()? {
            255 => bytes.arbitrary()?,
            short => short.into(),
        },
        unit: *bytes.choose(&[
            LengthUnit::Characters,
            LengthUnit::Utf16Units,
            LengthUnit::Bytes,
        ])?,
    })
}

fn choice_limit(bytes: &mut Unstructured<'_>) -> Result<Option<ChoiceLimit>> {
    optional(bytes, |bytes| {
        Ok(ChoiceLimit {
            max_buttons: bytes.arbitrary::<u8>()?.into(),
            text: optional(bytes, text_limit)?,
            title: optional(bytes, text_limit)?,
            payload: optional(bytes, text_limit)?,
        })
    })
}

fn part(bytes: &mut Unstructured<'_>) -> Result<Part> {
    let content = match bytes.int_in_range(0..=9)? {
        0 => Content::Text(TextContent { text: text(bytes)? }),
        1 => Content::Choices(ChoicesContent {
            text: optional(bytes, text)?,
            style: *bytes.choose(&[ChoiceStyle::Buttons, ChoiceStyle::QuickReplies])?,
            buttons: several(bytes, button)?,
        }),
        2 => Content::Image(media(bytes)?),
        3 => Content::File(media(bytes)?),
        4 => Content::Audio(media(bytes)?),
        5 => Content::Video(media(bytes)?),
        6 => Content::Cards(several(bytes, card)?),
        7 => Content::Location(Location {
            latitude: bytes.arbitrary::<i32>()?.into(),
            longitude: bytes.arbitrary::<i32>()?.into(),
            title: optional(bytes, text)?,
            address: optional(bytes, text)?,
        }),
        8 => Content::Custom(json(bytes)?),
        _ => Content::Typing,
    };
    let extra = optional(bytes, json)?;
    Ok(Part { content, extra })
}

fn button(bytes: &mut Unstructured<'_>) -> Result<Button> {
    Ok(Button {
        title: optional(bytes, text)?,
        payload: optional(bytes, text)?,
        url: optional(bytes, text)?,
        extra: optional(bytes, json)?,
    })
}

fn card(bytes: &mut Unstructured<'_>) -> Result<Card> {
    Ok(Card {
        title: optional(bytes, text)?,
        subtitle: optional(bytes, text)?,
        image_url: optional(bytes, text)?,
        url: optional(bytes, text)?,
        buttons: several(bytes, button)?,
        extra: optional(bytes, json)?,
    })
}

fn media(bytes: &mut Unstructured<'_>) -> Result<MediaContent> {
    Ok(MediaContent {
        url: optional(bytes, text)?,
        caption: optional(bytes, text)?,
        name: optional(bytes, text)?,
        media_type: optional(bytes, text)?,
        source: optional(bytes, json)?,
    })
}

fn text(bytes: &mut Unstructured<'_>) -> Result<String> {
    Ok(bytes.arbitrary::<&str>()?.to_owned())
}

fn json(bytes: &mut Unstructured<'_>) -> Result<String> {
    let value = text(bytes)?;
    Ok(serde_json::json!({ "key": value }).to_string())
}

fn optional<T>(
    bytes: &mut Unstructured<'_>,
    read: impl FnOnce(&mut Unstructured<'_>) -> Result<T>,
) -> Result<Option<T>> {
    bytes.arbitrary::<bool>()?.then(|| read(bytes)).transpose()
}

fn several<T>(
    bytes: &mut Unstructured<'_>,
    mut read: impl FnMut(&mut Unstructured<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let count = bytes.int_in_range(0..=8)?;
    (0..count).map(|_| read(bytes)).collect()
}
