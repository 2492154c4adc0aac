//! Cases: what goes into a connector, and what must come out.
//!
//! A case is a request of the platform, with the answer that it must get and the events that the bot must hear of; the same
//! from a client that speaks Socket.IO; something that the bot says, with the calls to the platform, or what is emitted to
//! clients, that it must become; or the registration of the webhook, or its removal. The connector is the real component, in the real runtime; the platform's answers and the time are the case's.

mod clients;
mod difference;
mod file;
mod outcome;
mod play;
mod world;

pub use self::difference::difference;
pub use self::file::{
    Activation, Answer, Call, Case, CaseFile, Connection, Emission, Expected, Inbound, Nothing,
    Outbound,
};
pub use self::play::Player;
