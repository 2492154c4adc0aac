//! The rules for what a connector may answer.

use crate::bindings::types::Header;

/// Headers of one response.
pub(crate) const MAX_HEADERS: usize = 100;
/// Names and values of all headers of one response, bytes.
pub(crate) const MAX_HEADER_BYTES: usize = 32 << 10;

/// Headers that frame the message, which is the host's work.
const HOSTS_OWN: [&str; 8] = [
    "connection",
    "content-length",
    "date",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Whether a status and headers can be sent.
///
/// # Errors
///
/// What breaks which rule.
pub(crate) fn check_head(status: u16, headers: &[Header]) -> Result<(), String> {
    if !(200..=599).contains(&status) {
        return Err(format!("the status {status} is not within 200 to 599"));
    }
    if headers.len() > MAX_HEADERS {
        return Err(format!("{} headers, over {MAX_HEADERS}", headers.len()));
    }
    let bytes: usize = headers
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    if bytes > MAX_HEADER_BYTES {
        return Err(format!("{bytes} bytes of headers, over {MAX_HEADER_BYTES}"));
    }
    for (name, value) in headers {
        let parsed = http::HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| format!("{name:?} is not a header name"))?;
        if HOSTS_OWN.contains(&parsed.as_str()) {
            return Err(format!("the header `{parsed}` belongs to the host"));
        }
        http::HeaderValue::from_bytes(value)
            .map_err(|_| format!("the value of the header `{parsed}` has a control character"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_http_allows() {
        let header = |name: &str, value: &str| (name.to_owned(), value.as_bytes().to_vec());
        assert_eq!(
            check_head(200, &[header("content-type", "text/plain")]),
            Ok(())
        );
        assert!(check_head(100, &[]).is_err());
        assert!(check_head(999, &[]).is_err());
        assert!(check_head(200, &[header("a b", "")]).is_err());
        assert!(check_head(200, &[header("a", "b\r\nset-cookie: c")]).is_err());
        assert!(check_head(200, &[header("Content-Length", "3")]).is_err());
        assert!(check_head(200, &vec![header("a", "b"); 101]).is_err());
        assert!(check_head(200, &[header("a", &"b".repeat(40_000))]).is_err());
    }
}
