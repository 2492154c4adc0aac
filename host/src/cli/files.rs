//! How many files the system lets this process have open: sockets count, and most systems begin with 1,024.

/// Files that are no callers' connections: the store, the connections of connectors and to the bot, the program's own.
const OTHERS: u64 = 512;

/// The least that is left for callers where the system allows very little.
const LEAST: u64 = 16;

/// Asks for as many open files as the system allows, and gives how many connections of callers may be: `wanted`, or
/// fewer where these would leave too few files for everything else.
pub(super) fn connections(wanted: u32) -> usize {
    let allowed = match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(allowed) => allowed,
        Err(error) => {
            tracing::warn!("the limit of open files is left as it is: {error}");
            return wanted as usize;
        }
    };
    let most = allowed.saturating_sub(OTHERS).max(LEAST);
    if u64::from(wanted) > most {
        tracing::warn!(
            "{most} connections at a time, not {wanted}: the system allows {allowed} open files; hint: raise its limit \
             (`ulimit -n`, or LimitNOFILE of a systemd service) to {} or more",
            u64::from(wanted) + OTHERS
        );
    }
    usize::try_from(most.min(wanted.into())).unwrap_or(usize::MAX)
}
