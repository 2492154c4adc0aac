//! A disk that can be full, and have room again: for the folder of a server's data.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::{Builder, Switchboard};

/// How large one of its own is, bytes.
const SIZE: u64 = 24 << 20;

/// A small disk.
#[derive(Debug)]
pub enum Disk {
    /// A file system of its own. Only who may mount can have one.
    Own(Mounted),
    /// The system's, where it lets the server write to no file while it is full.
    Limited,
}

/// A file system in memory.
#[derive(Debug)]
pub struct Mounted(TempDir);

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

impl Disk {
    /// Each kind that there is on this machine. The last needs no rights.
    ///
    /// # Panics
    ///
    /// When there is no temporary folder.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let size = format!("size={SIZE}");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "tmpfs"])
            .arg(folder.path())
            .output()
            .is_ok_and(|output| output.status.success());
        let own = mounted.then(|| Self::Own(Mounted(folder)));
        own.into_iter().chain([Self::Limited]).collect()
    }

    /// Has the server keep its data here.
    #[must_use]
    pub fn under(&self, builder: Builder) -> Builder {
        match self {
            Self::Own(disk) => builder.data(&disk.0.path().join("data")),
            // Who writes too much is killed by default; without the signal it hears of it as of a full disk.
            Self::Limited => builder.wrapped(&["sh", "-c", "trap '' XFSZ; exec \"$0\" \"$@\""]),
        }
    }

    /// Leaves no room.
    ///
    /// # Panics
    ///
    /// When it cannot.
    pub fn fill(&self, server: &Switchboard) {
        match self {
            Self::Own(_) => {
                let mut file = File::create(self.filler()).expect("a file");
                // By ever smaller pieces, to the last byte.
                for size in [1 << 20, 1 << 12, 1] {
                    while file.write_all(&vec![0; size]).is_ok() {}
                }
            }
            Self::Limited => limit(server, "0"),
        }
    }

    /// Makes room again.
    ///
    /// # Panics
    ///
    /// When it cannot.
    pub fn free(&self, server: &Switchboard) {
        match self {
            Self::Own(_) => fs::remove_file(self.filler()).expect("the file"),
            Self::Limited => limit(server, "unlimited"),
        }
    }

    fn filler(&self) -> PathBuf {
        let Self::Own(disk) = self else {
            panic!("nothing is filled where files are limited");
        };
        disk.0.path().join("filler")
    }
}

fn limit(server: &Switchboard, size: &str) {
    let status = Command::new("prlimit")
        .arg(format!("--pid={}", server.pid()))
        .arg(format!("--fsize={size}:"))
        .status()
        .expect("prlimit runs");
    assert!(status.success());
}

/// What lies in a folder: names and contents.
///
/// # Panics
///
/// When it cannot be read.
#[must_use]
pub fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut contents: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_file())
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy();
            (name.into_owned(), fs::read(&path).expect("a file"))
        })
        .collect();
    contents.sort();
    contents
}
