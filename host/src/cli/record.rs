//! What is on record, beside a server that may be running: the commands that look into the store.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::{FAILURE, WRONG_CALL};
use crate::store::{Sqlite, Store, StoreError};

/// What names the store.
#[derive(Args, Debug)]
pub(super) struct Record {
    /// Where the server keeps what outlasts it.
    #[arg(long, value_name = "FOLDER", default_value = "data")]
    data_dir: PathBuf,
}

/// What came of a command, for people: what it prints, or what is wrong.
pub(super) type Outcome = Result<String, String>;

impl Record {
    /// Has `work` done on the store, and says what came of it.
    pub(super) async fn with(&self, work: impl AsyncFnOnce(&dyn Store) -> Outcome) -> ExitCode {
        let store = match Sqlite::visit(&self.data_dir) {
            Ok(store) => store,
            Err(error) => {
                eprintln!("error: {error}");
                return ExitCode::from(WRONG_CALL);
            }
        };
        match work(&store).await {
            Ok(text) => {
                // Who reads only the beginning has closed the pipe, and wants no more.
                let _ = std::io::stdout().write_all(text.as_bytes());
                ExitCode::SUCCESS
            }
            Err(text) => {
                eprintln!("error: {text}");
                ExitCode::from(FAILURE)
            }
        }
    }
}

pub(super) fn failed(error: StoreError) -> String {
    error.to_string()
}
