//! How many of something in which time: `limits.rate`, `limits.log_rate`.
//!
//! A token bucket: it holds up to `burst` tokens, one of them takes one, and they come back at `per_second`. It is kept as
//! the time at which the bucket is full again, in whole nanoseconds; a count of tokens in floating point would drift, and
//! whoever came back at the very time that it was told would at times be too early.

use std::time::Duration;

use tokio::time::Instant;

/// A token bucket, full at first.
#[derive(Clone, Debug)]
pub(crate) struct Bucket {
    /// In which one token comes back.
    interval: Duration,
    /// As long as the bucket is full again no later than after this, there is a token in it.
    tolerance: Duration,
    /// When it is full. `None`: it is.
    full_at: Option<Instant>,
}

/// A token at least every so often, whatever the rate: what is out of all bounds must not overflow either.
const LONGEST_INTERVAL: Duration = Duration::from_secs(24 * 60 * 60);

impl Bucket {
    /// `per_second` is above 0; a rate below one in 24 hours is taken for that. `burst` is at least 1, else it is taken
    /// for 1: an empty bucket of no size would never let anything through.
    pub(crate) fn new(per_second: f64, burst: f64) -> Self {
        let interval = Duration::try_from_secs_f64(per_second.recip())
            .unwrap_or(LONGEST_INTERVAL)
            .min(LONGEST_INTERVAL);
        let waiting = interval.as_secs_f64() * (burst.max(1.0) - 1.0);
        Self {
            interval,
            tolerance: Duration::try_from_secs_f64(waiting).unwrap_or(LONGEST_INTERVAL),
            full_at: None,
        }
    }

    /// Takes a token.
    ///
    /// # Errors
    ///
    /// How long until there is one, if nobody else takes it.
    pub(crate) fn try_take(&mut self, now: Instant) -> Result<(), Duration> {
        let full_at = self.full_at.map_or(now, |at| at.max(now));
        let wait = (full_at - now).saturating_sub(self.tolerance);
        if !wait.is_zero() {
            return Err(wait);
        }
        self.full_at = Some(full_at + self.interval);
        Ok(())
    }

    /// Gives back a token that was not needed.
    pub(crate) fn put_back(&mut self) {
        self.full_at = self.full_at.and_then(|at| at.checked_sub(self.interval));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    #[test]
    fn a_burst_then_the_rate() {
        let start = Instant::now();
        let mut bucket = Bucket::new(2.0, 3.0);
        for _ in 0..3 {
            assert_eq!(bucket.try_take(start), Ok(()));
        }
        assert_eq!(bucket.try_take(start), Err(seconds(0.5)));
        assert_eq!(bucket.try_take(start + seconds(0.2)), Err(seconds(0.3)));
        assert_eq!(bucket.try_take(start + seconds(0.5)), Ok(()));
        assert_eq!(bucket.try_take(start + seconds(0.5)), Err(seconds(0.5)));
        // A long rest fills it, and no more than that.
        let rested = start + seconds(3600.0);
        for _ in 0..3 {
            assert_eq!(bucket.try_take(rested), Ok(()));
        }
        assert_eq!(bucket.try_take(rested), Err(seconds(0.5)));
    }

    #[test]
    fn who_comes_when_told_is_not_too_early() {
        for rate in [0.3, 3.0, 7.0, 30.0, 999.0] {
            let mut bucket = Bucket::new(rate, 2.5);
            let start = Instant::now();
            let mut now = start;
            for _ in 0..10_000 {
                while let Err(wait) = bucket.try_take(now) {
                    now += wait;
                    assert_eq!(bucket.clone().try_take(now), Ok(()), "at {rate} a second");
                }
            }
            let expected = (10_000.0 - 2.5) / rate;
            let took = (now - start).as_secs_f64();
            assert!(
                (took - expected).abs() < 0.001,
                "{took} s at {rate} a second"
            );
        }
    }

    #[test]
    fn a_token_given_back_is_there_again() {
        let start = Instant::now();
        let mut bucket = Bucket::new(1.0, 1.0);
        bucket.put_back();
        assert_eq!(bucket.try_take(start), Ok(()));
        assert_eq!(bucket.try_take(start), Err(seconds(1.0)));
        bucket.put_back();
        assert_eq!(bucket.try_take(start), Ok(()));
        assert_eq!(bucket.try_take(start), Err(seconds(1.0)));
    }

    #[test]
    fn times_out_of_order_do_no_harm() {
        let start = Instant::now();
        let mut bucket = Bucket::new(1.0, 1.0);
        assert_eq!(bucket.try_take(start + seconds(10.0)), Ok(()));
        assert_eq!(bucket.try_take(start + seconds(9.0)), Err(seconds(2.0)));
        assert_eq!(bucket.try_take(start + seconds(11.0)), Ok(()));
    }

    #[test]
    fn rates_out_of_all_bounds() {
        let start = Instant::now();
        for (rate, burst) in [
            (0.0, 0.0),
            (-1.0, f64::NAN),
            (f64::MIN_POSITIVE, 1.0),
            (f64::NAN, 1.0),
        ] {
            let mut bucket = Bucket::new(rate, burst);
            assert_eq!(bucket.try_take(start), Ok(()));
            assert_eq!(bucket.try_take(start), Err(LONGEST_INTERVAL), "{rate}");
        }
        let mut bucket = Bucket::new(f64::INFINITY, f64::INFINITY);
        assert!((0..1_000).all(|_| bucket.try_take(start).is_ok()));
    }
}
