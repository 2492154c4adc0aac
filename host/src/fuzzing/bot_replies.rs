//! A bot's answer: whatever it sends becomes replies and then parts that every channel can be given, or an error.

use bytes::Bytes;
use serde_json::Value;

use super::lowering::{everything, nothing};
use crate::bindings::types::{BotError, Content, Part};
use crate::bot::{self, Shape};
use crate::content::answer::{self, Budget};
use crate::content::responses::Responses;

/// A line that says how the bot answers, then its answer. The line is `rasa`, `lines` or `webhook`, and after a space
/// how many bytes come at a time.
///
/// # Panics
///
/// When it depends on how the bytes come, or a part holds JSON that is none.
pub fn bot_replies(input: &[u8]) {
    let Some(end) = memchr::memchr(b'\n', input) else {
        return;
    };
    let (line, answer) = (&input[..end], &input[end + 1..]);
    let line = String::from_utf8_lossy(line);
    let mut words = line.split(' ');
    let shape = match words.next() {
        Some("rasa") => Shape::Rasa,
        Some("lines") => Shape::RasaLines,
        Some("webhook") => Shape::Webhook,
        _ => return,
    };
    let size: usize = words.next().and_then(|word| word.parse().ok()).unwrap_or(1);
    let whole = read(shape, vec![Bytes::copy_from_slice(answer)]);
    let pieces = answer.chunks(size.max(1)).map(Bytes::copy_from_slice);
    let in_pieces = read(shape, pieces.collect());
    assert_eq!(
        text(&whole),
        text(&in_pieces),
        "it depends on how the bytes come"
    );

    let responses = Responses::default();
    for renders in [nothing(), everything()] {
        let mut budget = Budget::default();
        for reply in whole.0.clone() {
            match answer::parts(reply, &responses, "rest", &renders, &mut budget) {
                Ok(parts) => parts.iter().for_each(check),
                Err(_) => break,
            }
        }
    }
}

/// The replies, and what ended them if they did not end by themselves.
type Heard = (Vec<Value>, Option<BotError>);

/// Values differ from themselves where a number is too large for both sides; texts do not.
fn text(heard: &Heard) -> String {
    format!("{heard:?}")
}

fn read(shape: Shape, pieces: Vec<Bytes>) -> Heard {
    let mut heard = Vec::new();
    let reading = async {
        let mut replies = bot::read(shape, pieces).await?;
        while let Some(reply) = replies.next().await? {
            heard.push(reply);
        }
        Ok(())
    };
    let ended: Result<(), BotError> = super::block_on(reading);
    (heard, ended.err())
}

/// What is JSON by contract is.
fn check(part: &Part) {
    let is_json = |text: &Option<String>| {
        if let Some(text) = text {
            crate::json::check(text).unwrap_or_else(|error| panic!("{error}: {text}"));
        }
    };
    is_json(&part.extra);
    match &part.content {
        Content::Custom(json) => is_json(&Some(json.clone())),
        Content::Choices(choices) => {
            choices
                .buttons
                .iter()
                .for_each(|button| is_json(&button.extra));
        }
        Content::Image(media)
        | Content::File(media)
        | Content::Audio(media)
        | Content::Video(media) => {
            is_json(&media.source);
        }
        Content::Cards(cards) => {
            for card in cards {
                is_json(&card.extra);
                card.buttons
                    .iter()
                    .for_each(|button| is_json(&button.extra));
            }
        }
        Content::Text(_) | Content::Location(_) | Content::Typing => {}
    }
}
