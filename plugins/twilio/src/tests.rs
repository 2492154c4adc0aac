//! The connector's rules against the fake host, as far as cases cannot show them.

mod receive;
mod send;
mod settings;

use switchboard_sdk::fake::FakeHost;

use crate::Twilio;

const SETTINGS: &str =
    r#"{"account_sid":"AC1","auth_token":"12345","twilio_number":"+15005550006"}"#;
const OPEN: &str = r#"{"account_sid":"AC1","auth_token":"12345","verify_signature":false}"#;

fn channel() -> FakeHost<Twilio> {
    FakeHost::new(SETTINGS)
}
