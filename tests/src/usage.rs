//! What a process takes of the machine, as Linux counts it.

use std::fs;
use std::time::Duration;

/// Clock ticks a second in /proc/PID/stat, on every Linux.
const TICKS: f64 = 100.0;

/// The processor time that a process has used so far.
///
/// # Panics
///
/// When there is no such process, or this is no Linux.
#[must_use]
pub fn processor_time(pid: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("Linux");
    let after_name = stat.rsplit(") ").next().expect("fields");
    let fields: Vec<&str> = after_name.split(' ').collect();
    let ticks: f64 = fields[11..13]
        .iter()
        .map(|ticks| ticks.parse::<f64>().expect("a number"))
        .sum();
    Duration::from_secs_f64(ticks / TICKS)
}

/// The memory of a process that is in use, MiB.
///
/// # Panics
///
/// As [`processor_time`].
#[must_use]
pub fn resident_memory(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("Linux");
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .expect("a size");
    let kib: f64 = line
        .split_whitespace()
        .nth(1)
        .expect("a number")
        .parse()
        .expect("a number");
    kib / 1024.0
}

/// Has this process, and what it starts from now on, open so many files at a time: sockets count.
///
/// # Panics
///
/// When the system does not allow it.
pub fn allow_files(count: u64) {
    let allowed = rlimit::increase_nofile_limit(u64::MAX).expect("a limit");
    assert!(
        allowed >= count,
        "the system allows {allowed} open files, and {count} are needed; hint: `ulimit -Hn`"
    );
}
