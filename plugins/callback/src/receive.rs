//! One request: taken over, and done.

use switchboard_sdk::rasa::Inbound;
use switchboard_sdk::{Host, Message, Refusal, Request, Response};

pub(crate) fn receive(host: &dyn Host, request: &Request) -> Result<Response, Refusal> {
    let message = Message {
        // As with Rasa, whatever the client says.
        input_channel: None,
        ..Inbound::parse(request)?.into_message()
    };
    host.accept(message.into())?;
    Ok(Response::text(200, "success"))
}
