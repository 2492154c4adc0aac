//! Headers, as inbound and outbound requests and responses share them.

use crate::Header;

/// The first value under a name in any case, if it is text.
pub(crate) fn get<'headers>(headers: &'headers [Header], name: &str) -> Option<&'headers str> {
    let (_, value) = headers
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))?;
    std::str::from_utf8(value).ok()
}

/// Sets a header in the place of all of that name.
pub(crate) fn set(headers: &mut Vec<Header>, name: &str, value: &str) {
    headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    headers.push((name.to_ascii_lowercase(), value.as_bytes().to_vec()));
}
