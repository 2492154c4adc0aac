//! Posts with buttons, in the shape in which Rasa writes them: Mattermost's message attachments.

use serde_json::{Value, json};
use switchboard_sdk::{Button, Card, ChoicesContent, JsonObject, SecretError, SendError};

use super::Channel;
use crate::activate;
use crate::place::without_null;
use crate::receive::{ACTION, PROOF, ROOT};
use crate::settings::MAX_BUTTONS;
use crate::verify;

pub(super) fn choices(channel: &Channel<'_>, choices: &ChoicesContent) -> Result<Value, SendError> {
    let text = choices.text.as_deref().unwrap_or_default();
    post(channel, text.to_owned(), json!({}), &choices.buttons)
}

/// As Rasa shows a card, with its image under the text, and its title leading to its page.
pub(super) fn card(channel: &Channel<'_>, card: &Card) -> Result<Value, SendError> {
    let title = card.title.as_deref().unwrap_or_default();
    let subtitle = card.subtitle.as_deref().unwrap_or_default();
    let title = match &card.url {
        Some(url) => link(title, url),
        None => title.to_owned(),
    };
    let attachment = json!({ "image_url": card.image_url });
    let text = [&title, " : ", subtitle].concat();
    post(channel, text, without_null(attachment), &card.buttons)
}

/// Links stand in the attachment's text, since no button of Mattermost opens a page.
fn post(
    channel: &Channel<'_>,
    mut text: String,
    mut attachment: Value,
    buttons: &[Button],
) -> Result<Value, SendError> {
    let (links, buttons): (Vec<&Button>, Vec<&Button>) =
        buttons.iter().partition(|button| button.url.is_some());
    let links = links.iter().filter_map(|button| {
        let url = button.url.as_deref()?;
        Some(link(button.label().unwrap_or(url), url))
    });
    let links: Vec<String> = links.collect();
    if !links.is_empty() {
        attachment["text"] = json!(links.join("\n"));
    }
    let webhook = activate::webhook(channel.host, channel.settings);
    let webhook =
        webhook.map_err(|_| SendError::retry(None, "the channel's state cannot be read"))?;
    match webhook {
        _ if buttons.is_empty() => {}
        Some(webhook) => {
            let actions = actions(channel, &webhook, &buttons)?;
            attachment["actions"] = json!(actions);
        }
        // They would lead nowhere.
        None => {
            for (index, button) in buttons.iter().enumerate() {
                text.push_str(&["\n", &(index + 1).to_string(), ": "].concat());
                text.push_str(button.label().unwrap_or("…"));
                if let Some(payload) = &button.payload {
                    text.push_str(&[" (", payload, ")"].concat());
                }
            }
        }
    }
    let mut post = json!({ "message": text.trim_start_matches('\n') });
    if attachment != json!({}) {
        post["props"] = json!({ "attachments": [attachment] });
    }
    Ok(post)
}

/// A row of buttons, or one menu where that would be too long. A button without a payload says its title.
fn actions(
    channel: &Channel<'_>,
    webhook: &str,
    buttons: &[&Button],
) -> Result<Vec<Value>, SecretError> {
    let title = |button: &Button| button.label().unwrap_or("…").to_owned();
    let payload = |button: &Button| {
        let payload = button.payload.clone();
        payload
            .filter(|payload| !payload.is_empty())
            .unwrap_or_else(|| title(button))
    };
    if buttons.len() > MAX_BUTTONS {
        let options = buttons
            .iter()
            .map(|button| json!({ "text": title(button), "value": payload(button) }));
        let options: Vec<Value> = options.collect();
        let mut menu = json!({ "name": "…", "type": "select", "options": options });
        menu["integration"] = json!({ "url": webhook, "context": {} });
        sign(channel, &channel.id, &mut menu["integration"]["context"])?;
        return Ok(vec![menu]);
    }
    let action = |button: &&Button| {
        let mut action = json!({ "name": title(button), "type": "button" });
        let style = JsonObject::or_empty(button.extra.as_ref()).filled("style");
        if let Some(style) = style.filter(|style| is_style(style)) {
            action["style"] = json!(style);
        }
        let context = json!({ ACTION: payload(button) });
        action["integration"] = json!({ "url": webhook, "context": context });
        sign(channel, &channel.id, &mut action["integration"]["context"])?;
        Ok(action)
    };
    buttons.iter().map(action).collect()
}

/// Puts thread and proof into a context.
fn sign(channel: &Channel<'_>, id: &str, context: &mut Value) -> Result<(), SecretError> {
    let root = channel.target.root.as_deref().filter(|_| id == channel.id);
    if let Some(root) = root {
        context[ROOT] = json!(root);
    }
    // As it is read when it comes back.
    let filled = |name: &str| context[name].as_str().filter(|text| !text.is_empty());
    let button = verify::Button {
        channel: id,
        root: filled(ROOT),
        action: filled(ACTION),
    };
    let proof = verify::sign(channel.host, channel.settings, &button)?;
    context[PROOF] = json!(proof);
    Ok(())
}

/// Signs the buttons of a post that the bot wrote itself. One that leads elsewhere is none of ours, and is left alone.
pub(super) fn sign_custom(channel: &Channel<'_>, post: &mut Value) -> Result<(), SendError> {
    let id = post["channel_id"]
        .as_str()
        .unwrap_or(&channel.id)
        .to_owned();
    let webhook = activate::webhook(channel.host, channel.settings);
    let webhook =
        webhook.map_err(|_| SendError::retry(None, "the channel's state cannot be read"))?;
    let Some(webhook) = webhook else {
        return Ok(());
    };
    let Some(attachments) = post
        .pointer_mut("/props/attachments")
        .and_then(Value::as_array_mut)
    else {
        return Ok(());
    };
    let actions = attachments
        .iter_mut()
        .filter_map(|attachment| attachment.get_mut("actions")?.as_array_mut())
        .flatten();
    for action in actions {
        let Some(integration) = action.get_mut("integration").and_then(Value::as_object_mut) else {
            continue;
        };
        let url = integration.entry("url").or_insert(Value::Null);
        if url.is_null() {
            *url = json!(webhook);
        }
        if *url != json!(webhook) {
            continue;
        }
        let context = integration.entry("context").or_insert(Value::Null);
        if !context.is_object() {
            *context = json!({});
        }
        sign(channel, &id, context)?;
    }
    Ok(())
}

/// In Mattermost's Markdown.
fn link(text: &str, url: &str) -> String {
    let text = text.replace('[', "\\[").replace(']', "\\]");
    ["[", &text, "](", &url.replace(')', "%29"), ")"].concat()
}

/// A word of Mattermost's, or a colour; newer servers complain of anything else.
fn is_style(style: &str) -> bool {
    let words = ["default", "primary", "success", "good", "warning", "danger"];
    let colour = style.strip_prefix('#').unwrap_or_default();
    let is_colour =
        [3, 6].contains(&colour.len()) && colour.bytes().all(|byte| byte.is_ascii_hexdigit());
    words.contains(&style) || is_colour
}
