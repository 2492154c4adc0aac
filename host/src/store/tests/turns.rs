//! Events in, in order, once.

use super::*;

#[tokio::test]
async fn a_lane_gives_one_turn_at_a_time_in_order() {
    let f = Fixture::new().await;
    let events = vec![
        event(None, "u", "1"),
        event(None, "u", "2"),
        event(None, "v", "3"),
    ];
    let accepted = f.accept(events, 10).await;
    assert_eq!(accepted.taken, 3);
    let texts: Vec<_> = accepted.turns.iter().map(said).collect();
    assert_eq!(texts, ["1", "3"], "one turn for each lane");
    let later = f.accept(vec![event(None, "u", "4")], 10).await;
    assert!(later.turns.is_empty(), "the lane is taken");
    assert!(f.claim(NOW).await.work.is_empty());

    let second = f
        .close(&accepted.turns[0], TurnEnd::Answered(vec![]))
        .await
        .next
        .expect("the next");
    assert_eq!(said(&second), "2");
    let third = f
        .close(&second, TurnEnd::Answered(vec![]))
        .await
        .next
        .expect("the next");
    assert_eq!(said(&third), "4");
    assert!(
        f.close(&third, TurnEnd::Answered(vec![]))
            .await
            .next
            .is_none()
    );
    // The lane is idle again, so the next one begins at once.
    assert_eq!(
        f.accept(vec![event(None, "u", "5")], 10).await.turns.len(),
        1
    );
}

#[tokio::test]
async fn without_room_events_wait_for_a_claim() {
    let f = Fixture::new().await;
    let events = vec![
        event(None, "u", "1"),
        event(None, "v", "2"),
        event(None, "u", "3"),
    ];
    assert!(f.accept(events, 0).await.turns.is_empty());
    assert!(
        f.accept(vec![event(None, "u", "4")], 5)
            .await
            .turns
            .is_empty(),
        "others wait before it"
    );
    let claimed = f.claim(NOW).await;
    let texts: Vec<_> = claimed.work.iter().map(said).collect();
    assert_eq!(texts, ["1", "2"]);
    assert_eq!(claimed.next_due, None);
}

#[tokio::test]
async fn the_same_event_is_taken_once() {
    let f = Fixture::new().await;
    let copies = (0..64).map(|_| {
        let batch = f.batch(vec![event(Some("m1"), "u", "hi")], 1);
        f.store.accept(f.node, batch, NOW)
    });
    let all = futures_util::future::join_all(copies).await;
    let all: Vec<_> = all
        .into_iter()
        .map(|accepted| accepted.expect("accepted"))
        .collect();
    assert_eq!(all.iter().map(|a| a.taken).sum::<usize>(), 1);
    assert_eq!(all.iter().map(|a| a.duplicates).sum::<usize>(), 63);
    assert_eq!(all.iter().map(|a| a.turns.len()).sum::<usize>(), 1);

    // Another channel's ids are its own, and an event without an id is never a repetition.
    let other = f
        .store
        .channel("other", OnUnknown::Park)
        .await
        .expect("a channel");
    let mut batch = f.batch(vec![event(Some("m1"), "u", "hi")], 1);
    batch.channel = other;
    assert_eq!(
        f.store
            .accept(f.node, batch, NOW)
            .await
            .expect("accepted")
            .taken,
        1
    );
    let nameless = vec![event(None, "u", "hi"), event(None, "u", "hi")];
    assert_eq!(f.accept(nameless, 1).await.taken, 2);

    // After the window it is a new one.
    let later = NOW + 8 * 24 * 3_600_000 + 1;
    let batch = f.batch(vec![event(Some("m1"), "u", "hi")], 1);
    assert_eq!(
        f.store
            .accept(f.node, batch.clone(), later - 2)
            .await
            .expect("accepted")
            .taken,
        0
    );
    assert_eq!(
        f.store
            .accept(f.node, batch, later)
            .await
            .expect("accepted")
            .taken,
        1
    );
}

#[tokio::test]
async fn a_bot_that_is_down_holds_its_lane_alone() {
    let f = Fixture::new().await;
    let events = vec![
        event(None, "u", "1"),
        event(None, "u", "2"),
        event(None, "v", "3"),
    ];
    let accepted = f.accept(events, 10).await;
    let again = TurnEnd::Again {
        at: NOW + 1_000,
        error: "down".into(),
    };
    assert!(f.close(&accepted.turns[0], again).await.next.is_none());
    let claimed = f.claim(NOW).await;
    assert!(claimed.work.is_empty());
    assert_eq!(claimed.next_due, Some(NOW + 1_000));
    let claimed = f.claim(NOW + 1_000).await;
    assert_eq!(said(&claimed.work[0]), "1");
    assert_eq!(
        (claimed.work[0].attempts, claimed.work[0].failing_since),
        (1, Some(NOW))
    );

    // Given up, it makes way, and is still there.
    let dead = TurnEnd::Dead {
        error: "down".into(),
    };
    let next = f
        .close(&claimed.work[0], dead)
        .await
        .next
        .expect("the next");
    assert_eq!(said(&next), "2");
    let letters = f
        .store
        .dead_letters(Letters::default(), 10)
        .await
        .expect("read");
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].payload["message"]["text"], "1");
    let life = f.life(letters[0].id).await;
    assert_eq!(life.event.expect("an event").state, EventState::Dead);
    assert_eq!(life.notes.len(), 2);

    // Replayed, it comes before what waits behind it.
    f.accept(vec![event(None, "u", "4")], 0).await;
    let one = Letters {
        id: Some(letters[0].id),
        ..Letters::default()
    };
    assert_eq!(f.store.replay(one.clone(), NOW).await, Ok(1));
    assert_eq!(f.store.replay(one, NOW).await, Ok(0));
    let next = f
        .close(&next, TurnEnd::Answered(vec![]))
        .await
        .next
        .expect("the next");
    assert_eq!((said(&next), next.attempts), ("1", 0));
}

#[tokio::test]
async fn untouched_spends_no_attempt() {
    let f = Fixture::new().await;
    let accepted = f.accept(vec![event(None, "u", "1")], 1).await;
    f.close(&accepted.turns[0], TurnEnd::Untouched).await;
    let turn = &f.claim(NOW).await.work[0];
    assert_eq!((said(turn), turn.attempts), ("1", 0));
}

#[tokio::test]
async fn what_a_dead_node_held_is_taken_back_and_its_writes_are_refused() {
    let f = Fixture::new().await;
    let accepted = f.accept(vec![event(None, "u", "1")], 1).await;
    let turn = &accepted.turns[0];
    let heir = f.store.join(NOW + 60_000).await.expect("joined");
    let recover = |silent_since| {
        f.store
            .recover(heir, silent_since, Millis::MAX, NOW + 60_000)
    };
    assert_eq!(
        recover(NOW).await.expect("recovered").turns,
        0,
        "the node was heard of in time"
    );
    assert_eq!(f.store.heartbeat(f.node, NOW + 1_000).await, Ok(true));
    assert_eq!(recover(NOW + 1_000).await.expect("recovered").turns, 0);
    assert_eq!(recover(NOW + 1_001).await.expect("recovered").turns, 1);
    assert_eq!(f.store.heartbeat(f.node, NOW + 2_000).await, Ok(false));

    let claimed = f
        .store
        .claim_turns(heir, f.channel, 1, NOW)
        .await
        .expect("claimed");
    assert_eq!(said(&claimed.work[0]), "1");
    let late = closing(turn, TurnEnd::Answered(vec![part("late")]));
    assert_eq!(
        f.store.close_turn(f.node, late, NOW).await.err(),
        Some(StoreError::Lost)
    );
    let answer = closing(&claimed.work[0], TurnEnd::Answered(vec![part("in time")]));
    let closed = f.store.close_turn(heir, answer, NOW).await.expect("closed");
    assert_eq!(text(&closed.send.expect("a send")), "in time");
}

#[tokio::test]
async fn times_from_a_clock_that_was_wrong_are_now() {
    let f = Fixture::new().await;
    let accepted = f.accept(vec![event(None, "u", "1")], 1).await;
    let again = TurnEnd::Again {
        at: NOW + 365 * 24 * 3_600_000,
        error: "down".into(),
    };
    f.close(&accepted.turns[0], again).await;
    let node = f.store.join(NOW).await.expect("joined");
    f.store
        .recover(node, Millis::MAX, NOW + 3_600_000, NOW)
        .await
        .expect("recovered");
    let claimed = f
        .store
        .claim_turns(node, f.channel, 1, NOW)
        .await
        .expect("claimed");
    assert_eq!(claimed.work.len(), 1);
}

#[tokio::test]
async fn state_is_written_with_the_events_and_bounded() {
    let f = Fixture::new().await;
    let limits = StateLimits { bytes: 20, keys: 2 };
    let write = |key: &str, value: Option<&[u8]>, expires_at| StateWrite {
        key: key.into(),
        value: value.map(<[u8]>::to_vec),
        expires_at,
    };
    let mut batch = f.batch(vec![], 0);
    batch.state = vec![
        write("a", Some(b"1"), None),
        write("b", Some(b"2"), Some(NOW + 10)),
    ];
    f.store.accept(f.node, batch, NOW).await.expect("accepted");
    let f = &f;
    let get = |key: &'static str, now| async move {
        f.store.state(f.channel, key, now).await.expect("read")
    };
    assert_eq!(get("a", NOW).await.as_deref(), Some(&b"1"[..]));
    assert_eq!(get("b", NOW + 9).await.as_deref(), Some(&b"2"[..]));
    assert_eq!(get("b", NOW + 10).await, None);

    let put = |w| f.store.write_state(f.channel, vec![w], limits, NOW);
    assert!(matches!(
        put(write("c", Some(b"3"), None)).await,
        Err(StoreError::Full(_))
    ));
    assert!(matches!(
        put(write("a", Some(&[0; 20]), None)).await,
        Err(StoreError::Full(_))
    ));
    put(write("a", None, None)).await.expect("removed");
    put(write("c", Some(b"3"), None))
        .await
        .expect("there is room");
    let usage = f.store.state_usage(f.channel, "c").await.expect("read");
    assert_eq!((usage.bytes, usage.keys, usage.old), (4, 2, Some(2)));

    let swap = |expected: Option<&[u8]>, value: &[u8]| {
        let expected = expected.map(<[u8]>::to_vec);
        f.store.compare_and_set(
            f.channel,
            expected,
            write("c", Some(value), None),
            limits,
            NOW,
        )
    };
    assert_eq!(swap(None, b"4").await, Ok(false));
    assert_eq!(swap(Some(b"3"), b"4").await, Ok(true));
    assert_eq!(get("c", NOW).await.as_deref(), Some(&b"4"[..]));
}
