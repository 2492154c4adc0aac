//! The key `store` of `endpoints.yml`.

use std::time::Duration;

use insta::assert_snapshot;

use super::super::StoreConfig;
use super::{endpoints, endpoints_errors as errors};

#[test]
fn the_store_keeps_for_as_long_as_it_is_told() {
    let days = |days: u64| Duration::from_secs(days * 86_400);
    let default = StoreConfig {
        dedupe: days(8),
        keep: days(8),
        keep_dead: days(30),
    };
    for text in ["store:", "store: {}", "store: { type: sqlite, keep: ~ }"] {
        assert_eq!(
            endpoints(text).map(|read| read.store),
            Ok(default),
            "{text}"
        );
    }
    let given = StoreConfig {
        dedupe: Duration::from_secs(60),
        keep: days(400),
        keep_dead: Duration::from_secs(3600),
    };
    let text = "store: { type: sqlite, dedupe: 1m, keep: 400d, keep_dead: 1h }";
    assert_eq!(endpoints(text).map(|read| read.store), Ok(given));
    let texts = [
        "store: { type: postgres, db: hunter2 }",
        "store: { type: SQL, dedupe: 91d, keep: 1s, keep_dead: 59m, kep: 1d }",
        "store: sqlite",
        "store: { type: [] }",
    ];
    let said: Vec<_> = texts.iter().map(|text| errors(text)).collect();
    assert_snapshot!(said.join("\n\n"), @r"
    error: the store type `postgres` is not available in this version
      --> endpoints.yml:1:16
       |
     1 | store: …
       |        ^
       = hint: use `sqlite`, which keeps all in one file under the data directory

    error: the store has no setting `db`
      --> endpoints.yml:1:26
       |
     1 | … db: …
       |   ^^
       = known settings: `type`, `dedupe`, `keep`, `keep_dead`

    error: `store.type` must be `sqlite`
      --> endpoints.yml:1:16
       |
     1 | store: …
       |        ^

    error: `store.dedupe` must be from 1 m to 90 d
      --> endpoints.yml:1:29
       |
     1 | store: …
       |        ^

    error: `store.keep` must be from 1 m to 400 d
      --> endpoints.yml:1:40
       |
     1 | store: …
       |        ^

    error: `store.keep_dead` must be from 1 h to 400 d
      --> endpoints.yml:1:55
       |
     1 | store: …
       |        ^

    error: the store has no setting `kep`
      --> endpoints.yml:1:60
       |
     1 | … kep: …
       |   ^^^
       = known settings: `type`, `dedupe`, `keep`, `keep_dead`
       = hint: did you mean `keep`?

    error: `store` must be a mapping such as `{ dedupe: 8d }`: found text
      --> endpoints.yml:1:8
       |
     1 | store: …
       |        ^

    error: `store.type` must be `sqlite`: found a list
      --> endpoints.yml:1:16
       |
     1 | store: …
       |        ^
    ");
}
