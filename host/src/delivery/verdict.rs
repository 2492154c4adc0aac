//! What becomes of a part after a try: the connector's word, weighed with the channel's policy.

use std::time::Duration;

use super::backoff;
use super::clock::{between, millis};
use super::metrics::Metrics;
use super::work::Policy;
use crate::bindings::connector::{RateLimit, RateScope, RecipientAbsence, Retry, SendError};
use crate::config::OnUnknown;
use crate::runtime::{CallError, Sent};
use crate::store::{Millis, Send, SendEnd};

/// How often a part is sent again of which nobody knows whether it went out.
const MAX_UNKNOWNS: u32 = 2;

/// How often a part is tried on which the connector itself fails.
const MAX_CONNECTOR_FAILURES: u32 = 3;

/// When a part that waits for its recipient is tried although nobody is known to have come.
const LOOK_AGAIN: Duration = Duration::from_secs(600);

/// Nobody is connected. No trouble of anybody's: visitors of a web page come and go.
const AWAY: &str = "recipient_away";

/// When a part is tried for which there was no place.
const NO_PLACE: Duration = Duration::from_secs(1);

/// Whose fault it is that a part did not go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Blame {
    /// It did, or the platform does not want this part.
    Nobody,
    /// The platform is in trouble, or does not know us.
    Platform,
    /// It says nothing of the platform.
    Unclear,
    /// There was no try.
    Untried,
}

/// What came of a try.
#[derive(Debug)]
pub(super) struct Verdict {
    pub(super) end: SendEnd,
    pub(super) blame: Blame,
    /// How long the whole channel is to pause.
    pub(super) pause: Option<Duration>,
    /// In the words of the contract; `sent` for success.
    reason: &'static str,
}

/// Judges a try.
pub(super) fn judge(sent: Sent, send: &Send, policy: &Policy, now: Millis) -> Verdict {
    let case = Case { send, policy, now };
    let error = match sent.outcome {
        Ok(Ok(receipt)) => {
            return Verdict {
                end: SendEnd::Sent {
                    receipt: receipt.id,
                },
                blame: Blame::Nobody,
                pause: None,
                reason: "sent",
            };
        }
        Ok(Err(error)) => error,
        Err(error) => return case.connector_failed(&error, sent.reached_out),
    };
    match error {
        SendError::Retry(Retry { after_ms, detail }) => {
            case.verdict("retry", Blame::Platform, case.again(after_ms, detail))
        }
        SendError::Unauthorized(text) => {
            let text = format!("the platform does not accept the channel's credentials: {text}");
            case.verdict("unauthorized", Blame::Platform, case.again(None, text))
        }
        SendError::RateLimited(RateLimit {
            after_ms,
            scope,
            detail,
        }) => {
            let end = case.again(after_ms, format!("the platform's rate limit: {detail}"));
            let pause = match &end {
                SendEnd::Again { at, .. } if scope == RateScope::Channel => Some(between(now, *at)),
                _ => None,
            };
            Verdict {
                pause,
                ..case.verdict("rate_limited", Blame::Unclear, end)
            }
        }
        SendError::UnknownOutcome(text) => {
            case.verdict("unknown_outcome", Blame::Platform, case.unknown(text))
        }
        SendError::WindowClosed(text) => case.failed(
            "window_closed",
            format!("the platform allows no message to this user now: {text}"),
        ),
        SendError::RecipientAway(absence) => case.away(absence),
        SendError::BlockedByUser(text) => case.failed(
            "blocked_by_user",
            format!("the user has blocked the bot: {text}"),
        ),
        SendError::Permanent(failure) => case.failed(
            "permanent",
            format!(
                "the platform refuses it ({}): {}",
                failure.code, failure.detail
            ),
        ),
        SendError::Unsupported(text) => {
            case.failed("unsupported", format!("the channel cannot show it: {text}"))
        }
    }
}

struct Case<'a> {
    send: &'a Send,
    policy: &'a Policy,
    now: Millis,
}

impl Case<'_> {
    fn verdict(&self, reason: &'static str, blame: Blame, end: SendEnd) -> Verdict {
        Verdict {
            end,
            blame,
            pause: None,
            reason,
        }
    }

    fn failed(&self, reason: &'static str, error: String) -> Verdict {
        self.verdict(reason, Blame::Nobody, SendEnd::Failed { error })
    }

    /// Tried again by the schedule, or given up where that would be too late.
    fn again(&self, after_ms: Option<u64>, error: String) -> SendEnd {
        let asked = after_ms.map(Duration::from_millis);
        let at = self.now + millis(backoff::delay(self.send.attempt, asked));
        if between(self.send.first_tried_at, at) > self.policy.hold {
            let tried = between(self.send.first_tried_at, self.now);
            let error = format!(
                "tried {} times in {tried:.1?}, which is as long as `limits.hold` lets it: {error}",
                self.send.attempt
            );
            return SendEnd::Failed { error };
        }
        SendEnd::Again {
            at,
            error,
            unknown: false,
        }
    }

    /// Waits until somebody comes, which `Delivery::arrived` is told, and is looked at now and then in case it was not.
    fn away(&self, absence: RecipientAbsence) -> Verdict {
        let RecipientAbsence { may_return, detail } = absence;
        let waited = between(self.send.first_tried_at, self.now);
        let end = if !may_return {
            SendEnd::Failed { error: detail }
        } else if waited >= self.policy.hold {
            let error = format!(
                "nobody came for it within {waited:.1?}, which is as long as `limits.hold` lets it wait: {detail}"
            );
            SendEnd::Failed { error }
        } else {
            let left = self.policy.hold.saturating_sub(waited);
            SendEnd::Again {
                at: self.now + millis(left.min(LOOK_AGAIN)),
                error: detail,
                unknown: false,
            }
        };
        self.verdict(AWAY, Blame::Nobody, end)
    }

    /// It may have gone out: the channel's policy decides.
    fn unknown(&self, error: String) -> SendEnd {
        if self.policy.on_unknown == OnUnknown::Park || self.send.unknowns >= MAX_UNKNOWNS {
            return SendEnd::Unknown { error };
        }
        match self.again(None, error) {
            SendEnd::Again { at, error, .. } => SendEnd::Again {
                at,
                error,
                unknown: true,
            },
            SendEnd::Failed { error } => SendEnd::Unknown { error },
            end => end,
        }
    }

    fn untried(&self, wait: Duration) -> Verdict {
        let at = self.now + millis(wait);
        self.verdict("untried", Blame::Untried, SendEnd::Untried { at })
    }

    /// The connector trapped or was late. If it had not asked anything of the platform, nothing went out.
    fn connector_failed(&self, error: &CallError, reached_out: bool) -> Verdict {
        let text = error.to_string();
        match error {
            CallError::Overloaded => self.untried(NO_PLACE),
            CallError::Failing { retry_after, .. } => self.untried(*retry_after),
            _ if reached_out => {
                self.verdict("connector_failed", Blame::Unclear, self.unknown(text))
            }
            _ if self.send.attempt >= MAX_CONNECTOR_FAILURES => Verdict {
                blame: Blame::Unclear,
                ..self.failed("connector_failed", text)
            },
            _ => self.verdict("connector_failed", Blame::Unclear, self.again(None, text)),
        }
    }
}

impl Verdict {
    /// To the operator.
    pub(super) fn tell(&self, metrics: &Metrics, channel: &str, send: &Send, took: Duration) {
        let part = send.id.to_string();
        let attempt = send.attempt;
        if self.reason == "sent" {
            tracing::debug!(channel, part, attempt, "sent");
            metrics.sent(channel, took);
            return;
        }
        if self.blame != Blame::Untried {
            metrics.send_failed(channel, self.reason, took);
        }
        if self.reason == AWAY {
            return self.tell_of_absence(metrics, channel, &part, attempt);
        }
        match &self.end {
            SendEnd::Again { error, unknown, .. } => {
                if *unknown {
                    metrics.unknown(channel, 1);
                    tracing::warn!(
                        channel,
                        part,
                        attempt,
                        "it may or may not have gone out, and is sent again: {error}"
                    );
                } else if attempt == 1 {
                    tracing::warn!(
                        channel,
                        part,
                        attempt,
                        "the part was not delivered, and is tried again: {error}"
                    );
                } else {
                    tracing::debug!(
                        channel,
                        part,
                        attempt,
                        "the part was not delivered, and is tried again: {error}"
                    );
                }
            }
            SendEnd::Failed { error } => {
                metrics.dead(channel, "part");
                tracing::error!(
                    channel,
                    part,
                    attempt,
                    "the part was not delivered: {error}; it is among the dead letters; hint: `switchboard explain {part}`"
                );
            }
            SendEnd::Unknown { error } => {
                metrics.unknown(channel, 1);
                metrics.dead(channel, "part");
                tracing::error!(
                    channel,
                    part,
                    attempt,
                    "nobody knows whether the part was delivered: {error}; it is among the dead letters; hint: \
                     `switchboard explain {part}`"
                );
            }
            SendEnd::Sent { .. } | SendEnd::Untried { .. } => {}
        }
    }

    /// Whether the part waits for somebody who has left.
    pub(super) fn waits_for_recipient(&self) -> bool {
        self.reason == AWAY && matches!(self.end, SendEnd::Again { .. })
    }

    fn tell_of_absence(&self, metrics: &Metrics, channel: &str, part: &str, attempt: u32) {
        match &self.end {
            SendEnd::Failed { error } => {
                metrics.dead(channel, "part");
                tracing::info!(
                    channel,
                    part,
                    attempt,
                    "the part was not delivered: {error}; it is among the dead letters"
                );
            }
            _ => tracing::debug!(channel, part, attempt, "the part waits for its recipient"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bindings::connector::{PermanentFailure, Receipt};
    use crate::bindings::types::{Content, Part, TextContent};
    use crate::store::{Lane, StateLimits, Uuid};

    const NOW: Millis = 1_000_000;

    fn send(attempt: u32, unknowns: u32) -> Send {
        Send {
            part: 1,
            id: Uuid::nil(),
            lane: Lane(1),
            conversation: "u".into(),
            reply: None,
            content: Part {
                content: Content::Text(TextContent { text: "t".into() }),
                extra: None,
            },
            attempt,
            unknowns,
            created_at: 0,
            first_tried_at: NOW,
        }
    }

    fn policy(on_unknown: OnUnknown) -> Policy {
        Policy {
            typing: false,
            on_unknown,
            hold: Duration::from_secs(60),
            queue: 1,
            rate: None,
            concurrency: 1,
            state: StateLimits { bytes: 1, keys: 1 },
        }
    }

    fn judged(
        outcome: Result<Result<Receipt, SendError>, CallError>,
        reached_out: bool,
    ) -> Verdict {
        let sent = Sent {
            outcome,
            reached_out,
        };
        judge(sent, &send(1, 0), &policy(OnUnknown::Resend), NOW)
    }

    fn said(error: SendError) -> Verdict {
        judged(Ok(Err(error)), true)
    }

    fn retry(after_ms: u64) -> SendError {
        SendError::Retry(Retry {
            after_ms: Some(after_ms),
            detail: "down".into(),
        })
    }

    #[test]
    fn what_the_platform_asks_for_is_kept_within_the_hold() {
        let verdict = said(retry(30_000));
        assert_eq!(verdict.blame, Blame::Platform);
        assert!(
            matches!(verdict.end, SendEnd::Again { at, unknown: false, .. } if at >= NOW + 30_000)
        );
        let verdict = said(retry(61_000));
        assert!(matches!(verdict.end, SendEnd::Failed { error } if error.contains("limits.hold")));
    }

    #[test]
    fn a_limit_of_the_whole_channel_pauses_it() {
        let limit = |scope| {
            said(SendError::RateLimited(RateLimit {
                after_ms: Some(20_000),
                scope,
                detail: "slow down".into(),
            }))
        };
        assert!(limit(RateScope::Channel).pause >= Some(Duration::from_secs(20)));
        assert_eq!(limit(RateScope::Conversation).pause, None);
    }

    #[test]
    fn what_never_works_is_not_tried_again() {
        for error in [
            SendError::WindowClosed("w".into()),
            SendError::BlockedByUser("b".into()),
            SendError::Unsupported("u".into()),
            SendError::Permanent(PermanentFailure {
                code: "400".into(),
                detail: "bad".into(),
            }),
        ] {
            let verdict = said(error);
            assert!(matches!(verdict.end, SendEnd::Failed { .. }), "{verdict:?}");
            assert_eq!(verdict.blame, Blame::Nobody, "the platform works");
        }
    }

    #[test]
    fn a_part_waits_for_whoever_may_return_as_long_as_the_hold() {
        let away = |may_return, tried_since| {
            let sent = Sent {
                outcome: Ok(Err(SendError::RecipientAway(RecipientAbsence {
                    may_return,
                    detail: "gone".into(),
                }))),
                reached_out: false,
            };
            let send = Send {
                first_tried_at: NOW - tried_since,
                ..send(9, 0)
            };
            judge(sent, &send, &policy(OnUnknown::Park), NOW)
        };
        let verdict = away(true, 20_000);
        assert!(matches!(verdict.end, SendEnd::Again { at, .. } if at == NOW + 40_000));
        assert_eq!(
            verdict.blame,
            Blame::Nobody,
            "no reason to pause the channel"
        );
        assert!(verdict.waits_for_recipient());
        let late = away(true, 60_000);
        assert!(matches!(late.end, SendEnd::Failed { error } if error.contains("limits.hold")));
        let gone = away(false, 0);
        assert!(!gone.waits_for_recipient());
        assert!(matches!(gone.end, SendEnd::Failed { error } if error == "gone"));
    }

    #[test]
    fn of_the_unknown_the_channel_decides_and_not_for_ever() {
        let unknown = |unknowns, on_unknown| {
            let sent = Sent {
                outcome: Ok(Err(SendError::UnknownOutcome("no answer".into()))),
                reached_out: true,
            };
            judge(sent, &send(1, unknowns), &policy(on_unknown), NOW).end
        };
        assert!(matches!(
            unknown(0, OnUnknown::Resend),
            SendEnd::Again { unknown: true, .. }
        ));
        assert!(matches!(
            unknown(2, OnUnknown::Resend),
            SendEnd::Unknown { .. }
        ));
        assert!(matches!(
            unknown(0, OnUnknown::Park),
            SendEnd::Unknown { .. }
        ));
    }

    #[test]
    fn a_connector_that_fails_may_have_reached_the_platform() {
        let late = || Err(CallError::TimedOut(Duration::from_secs(1)));
        assert!(matches!(
            judged(late(), true).end,
            SendEnd::Again { unknown: true, .. }
        ));
        assert!(matches!(
            judged(late(), false).end,
            SendEnd::Again { unknown: false, .. }
        ));
        assert!(matches!(
            judged(Err(CallError::Overloaded), false).end,
            SendEnd::Untried { .. }
        ));
        let sent = Sent {
            outcome: late(),
            reached_out: false,
        };
        let third = judge(sent, &send(3, 0), &policy(OnUnknown::Resend), NOW);
        assert!(matches!(third.end, SendEnd::Failed { .. }));
    }
}
