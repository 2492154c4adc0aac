//! Addresses as Twilio writes them: `+15550000001` for SMS, `whatsapp:+15550000001` for WhatsApp, and so on.

/// The prefix that stands for WhatsApp.
pub(crate) const WHATSAPP: &str = "whatsapp";

/// The channel that an address belongs to; empty for SMS.
pub(crate) fn channel(address: &str) -> &str {
    address.split_once(':').map_or("", |(channel, _)| channel)
}

/// Whether the two belong to one channel: Twilio refuses a message from one to another.
pub(crate) fn agree(one: &str, other: &str) -> bool {
    channel(one) == channel(other)
}

/// A number of ours on the channel of `recipient`. SMS and WhatsApp share their numbers; of other channels, addresses are
/// names, and nothing can be made of them.
pub(crate) fn on_channel_of(recipient: &str, number: &str) -> String {
    match (channel(recipient), number.split_once(':')) {
        (WHATSAPP, None) => format!("{WHATSAPP}:{number}"),
        ("", Some((WHATSAPP, bare))) => bare.to_owned(),
        _ => number.to_owned(),
    }
}
