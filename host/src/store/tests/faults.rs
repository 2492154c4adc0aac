//! Files that are not what they should be.

use std::fs;
use std::path::Path;

use super::*;

fn refused(folder: &Path) -> String {
    let file = folder.join("switchboard.db");
    let before = fs::read(&file).expect("the file");
    let error = Sqlite::open(folder).expect_err("refused").to_string();
    assert_eq!(
        fs::read(&file).expect("the file"),
        before,
        "it was written to"
    );
    error
}

#[tokio::test]
async fn foreign_and_damaged_files_are_left_as_they_are() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("switchboard.db");
    fs::write(&file, "my diary").expect("a file");
    assert!(refused(folder.path()).contains("no SQLite file"));

    fs::remove_file(&file).expect("removed");
    let foreign = rusqlite::Connection::open(&file).expect("a file");
    foreign
        .execute_batch("CREATE TABLE mine (a)")
        .expect("a table");
    drop(foreign);
    assert!(refused(folder.path()).contains("another program"));

    fs::remove_file(&file).expect("removed");
    drop(Sqlite::open(folder.path()).expect("a store"));
    let newer = rusqlite::Connection::open(&file).expect("the file");
    newer
        .pragma_update(None, "user_version", 99)
        .expect("written");
    drop(newer);
    assert!(refused(folder.path()).contains("its schema is 99"));
}

#[tokio::test]
async fn a_damaged_page_is_found_at_start() {
    let f = Fixture::new().await;
    let many = (0..500)
        .map(|n| event(Some(&n.to_string()), &n.to_string(), "hello"))
        .collect();
    f.accept(many, 0).await;
    let Fixture { store, folder, .. } = f;
    drop(store);
    let file = folder.path().join("switchboard.db");
    let mut bytes = fs::read(&file).expect("the file");
    let middle = bytes.len() / 2;
    bytes[middle..middle + 8_192].fill(0xA5);
    fs::write(&file, bytes).expect("written");
    let error = refused(folder.path());
    assert!(error.contains("is damaged"), "{error}");
}

#[tokio::test]
async fn one_server_at_a_time() {
    let f = Fixture::new().await;
    let error = Sqlite::open(f.folder.path())
        .expect_err("refused")
        .to_string();
    assert!(error.contains("another server"), "{error}");
    // A command may look meanwhile.
    let guest = Sqlite::visit(f.folder.path()).expect("a guest");
    assert_eq!(guest.replay(Letters::default(), NOW).await, Ok(0));
    let empty = tempfile::tempdir().expect("a folder");
    assert!(
        Sqlite::visit(empty.path()).is_err(),
        "a guest makes nothing"
    );
    assert_eq!(fs::read_dir(empty.path()).expect("a folder").count(), 0);
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_to_is_tried_again() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path().join("data");
    // Not even root can make a file there.
    std::os::unix::fs::symlink("/proc/self", &folder).expect("a link");
    let store = Sqlite::open(&folder).expect("it waits");
    assert!(matches!(
        store.join(NOW).await,
        Err(StoreError::Unavailable(_))
    ));
    fs::remove_file(&folder).expect("removed");
    fs::create_dir(&folder).expect("a folder");
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    while store.join(NOW).await.is_err() {
        assert!(tokio::time::Instant::now() < deadline, "it did not recover");
        tokio::task::yield_now().await;
    }
}
