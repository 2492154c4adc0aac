//! Answers beyond the size of a message.

use serde_json::{Value, json};
use switchboard_sdk::{Content, MediaContent, Part};

use super::answer;

/// What is left for the text of an answer.
const TEXT: usize = 32_000 - 100 - "{}".len() - "\"\"".len();

fn shown(texts: &[&str]) -> String {
    let answer = answer(texts.iter().map(|text| Part::text(*text)).collect());
    let size = answer.to_string().len();
    assert!(size <= 32_000, "{size}");
    answer["text"].as_str().expect("a text").to_owned()
}

fn image(letter: &str, length: usize) -> Part {
    let url = "https://example.com/".to_owned() + &letter.repeat(length);
    Content::Image(MediaContent::at(url)).into()
}

fn custom(json: &Value) -> Part {
    Content::Custom(json.to_string()).into()
}

#[test]
fn a_text_is_cut() {
    let fits = "x".repeat(TEXT);
    assert!(shown(&[&fits]) == fits);
    let cut = "x".repeat(TEXT - "…".len()) + "…";
    assert!(shown(&[&(fits + "x")]) == cut);
}

#[test]
fn several_are_cut_as_one() {
    let [one, two] = ["x", "y"].map(|letter| letter.repeat(20_000));
    let all = format!("{one}\n{two}");
    // The end of a line takes two bytes in JSON.
    let cut = all[..TEXT - 1 - "…".len()].to_owned() + "…";
    assert!(shown(&[&one, &two]) == cut);
}

#[test]
fn bytes_count_and_no_character_is_cut_in_two() {
    let cut = shown(&[&"ä".repeat(TEXT)]);
    let letters = cut.strip_suffix('…').expect("cut");
    assert!(letters.chars().all(|letter| letter == 'ä'));
    assert!(cut.len() <= TEXT && cut.len() > TEXT - 4, "{}", cut.len());
}

#[test]
fn what_json_writes_longer_is_cut_sooner() {
    let cut = shown(&[&"\"".repeat(20_000)]);
    assert!(cut.len() > 10_000, "{}", cut.len());
}

#[test]
fn of_many_cards_as_many_as_fit() {
    let answer = answer(vec![
        image("a", 12_000),
        image("b", 12_000),
        image("c", 12_000),
    ]);
    let cards = answer["cards"].as_array().expect("cards");
    let letters: Vec<_> = cards
        .iter()
        .map(|card| card["sections"][0]["widgets"][0]["image"]["imageUrl"].as_str())
        .map(|url| url.and_then(|url| url.chars().last()))
        .collect();
    assert_eq!(letters, [Some('a'), Some('b')]);
}

#[test]
fn a_text_beside_cards_is_one_of_them() {
    let answer = answer(vec![Part::text("x".repeat(20_000)), image("b", 12_000)]);
    let cards = answer["cards"].as_array().expect("cards");
    assert_eq!(cards.len(), 1);
    assert!(cards[0].to_string().contains("textParagraph"));
}

#[test]
fn a_card_that_fits_nowhere_shows_nothing() {
    assert_eq!(answer(vec![image("a", 32_000)]), json!({}));
}

#[test]
fn what_else_custom_json_says_takes_its_place() {
    let said = json!({"text": "y".repeat(20_000), "fallbackText": "x".repeat(20_000)});
    let answer = answer(vec![custom(&said)]);
    assert!(answer["fallbackText"] == said["fallbackText"]);
    let text = answer["text"].as_str().expect("a text");
    assert!(
        text.ends_with("y…") && text.len() > 11_000,
        "{}",
        text.len()
    );
    assert!(answer.to_string().len() <= 32_000);
}
