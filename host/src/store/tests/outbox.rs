//! Parts out, in order, and never lost silently.

use super::*;
use crate::bindings::types::{DeliveryStatus, StatusUpdate};
use crate::store::CutOff;

fn sent(receipt: &str) -> SendEnd {
    SendEnd::Sent {
        receipt: Some(receipt.into()),
    }
}

#[tokio::test]
async fn parts_leave_in_order_one_at_a_time() {
    let f = Fixture::new().await;
    let first = f.sending(&["1", "2"]).await;
    assert_eq!((text(&first), first.attempt), ("1", 1));
    assert_eq!(first.reply.as_deref(), Some("{\"to\":\"u\"}"));
    assert!(
        f.claim_sends(NOW).await.work.is_empty(),
        "the lane is taken"
    );
    let more = Enqueue {
        channel: f.channel,
        conversation: "u".into(),
        parts: vec![part("3")],
        start: true,
    };
    assert!(
        f.store
            .enqueue(f.node, more, NOW)
            .await
            .expect("enqueued")
            .is_none()
    );

    let again = SendEnd::Again {
        at: NOW + 500,
        error: "no answer".into(),
        unknown: false,
    };
    assert!(f.close_send(&first, again).await.is_none());
    assert!(
        f.claim_sends(NOW).await.work.is_empty(),
        "nothing overtakes it"
    );
    let claimed = f.claim_sends(NOW + 500).await;
    assert_eq!((text(&claimed.work[0]), claimed.work[0].attempt), ("1", 2));
    assert_eq!(claimed.work[0].id, first.id);
    let second = f
        .close_send(&claimed.work[0], sent("r1"))
        .await
        .expect("the next");
    assert_eq!(text(&second), "2");
    let third = f
        .close_send(&second, SendEnd::Failed { error: "no".into() })
        .await
        .expect("the next");
    assert_eq!(text(&third), "3");
    assert!(f.close_send(&third, sent("r3")).await.is_none());

    let letters = f
        .store
        .dead_letters(Letters::default(), 10)
        .await
        .expect("read");
    assert_eq!(letters.len(), 1);
    assert_eq!((letters[0].id, letters[0].state), (second.id, "failed"));
    assert_eq!(f.store.replay(Letters::default(), NOW).await, Ok(1));
    let claimed = f.claim_sends(NOW).await;
    assert_eq!((text(&claimed.work[0]), claimed.work[0].attempt), ("2", 2));
}

#[tokio::test]
async fn a_send_that_was_cut_off_is_unknown_and_the_channel_decides() {
    for (policy, resent) in [(OnUnknown::Resend, true), (OnUnknown::Park, false)] {
        let f = Fixture::with(policy).await;
        let cut_off = f.sending(&["1", "2"]).await;
        let heir = f.store.join(NOW).await.expect("joined");
        let recovered = f
            .store
            .recover(heir, Millis::MAX, Millis::MAX, NOW)
            .await
            .expect("recovered");
        let count = CutOff {
            channel: "test".into(),
            resent: u64::from(resent),
            parked: u64::from(!resent),
        };
        assert_eq!(recovered.sends, [count]);
        let claimed = f
            .store
            .claim_sends(heir, f.channel, 10, NOW)
            .await
            .expect("claimed");
        let next = &claimed.work[0];
        let life = f.life(cut_off.id).await;
        assert!(life.notes[0].text.contains("may or may not"), "{life:?}");
        if resent {
            assert_eq!((text(next), next.attempt, next.unknowns), ("1", 2, 1));
        } else {
            assert_eq!(text(next), "2");
            assert_eq!(life.parts[0].state, PartState::Unknown);
        }
        // Whoever was taken for dead has no say any more.
        let late = CloseSend {
            part: cut_off.part,
            lane: cut_off.lane,
            end: sent("r"),
            start: true,
        };
        let late = f.store.close_send(f.node, late, NOW).await;
        assert_eq!(late.err(), Some(StoreError::Lost));
    }
}

#[tokio::test]
async fn a_part_is_not_sent_again_for_ever() {
    let f = Fixture::new().await;
    f.sending(&["1"]).await;
    let mut outcomes = vec![];
    for _ in 0..3 {
        let node = f.store.join(NOW).await.expect("joined");
        outcomes.push(
            f.store
                .recover(node, Millis::MAX, Millis::MAX, NOW)
                .await
                .expect("recovered"),
        );
        f.store
            .claim_sends(node, f.channel, 1, NOW)
            .await
            .expect("claimed");
    }
    let counts = |count: fn(&CutOff) -> u64| -> Vec<u64> {
        let sends = outcomes.iter().flat_map(|outcome| &outcome.sends);
        sends.map(count).collect()
    };
    assert_eq!(counts(|send| send.resent), [1, 1, 0]);
    assert_eq!(counts(|send| send.parked), [0, 0, 1]);
}

#[tokio::test]
async fn untried_is_no_attempt() {
    let f = Fixture::new().await;
    let send = f.sending(&["1"]).await;
    f.close_send(&send, SendEnd::Untried { at: NOW }).await;
    assert_eq!(f.claim_sends(NOW).await.work[0].attempt, 1);
}

#[tokio::test]
async fn a_status_never_moves_backwards() {
    let f = Fixture::new().await;
    let send = f.sending(&["1"]).await;
    let tell = |id: &str, status| {
        let mut batch = f.batch(vec![], 0);
        batch.statuses = vec![StatusUpdate {
            id: id.into(),
            status,
            detail: Some("why".into()),
        }];
        f.store.accept(f.node, batch, NOW)
    };
    // Before the receipt is on record.
    tell("r1", DeliveryStatus::Delivered)
        .await
        .expect("accepted");
    tell("r1", DeliveryStatus::Sent).await.expect("accepted");
    f.close_send(&send, sent("r1")).await;
    let status = || async { f.life(send.id).await.parts[0].status };
    assert_eq!(status().await, Some("delivered"));
    tell("r1", DeliveryStatus::Sent).await.expect("accepted");
    let late = tell("r1", DeliveryStatus::Failed).await.expect("accepted");
    assert_eq!(status().await, Some("delivered"));
    assert!(late.failed.is_empty());
    tell("r1", DeliveryStatus::Read).await.expect("accepted");
    assert_eq!(status().await, Some("read"));

    let send = f.sending(&["2"]).await;
    f.close_send(&send, sent("r2")).await;
    let failed = tell("r2", DeliveryStatus::Failed).await.expect("accepted");
    assert_eq!(failed.failed, [send.id]);
    let letters = f
        .store
        .dead_letters(Letters::default(), 10)
        .await
        .expect("read");
    assert_eq!(letters[0].id, send.id);
    assert!(letters[0].error.ends_with("why"), "{}", letters[0].error);
}

#[tokio::test]
async fn conversations_know_their_latest_channel_and_lives_are_found_by_any_id() {
    let f = Fixture::new().await;
    let other = f
        .store
        .channel("other", OnUnknown::Park)
        .await
        .expect("a channel");
    assert_eq!(f.store.latest_channel("u").await, Ok(None));
    let accepted = f.accept(vec![event(Some("m1"), "u", "hi")], 1).await;
    let closed = f
        .close(&accepted.turns[0], TurnEnd::Answered(vec![part("1")]))
        .await;
    f.close_send(&closed.send.expect("a send"), sent("r1"))
        .await;
    let proactive = Enqueue {
        channel: other,
        conversation: "u".into(),
        parts: vec![part("2")],
        start: false,
    };
    f.store
        .enqueue(f.node, proactive, NOW + 5)
        .await
        .expect("enqueued");
    assert_eq!(f.store.latest_channel("u").await, Ok(Some("test".into())));
    let mut batch = f.batch(vec![event(None, "u", "hi")], 0);
    batch.channel = other;
    f.store
        .accept(f.node, batch, NOW + 9)
        .await
        .expect("accepted");
    assert_eq!(f.store.latest_channel("u").await, Ok(Some("other".into())));

    for id in ["m1", "r1", &accepted.turns[0].id.to_string()] {
        let life = f.store.life(id).await.expect("read").expect("a life");
        assert_eq!(
            life.event.expect("an event").id,
            accepted.turns[0].id,
            "{id}"
        );
        assert_eq!(life.parts.len(), 1);
    }
    assert!(f.store.life("nobody").await.expect("read").is_none());
    let depths = f.store.depths().await.expect("read");
    let of = |label: &str| {
        depths
            .iter()
            .find(|d| d.channel == label)
            .cloned()
            .expect("a channel")
    };
    assert_eq!((of("other").turns, of("other").parts), (1, 1));
    assert_eq!((of("test").turns, of("test").parts), (0, 0));
}

#[tokio::test]
async fn what_is_old_goes_and_what_waits_stays() {
    let f = Fixture::new().await;
    let accepted = f.accept(vec![event(Some("m1"), "u", "1")], 1).await;
    let closed = f
        .close(&accepted.turns[0], TurnEnd::Answered(vec![part("1")]))
        .await;
    f.close_send(&closed.send.expect("a send"), sent("r1"))
        .await;
    let dead = f.accept(vec![event(None, "v", "2")], 1).await;
    f.close(&dead.turns[0], TurnEnd::Dead { error: "no".into() })
        .await;
    f.accept(vec![event(None, "w", "3")], 0).await;
    let retention = Retention {
        finished: Duration::from_millis(10),
        dead: Duration::from_millis(100),
        conversations: Duration::from_millis(1_000),
    };
    let sweep = |after| f.store.sweep(retention, NOW + after);
    assert_eq!(sweep(10).await, Ok(0));
    assert_eq!(sweep(11).await, Ok(2), "an event and a part");
    assert!(f.store.life("r1").await.expect("read").is_none());
    assert_eq!(sweep(101).await, Ok(1), "the dead letter");
    let day = 24 * 3_600_000;
    assert_eq!(sweep(9 * day).await, Ok(1), "the platform's id");
    assert_eq!(f.claim(NOW).await.work.len(), 1, "what waits is there");
    assert_eq!(
        f.store.latest_channel("u").await,
        Ok(None),
        "an unused conversation is gone"
    );
}
