//! `switchboard explain`.

use std::process::ExitCode;

use clap::Args;

use super::record::{Record, failed};
use crate::explain::{explain, now};

#[derive(Args, Debug)]
pub(super) struct Explain {
    #[command(flatten)]
    record: Record,
    /// The id of a message or of a part of an answer, Switchboard's or the platform's.
    #[arg(value_name = "ID")]
    id: String,
}

impl Explain {
    pub(super) async fn run(self) -> ExitCode {
        let id = self.id;
        self.record
            .with(async |store| match store.life(&id).await.map_err(failed)? {
                Some(life) => Ok(explain(&life, now())),
                None => Err(format!(
                    "nothing is known of a message {id:?}; hint: finished ones are forgotten after `keep` of the store, and \
                     `--data-dir` names the store"
                )),
            })
            .await
    }
}
