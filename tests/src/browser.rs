//! A browser with one page in it, for what is to be seen and clicked, and sites that serve such pages.

use std::fs;

use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use serde_json::{Value, json};

use crate::build::target;
use crate::driver::Driver;
use crate::node::node;
use crate::served::Served;

const PLAYWRIGHT: [&str; 1] = ["playwright-core@1.65.1"];

/// Chromium with a page.
#[derive(Debug)]
pub struct Browser {
    driver: Driver,
    asked: usize,
}

impl Browser {
    /// One that remembers nothing.
    ///
    /// # Panics
    ///
    /// When it does not start, as all of these do where the page cannot do what is asked.
    #[must_use]
    pub fn start() -> Self {
        Self {
            driver: Driver::start(node(&PLAYWRIGHT, "browser.js")),
            asked: 0,
        }
    }

    /// Goes to an address.
    pub async fn open(&mut self, url: &str) {
        self.ask(json!({ "do": "open", "url": url })).await;
    }

    /// Loads the page anew.
    pub async fn reload(&mut self) {
        self.ask(json!({ "do": "reload" })).await;
    }

    /// Clicks on the last element of this kind, a selector of CSS or of playwright, when it is there.
    pub async fn click(&mut self, element: &str) {
        self.ask(json!({ "do": "click", "where": element })).await;
    }

    /// Types something into an element, and presses enter.
    pub async fn enter(&mut self, element: &str, text: &str) {
        let what = json!({ "do": "enter", "where": element, "text": text });
        self.ask(what).await;
    }

    /// Waits until an element of this kind with this text in it can be seen.
    pub async fn sees(&mut self, element: &str, text: &str) {
        let what = json!({ "do": "see", "where": element, "text": text });
        self.ask(what).await;
    }

    /// The texts of all elements of this kind, as they are now.
    pub async fn texts(&mut self, element: &str) -> Vec<String> {
        let texts = self.ask(json!({ "do": "texts", "where": element })).await;
        serde_json::from_value(texts).expect("texts")
    }

    /// What this JavaScript comes to in the page.
    pub async fn run(&mut self, script: &str) -> Value {
        self.ask(json!({ "do": "run", "script": script })).await
    }

    /// Takes a picture, `target/pictures/NAME.png`, for whoever wants to look.
    pub async fn shoot(&mut self, name: &str) {
        let folder = target().join("pictures");
        fs::create_dir_all(&folder).expect("a folder");
        let file = folder.join(format!("{name}.png"));
        self.ask(json!({ "do": "shoot", "file": file })).await;
    }

    async fn ask(&mut self, what: Value) -> Value {
        self.driver.tell(&what).await;
        self.asked += 1;
        let answers = self.driver.wait_until(|said| said.len() == self.asked);
        let answer = answers.await.pop().expect("an answer");
        assert!(answer["error"].is_null(), "{what}: {answer:#}");
        answer["value"].clone()
    }
}

/// A site of somebody who has put a widget on a page: another origin than the server's.
#[derive(Debug)]
pub struct Site {
    served: Served,
}

impl Site {
    /// A site with these files: path, content type, content.
    pub async fn start(files: Vec<(&str, &'static str, Vec<u8>)>) -> Self {
        let mut router = Router::new();
        for (path, kind, content) in files {
            let file =
                move || async move { ([(header::CONTENT_TYPE, kind)], content).into_response() };
            router = router.route(path, get(file));
        }
        Self {
            served: Served::start(router).await,
        }
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.served.url
    }
}
