//! Handles of the host's without end: each waits for a time that never comes.

wit_bindgen::generate!({
    inline: r"
        package hostile:handles;

        world handles {
            import wasi:clocks/monotonic-clock@0.2.0;
        }

        package wasi:io@0.2.0 {
            interface poll {
                resource pollable {
                    ready: func() -> bool;
                    block: func();
                }
                poll: func(in: list<borrow<pollable>>) -> list<u32>;
            }
        }

        package wasi:clocks@0.2.0 {
            interface monotonic-clock {
                use wasi:io/poll@0.2.0.{pollable};
                type instant = u64;
                type duration = u64;
                now: func() -> instant;
                resolution: func() -> duration;
                subscribe-instant: func(when: instant) -> pollable;
                subscribe-duration: func(when: duration) -> pollable;
            }
        }
    ",
    generate_all,
});

use wasi::clocks::monotonic_clock::subscribe_duration;

/// Takes so many, and tells how many those were.
pub(crate) fn hoard(most: usize) -> usize {
    let handles: Vec<_> = (0..most).map(|_| subscribe_duration(u64::MAX)).collect();
    handles.len()
}
