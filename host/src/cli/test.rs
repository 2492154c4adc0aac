//! `switchboard test`.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::{Configuration, FAILURE, WRONG_CALL};
use crate::cases::{CaseFile, Player};
use crate::runtime::Runtime;

#[derive(Args, Debug)]
pub(super) struct Test {
    #[command(flatten)]
    configuration: Configuration,
    /// The connector: a component's path, or the name of one that is built in.
    #[arg(value_name = "CONNECTOR")]
    connector: String,
    /// Files of cases.
    #[arg(value_name = "CASES.yaml", required = true)]
    files: Vec<PathBuf>,
}

/// A line, if anybody still reads: what `head` has cut off is not missed.
fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

impl Test {
    pub(super) async fn run(self) -> ExitCode {
        if let Err(text) = self.configuration.log.start() {
            eprintln!("error: {text}");
            return ExitCode::from(WRONG_CALL);
        }
        let files: Result<Vec<_>, String> = self
            .files
            .iter()
            .map(|path| Ok((path, CaseFile::read(path)?)))
            .collect();
        let started = async { Ok::<_, String>((files?, self.player().await?)) };
        let (files, player) = match started.await {
            Ok(started) => started,
            Err(text) => {
                eprintln!("error: {text}");
                return ExitCode::from(WRONG_CALL);
            }
        };
        let (mut played, mut failed) = (0, 0);
        for (path, file) in files {
            for case in &file.cases {
                played += 1;
                if let Err(differences) = player.play(&file, case).await {
                    failed += 1;
                    say(&format!("{}: {}", path.display(), case.name));
                    for text in differences {
                        say(&format!("  {}", text.replace('\n', "\n  ")));
                    }
                }
            }
        }
        say(&format!("{played} cases, {failed} failed"));
        if failed == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(FAILURE)
        }
    }

    async fn player(&self) -> Result<Player, String> {
        let cache = self.configuration.data_dir.join("cache/components");
        let runtime = Runtime::new(Some(&cache))?;
        let path = Path::new(&self.connector);
        let is_file = path.extension().is_some() || path.exists();
        let connector = if is_file {
            runtime.load_file(path, None).await?
        } else {
            runtime.load_builtin(&self.connector).await?
        };
        Ok(Player::new(runtime, connector))
    }
}
