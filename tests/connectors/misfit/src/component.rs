//! The component.

wit_bindgen::generate!({
    path: "../../../wit",
    world: "channel",
});

use std::hint::black_box;

use exports::switchboard::channel::connector::{
    Address, Attempt, Description, Guest, Part, Receipt, Refusal, Rendering, Request, Response,
    Route, SendError, Setting, SettingKind, Transport,
};

use crate::MARK;

struct Misfit;

/// What the mark says for this place.
fn told(place: &str) -> String {
    // Read from memory, where the compiler would take what it knows.
    let mark = String::from_utf8_lossy(black_box(&MARK));
    let mut words = mark.split_whitespace().skip(1);
    let what = words.next().filter(|told| *told == place).and(words.next());
    what.unwrap_or_default().to_owned()
}

/// Does what the mark says, if this is the place; gives how much is to be answered.
fn misbehave(place: &str) -> usize {
    match told(place).as_str() {
        "loop" => loop {
            black_box(());
        },
        "panic" => panic!("no {place} for you"),
        "memory" => {
            let mut hoard = Vec::new();
            loop {
                hoard.push(vec![1_u8; 1 << 20]);
                black_box(&hoard);
            }
        }
        "much" => 200_000,
        _ => 1,
    }
}

impl Guest for Misfit {
    fn name() -> String {
        "misfit".repeat(misbehave("name"))
    }

    fn describe() -> Description {
        let setting = |number| Setting {
            name: format!("setting_{number}"),
            kind: SettingKind::Text,
            required: false,
            sealed: false,
            in_body: false,
            hosts: vec![],
            default: None,
            doc: "A setting among others, with a description that takes up some room".to_owned(),
        };
        Description {
            version: "1.0.0".to_owned(),
            summary: "Fits nowhere".to_owned(),
            settings: (0..misbehave("describe")).map(setting).collect(),
            hosts: if told("describe") == "hosts" {
                vec![
                    "api.example.com".to_owned(),
                    "*.example.org:8443".to_owned(),
                ]
            } else {
                vec![]
            },
            renders: Rendering {
                text_limit: None,
                split_blank_lines: false,
                buttons: None,
                quick_replies: None,
                image: false,
                file: false,
                audio: false,
                video: false,
                caption_limit: None,
                cards: None,
                location: false,
                custom: false,
                typing: false,
            },
        }
    }

    fn routes() -> Result<Vec<Route>, String> {
        let route = |number| Route {
            id: format!("route-{number}"),
            methods: vec!["POST".to_owned()],
            path: format!("webhook-{number}-{}", "x".repeat(60)),
            transport: Transport::Http,
            admin_only: false,
        };
        Ok((0..misbehave("routes")).map(route).collect())
    }

    fn receive(_: String, _: Request) -> Result<Response, Refusal> {
        Ok(Response {
            status: 200,
            headers: vec![],
            body: vec![],
        })
    }

    fn send(_: Address, _: Part, _: Attempt) -> Result<Receipt, SendError> {
        Err(SendError::Unsupported("nothing is sent".to_owned()))
    }
}

export!(Misfit);
