//! How long to wait before the next try.
//!
//! A platform that stumbles is back within seconds, one that is down stays so for minutes: the waits double up to one
//! minute and stay there, so that whoever recovers is found out soon. They are spread, so that what failed together does
//! not come back together. A wait that the platform asked for is kept, for it knows more than we do.

use std::time::Duration;

/// The wait after the first try, the second …, seconds; the last holds for all that follow.
const SCHEDULE: [u64; 7] = [1, 2, 4, 8, 16, 30, 60];

/// A wait is longer or shorter than the schedule's by up to this part of it.
const SPREAD: f64 = 0.2;

/// The longest wait, whatever a platform asks for: a wrong date in its answer must not park a part for years.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// The wait after try `attempt` (1 for the first) has failed; `asked` is what the platform asked for.
///
/// From 0.8 s up to 72 s by the schedule, never less than `asked`, never more than 24 hours.
pub(crate) fn delay(attempt: u32, asked: Option<Duration>) -> Duration {
    spread(attempt, asked, rand::random())
}

/// `chance` is from 0 to 1.
fn spread(attempt: u32, asked: Option<Duration>, chance: f64) -> Duration {
    let index = usize::try_from(attempt.saturating_sub(1)).unwrap_or(usize::MAX);
    let scheduled = Duration::from_secs(SCHEDULE[index.min(SCHEDULE.len() - 1)]);
    scheduled
        .mul_f64(1.0 - SPREAD + 2.0 * SPREAD * chance)
        .max(asked.unwrap_or_default())
        .min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_doubles_up_to_a_minute() {
        for (attempt, seconds) in [
            (0, 1),
            (1, 1),
            (2, 2),
            (3, 4),
            (4, 8),
            (5, 16),
            (6, 30),
            (7, 60),
            (8, 60),
            (u32::MAX, 60),
        ] {
            let scheduled = Duration::from_secs(seconds);
            assert_eq!(spread(attempt, None, 0.5), scheduled, "attempt {attempt}");
            assert_eq!(spread(attempt, None, 0.0), scheduled * 4 / 5);
            assert_eq!(spread(attempt, None, 1.0), scheduled * 6 / 5);
        }
    }

    #[test]
    fn what_failed_together_does_not_come_back_together() {
        let delays: Vec<_> = (0..100).map(|_| delay(4, None)).collect();
        let bounds = Duration::from_millis(6_400)..=Duration::from_millis(9_600);
        assert!(
            delays.iter().all(|delay| bounds.contains(delay)),
            "{delays:?}"
        );
        let (least, most) = (delays.iter().min(), delays.iter().max());
        assert!(most > least, "all the same: {most:?}");
    }

    #[test]
    fn what_the_platform_asks_for_is_kept() {
        let seconds = Duration::from_secs;
        for chance in [0.0, 0.5, 1.0] {
            assert_eq!(spread(1, Some(seconds(90)), chance), seconds(90));
            assert_eq!(spread(7, Some(seconds(1)), chance), spread(7, None, chance));
            assert_eq!(spread(1, Some(Duration::MAX), chance), seconds(86_400));
        }
    }
}
