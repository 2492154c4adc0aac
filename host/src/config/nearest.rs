//! What somebody meant who wrote a name that does not exist.

/// Longer words are not compared: no name that exists is as long.
const MAX_WORD: usize = 64;

/// The candidate that differs from `word` by a slip: a third of its letters at most, case and
/// dashes aside.
pub(crate) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    if word.len() > MAX_WORD {
        return None;
    }
    let fold = |text: &str| text.to_lowercase().replace(['-', '.', ' '], "_");
    let word = fold(word);
    let allowed = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&word, &fold(candidate)), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Names for a message: each in backquotes, with commas between.
pub(crate) fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names
        .into_iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let known = ["slack", "slack_token", "telegram", "rest"];
        let table = [
            ("slak", Some("slack")),
            ("SLACK", Some("slack")),
            ("slack-token", Some("slack_token")),
            ("slakc_tokne", Some("slack_token")),
            ("telegramm", Some("telegram")),
            ("rset", Some("rest")),
            ("discord", None),
            ("", None),
        ];
        for (word, meant) in table {
            assert_eq!(nearest(word, known), meant, "{word}");
        }
        assert_eq!(nearest(&"a".repeat(1000), known), None);
    }
}
