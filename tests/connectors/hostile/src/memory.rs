//! A look at all of the linear memory.

/// How often a text stands in memory. It is given backwards, so that it is not found where it was given.
#[cfg(target_family = "wasm")]
pub(crate) fn count_reversed(reversed: &[u8]) -> usize {
    const PAGE: usize = 64 << 10;
    /// Nothing stands at the very beginning, and a pointer to it would be null.
    const START: usize = 16;
    let end = core::arch::wasm32::memory_size(0) * PAGE;
    #[expect(
        unsafe_code,
        reason = "what does not belong to it is what a hostile connector looks at"
    )]
    // SAFETY: all of it is mapped, and nothing else runs or writes while it is read.
    let memory = unsafe { std::slice::from_raw_parts(START as *const u8, end - START) };
    let windows = memory.windows(reversed.len().max(1));
    windows
        .filter(|window| window.iter().eq(reversed.iter().rev()))
        .count()
}

/// There is but one linear memory that is meant.
#[cfg(not(target_family = "wasm"))]
pub(crate) fn count_reversed(_reversed: &[u8]) -> usize {
    0
}
