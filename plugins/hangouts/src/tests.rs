//! What cases cannot show: what is warned of, settings that start nothing.

mod heard;

use switchboard_sdk::fake::FakeHost;

use crate::Hangouts;

#[test]
fn warnings() {
    let of = |settings: &str| FakeHost::<Hangouts>::new(settings).warnings();
    assert!(of(r#"{"project_id":"1"}"#).is_empty());
    let [project] = &of(r#"{"project_id":""}"#)[..] else {
        panic!("one warning")
    };
    assert!(project.contains("`project_id`"), "{project}");
    let [name] = &of(r#"{"project_id":"1","use_display_name":true}"#)[..] else {
        panic!("one warning")
    };
    assert!(name.contains("`use_display_name`"), "{name}");
}

#[test]
#[should_panic(expected = "`conversation_granularity` is `sender`, `space` or `thread`")]
fn another_granularity() {
    let _ = FakeHost::<Hangouts>::new(r#"{"conversation_granularity":"room"}"#);
}
