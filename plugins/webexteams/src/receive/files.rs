//! Files that came with a message. Webex gives addresses that only the bot's token opens; name, type and size stand in
//! the headers there, and whether the file may be fetched yet.

use std::time::Duration;

use serde_json::{Value, json};
use switchboard_sdk::{Attachment, HttpResponse, JsonObject};

use super::Context;
use crate::api;

/// How many files are asked about; Webex's clients send one or a few. The others are handed on as addresses.
const MAX_ASKED: usize = 5;

/// How many files are handed on.
const MAX_FILES: usize = 100;

/// How long the message waits for it.
const PATIENCE: Duration = Duration::from_secs(3);

/// The files, and those of them that Webex does not give out now: 423 while it checks them, 428 if it cannot.
pub(super) fn attachments(
    context: &Context<'_>,
    message: &JsonObject,
) -> (Vec<Attachment>, Vec<Value>) {
    let files: Vec<Value> = message.value("files").unwrap_or_default();
    let is_voice = message.is_true("isVoiceClip");
    let mut blocked = Vec::new();
    let mut asked = 0;
    let urls = files.iter().filter_map(Value::as_str).take(MAX_FILES);
    let attachments = urls.map(|url| {
        let mut attachment = Attachment {
            url: Some(url.to_owned()),
            ..Attachment::new("file")
        };
        if asked < MAX_ASKED && api::is_of(context.settings, url) {
            asked += 1;
            let request = api::at(context.settings, "HEAD", url).timeout(PATIENCE);
            match context.host.fetch(request) {
                Ok(answer) if (200..300).contains(&answer.status) => {
                    describe(&mut attachment, &answer);
                }
                Ok(answer) => blocked.push(block(url, &answer)),
                // One that does not answer makes the message wait long enough.
                Err(_) => asked = MAX_ASKED,
            }
        }
        if is_voice {
            "audio".clone_into(&mut attachment.kind);
        }
        attachment
    });
    let attachments = attachments.collect();
    (attachments, blocked)
}

fn describe(attachment: &mut Attachment, answer: &HttpResponse) {
    let kind = answer.header("content-type").unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    Attachment::kind_of(kind).clone_into(&mut attachment.kind);
    attachment.media_type = Some(kind.to_ascii_lowercase()).filter(|kind| !kind.is_empty());
    attachment.name = answer.header("content-disposition").and_then(file_name);
    attachment.size = answer
        .header("content-length")
        .and_then(|size| size.trim().parse().ok());
}

/// The name in `attachment; filename="report.pdf"` (RFC 6266).
fn file_name(disposition: &str) -> Option<String> {
    let (_, value) = disposition.split_once("filename=")?;
    let name = match value.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => value.split(';').next(),
    };
    let name = name?.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

fn block(url: &str, answer: &HttpResponse) -> Value {
    let seconds = answer.retry_after().map(|after| after.as_secs());
    json!({ "url": url, "status": answer.status, "retryAfter": seconds })
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn names_of_files() {
        for (header, name) in [
            (r#"attachment; filename="a b.pdf""#, Some("a b.pdf")),
            ("attachment; filename=a.pdf; size=3", Some("a.pdf")),
            (r#"attachment; filename="a"#, Some("a")),
            (r#"attachment; filename="""#, None),
            ("attachment", None),
            ("", None),
        ] {
            assert_eq!(file_name(header).as_deref(), name, "{header}");
        }
    }
}
