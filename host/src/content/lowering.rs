//! A part as those that a channel renders.
//!
//! Where Rasa has a fallback of its own, it is Rasa's: its users know what a channel without buttons shows. Text is
//! split at blank lines first, as there, then at the platform's limit on the best boundary that is not far off.

use serde_json::Value;

use super::answer::{Budget, TooMuch};
use crate::bindings::connector::{ChoiceLimit, LengthUnit, Rendering, TextLimit};
use crate::bindings::types::{
    Button, Card, ChoiceStyle, ChoicesContent, Content, MediaContent, Part, TextContent,
};

/// What to send in place of `part`; several, or none where there is nothing to show.
///
/// # Errors
///
/// When these come to more than `budget` has left.
pub fn lower(part: Part, renders: &Rendering, budget: &mut Budget) -> Result<Vec<Part>, TooMuch> {
    let Part { content, extra } = part;
    let mut out = Out {
        contents: Vec::new(),
        extra: extra.as_ref().map_or(0, String::len),
        budget,
        full: None,
    };
    lower_content(content, renders, &mut out);
    let Out { contents, full, .. } = out;
    match full {
        Some(too_much) => Err(too_much),
        None => Ok(contents
            .into_iter()
            .map(|content| Part {
                content,
                extra: extra.clone(),
            })
            .collect()),
    }
}

/// What comes out, counted.
struct Out<'a> {
    contents: Vec<Content>,
    /// Bytes that go along with each.
    extra: usize,
    budget: &'a mut Budget,
    /// That there is no room for more. Whatever comes then is not kept.
    full: Option<TooMuch>,
}

impl Out<'_> {
    fn push(&mut self, content: Content) {
        if self.full.is_some() {
            return;
        }
        match self.budget.take(self.extra) {
            Ok(()) => self.contents.push(content),
            Err(too_much) => self.full = Some(too_much),
        }
    }

    fn push_text(&mut self, text: &str) {
        self.push(Content::Text(TextContent {
            text: text.to_owned(),
        }));
    }

    /// A caption that does not fit goes ahead.
    fn push_media(
        &mut self,
        mut media: MediaContent,
        renders: &Rendering,
        kind: fn(MediaContent) -> Content,
    ) {
        let caption = media.caption.take_if(|caption| {
            let limit = renders.caption_limit;
            limit.is_some_and(|limit| limit.max == 0 || fitting(caption, limit) < caption.len())
        });
        if let Some(caption) = caption.filter(|caption| !caption.is_empty()) {
            lower_text(&caption, renders, self);
        }
        self.push(kind(media));
    }

    fn is_full(&self) -> bool {
        self.full.is_some()
    }
}

fn lower_content(content: Content, renders: &Rendering, out: &mut Out<'_>) {
    match content {
        Content::Text(TextContent { text }) => lower_text(&text, renders, out),
        Content::Choices(choices) => lower_choices(choices, renders, out),
        Content::Cards(cards) => lower_cards(cards, renders, out),
        Content::Image(media) if !renders.image => lower_media("Image", media, renders, out),
        Content::Audio(media) if !renders.audio && renders.file => {
            lower_content(Content::File(media), renders, out);
        }
        Content::Video(media) if !renders.video && renders.file => {
            lower_content(Content::File(media), renders, out);
        }
        Content::File(media) if !renders.file => lower_media("Attachment", media, renders, out),
        Content::Audio(media) if !renders.audio => lower_media("Audio", media, renders, out),
        Content::Video(media) if !renders.video => lower_media("Video", media, renders, out),
        Content::Location(place) if !renders.location => {
            let words = [
                place.title,
                place.address,
                Some(format!("{}, {}", place.latitude, place.longitude)),
            ];
            let text: Vec<String> = words.into_iter().flatten().collect();
            lower_text(&text.join("\n"), renders, out);
        }
        Content::Custom(json) if !renders.custom => lower_text(&json, renders, out),
        Content::Typing if !renders.typing => {}
        Content::Image(media) => out.push_media(media, renders, Content::Image),
        Content::File(media) => out.push_media(media, renders, Content::File),
        Content::Audio(media) => out.push_media(media, renders, Content::Audio),
        Content::Video(media) => out.push_media(media, renders, Content::Video),
        rendered => out.push(rendered),
    }
}

/// Cards in as few parts as they fit in, in order; one with more buttons than fit becomes choices.
fn lower_cards(cards: Vec<Card>, renders: &Rendering, out: &mut Out<'_>) {
    let Some(limit) = renders.cards else {
        for card in cards {
            lower_choices(card_as_choices(card), renders, out);
        }
        return;
    };
    let mut together: Vec<Card> = Vec::new();
    let most = limit.max_cards.max(1) as usize;
    for card in cards {
        if out.is_full() {
            return;
        }
        let fits = card.buttons.len() <= limit.max_buttons as usize;
        if !together.is_empty() && (!fits || together.len() == most) {
            out.push(Content::Cards(std::mem::take(&mut together)));
        }
        if fits {
            together.push(card);
        } else {
            lower_choices(card_as_choices(card), renders, out);
        }
    }
    if !together.is_empty() {
        out.push(Content::Cards(together));
    }
}

fn lower_text(text: &str, renders: &Rendering, out: &mut Out<'_>) {
    let paragraphs = renders.split_blank_lines.then(|| text.trim().split("\n\n"));
    let whole = (!renders.split_blank_lines).then_some(text);
    for paragraph in paragraphs.into_iter().flatten().chain(whole) {
        for piece in split_at_limit(paragraph, renders.text_limit) {
            if out.is_full() {
                return;
            }
            out.push_text(piece);
        }
    }
}

fn lower_choices(mut choices: ChoicesContent, renders: &Rendering, out: &mut Out<'_>) {
    let mut styles = [
        (ChoiceStyle::Buttons, renders.buttons),
        (ChoiceStyle::QuickReplies, renders.quick_replies),
    ];
    // The one that the bot wants comes first.
    styles.sort_by_key(|(style, _)| *style != choices.style);
    let style = styles
        .into_iter()
        .filter_map(|(style, limit)| Some((style, limit?)))
        .find(|(_, limit)| fit(&choices.buttons, limit));
    let text = choices.text.take().filter(|text| !text.is_empty());
    let Some((style, limit)) = style else {
        if let Some(text) = text {
            lower_text(&text, renders, out);
        }
        for (index, button) in choices.buttons.into_iter().enumerate() {
            if out.is_full() {
                return;
            }
            lower_text(&numbered(index + 1, button), renders, out);
        }
        return;
    };
    // The buttons go with the last piece of a text that is too long.
    let beside = limit.text.or(renders.text_limit);
    let pieces = text.iter();
    let mut pieces = pieces
        .flat_map(|text| split_at_limit(text, beside))
        .peekable();
    let mut last = None;
    while let Some(piece) = pieces.next() {
        if out.is_full() {
            return;
        }
        if pieces.peek().is_some() {
            out.push_text(piece);
        } else {
            last = Some(piece.to_owned());
        }
    }
    if let Some(limit) = limit.title {
        for title in choices.buttons.iter_mut().flat_map(|b| &mut b.title) {
            shorten(title, limit);
        }
    }
    out.push(Content::Choices(ChoicesContent {
        text: last,
        style,
        ..choices
    }));
}

/// Whether the buttons can be shown as such.
fn fit(buttons: &[Button], limit: &ChoiceLimit) -> bool {
    let too_long = |payload: &String| {
        let limit = limit.payload;
        limit.is_some_and(|limit| fitting(payload, limit) < payload.len())
    };
    let mut payloads = buttons.iter().filter_map(|button| button.payload.as_ref());
    buttons.len() <= limit.max_buttons as usize && !payloads.any(too_long)
}

/// Cuts a text that is longer than the limit, and says so with an ellipsis.
fn shorten(text: &mut String, limit: TextLimit) {
    const ELLIPSIS: char = '…';
    if fitting(text, limit) == text.len() {
        return;
    }
    let mut left = (limit.max as usize).saturating_sub(size(ELLIPSIS, limit.unit));
    let end = text.char_indices().find_map(|(at, c)| {
        let rest = left.checked_sub(size(c, limit.unit));
        rest.map_or(Some(at), |rest| {
            left = rest;
            None
        })
    });
    text.truncate(end.unwrap_or(text.len()));
    text.push(ELLIPSIS);
}

/// `1: Title (payload) - {"further": "keys"}`, as Rasa prints a button.
fn numbered(number: usize, button: Button) -> String {
    let mut text = format!("{number}: {}", button.title.unwrap_or_default());
    if let Some(payload) = button.payload.filter(|payload| !payload.is_empty()) {
        text.push_str(&format!(" ({payload})"));
    }
    let mut further = match button.extra.as_deref().map(serde_json::from_str) {
        Some(Ok(Value::Object(keys))) => keys,
        _ => serde_json::Map::new(),
    };
    if let Some(url) = button.url {
        further.insert("url".into(), url.into());
    }
    if !further.is_empty() {
        text.push_str(&format!(" - {}", Value::Object(further)));
    }
    text
}

fn card_as_choices(card: Card) -> ChoicesContent {
    let text = format!(
        "{} : {}",
        card.title.unwrap_or_default(),
        card.subtitle.unwrap_or_default()
    );
    ChoicesContent {
        text: Some(text),
        style: ChoiceStyle::Buttons,
        buttons: card.buttons,
    }
}

fn lower_media(what: &str, media: MediaContent, renders: &Rendering, out: &mut Out<'_>) {
    let address = media.url.or(media.source).unwrap_or_default();
    let text = match media.caption {
        Some(caption) => format!("{caption}\n{address}"),
        None => format!("{what}: {address}"),
    };
    lower_text(&text, renders, out);
}

/// Pieces no longer than the limit, at least one. A text within it stays as it is.
fn split_at_limit(text: &str, limit: Option<TextLimit>) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest.take()?;
        let end = limit.map_or(text.len(), |limit| fitting(text, limit));
        if end == text.len() {
            return Some(text);
        }
        let cut = boundary(&text[..end]);
        rest = Some(text[cut..].trim_start()).filter(|rest| !rest.is_empty());
        Some(text[..cut].trim_end())
    })
}

/// How many bytes of `text` are within the limit; at least one character, so that there is always progress.
fn fitting(text: &str, limit: TextLimit) -> usize {
    let max = limit.max as usize;
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += size(c, limit.unit);
        if used > max && at > 0 {
            return at;
        }
    }
    text.len()
}

fn size(c: char, unit: LengthUnit) -> usize {
    match unit {
        LengthUnit::Characters => 1,
        LengthUnit::Utf16Units => c.len_utf16(),
        LengthUnit::Bytes => c.len_utf8(),
    }
}

/// Where to cut: after a line, a sentence or a word, the first of these that leaves at least half; else at the end.
fn boundary(text: &str) -> usize {
    for mark in ["\n", ". ", " "] {
        if let Some(at) = text.rfind(mark)
            && at >= text.len() / 2
        {
            return at + mark.len();
        }
    }
    text.len()
}

#[cfg(test)]
pub(super) mod tests;
