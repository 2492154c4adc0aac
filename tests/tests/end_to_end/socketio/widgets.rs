//! Widgets that sites put on their pages, in a browser: what a visitor does and sees. Each stands on a page of another
//! origin than the server's, as it does on a site. Pictures of what was seen are in `target/pictures`.

use std::fs;

use serde_json::{Value, json};
use switchboard_tests::{Browser, ScriptedBot, Site, npm_package};

use super::{PERSISTENT, start, talk};

/// A widget, and where on its page what is.
struct Widget {
    /// What its pictures are called.
    name: &'static str,
    /// Its package, and what of it the page loads.
    package: &'static str,
    script: &'static str,
    style: Option<&'static str>,
    /// The script of the page that puts the widget there; `server` is the server's address.
    page: &'static str,
    credentials: &'static str,
    /// What opens it. One that was open opens by itself when the page is loaded anew, if it remembers that.
    launcher: &'static str,
    reopens: bool,
    input: &'static str,
    message: &'static str,
    button: &'static str,
    /// What the bot has heard first, if the widget greets it.
    greeting: Option<&'static str>,
    /// Whether the messages are still there when the page is loaded anew, and what came meanwhile.
    remembers: bool,
    /// What a press of the button looks like among the messages.
    pressed: &'static str,
    /// What it calls at the server, its version of the protocol among it.
    calls: &'static str,
}

const WEBCHAT: Widget = Widget {
    name: "rasa-webchat-1.0.0",
    package: "rasa-webchat@1.0.0",
    script: "lib/index.js",
    style: None,
    page: r#"WebChat.default({
        socketUrl: server,
        socketPath: "/socket.io/",
        customData: { language: "en" },
        initPayload: "/get_started",
        title: "Bot",
    });"#,
    credentials: PERSISTENT,
    launcher: ".rw-launcher",
    reopens: true,
    input: ".rw-new-message",
    message: ".rw-message",
    button: ".rw-reply",
    greeting: Some("/get_started"),
    remembers: true,
    pressed: "Yes 😀",
    calls: "/socket.io/?EIO=3&transport=polling",
};

/// Engine.IO 3.
#[tokio::test(flavor = "multi_thread")]
async fn rasa_webchat_1_0_0() {
    WEBCHAT.visit().await;
}

/// Engine.IO 4.
#[tokio::test(flavor = "multi_thread")]
async fn rasa_webchat_1_0_1() {
    let widget = Widget {
        name: "rasa-webchat-1.0.1",
        package: "rasa-webchat@1.0.1",
        calls: "/socket.io/?EIO=4&transport=polling",
        ..WEBCHAT
    };
    widget.visit().await;
}

/// On the REST channel.
#[tokio::test(flavor = "multi_thread")]
async fn chatroom() {
    let widget = Widget {
        name: "chatroom",
        package: "@scalableminds/chatroom@0.12.0",
        script: "dist/Chatroom.js",
        style: Some("dist/Chatroom.css"),
        page: r##"new Chatroom({
            host: server,
            container: document.querySelector("#chat"),
            title: "Bot",
            startMessage: "/get_started",
        });"##,
        credentials: "rest:\n",
        launcher: ".chatroom h3",
        reopens: false,
        input: ".chatroom input[type=text]",
        message: ".chat:not(.waiting)",
        button: ".chat-button:not(.chat-button-disabled)",
        greeting: Some("/get_started"),
        remembers: false,
        pressed: "/affirm",
        calls: "/webhooks/rest/webhook",
    };
    widget.visit().await;
}

impl Widget {
    async fn visit(&self) {
        let bot = ScriptedBot::start().await;
        bot.does(talk);
        let (site, stranger) = (self.site().await, self.site().await);
        let server = start(
            &bot,
            &format!("{}  cors: {}\n", self.credentials, site.url()),
        );
        let page = |site: &Site| format!("{}?server={}", site.url(), server.url);
        let mut browser = Browser::start();
        browser.open(&page(&site)).await;
        browser.click(self.launcher).await;
        if let Some(greeting) = self.greeting {
            browser
                .sees(self.message, &format!("echo: {greeting}"))
                .await;
        }
        browser.enter(self.input, "héllo 😀").await;
        browser.sees(self.message, "echo: héllo 😀").await;
        browser.enter(self.input, "buttons").await;
        browser.sees(self.button, "No").await;
        self.shoot(&mut browser, "buttons").await;
        browser.click(&format!("{} >> text=Yes", self.button)).await;
        browser.sees(self.message, "echo: /affirm").await;
        self.shoot(&mut browser, "pressed").await;

        if self.remembers {
            // An answer that comes while the visitor is on another page is there when they are back.
            browser.enter(self.input, "later").await;
            bot.wait_until(|heard| heard.iter().any(|one| one.text == "later"))
                .await;
            browser.open("about:blank").await;
            bot.open(1);
            browser.open(&page(&site)).await;
            browser.sees(self.message, "this took a while 😀").await;
        } else {
            browser.reload().await;
        }
        if !self.reopens {
            browser.click(self.launcher).await;
        }
        browser.enter(self.input, "and on").await;
        browser.sees(self.message, "echo: and on").await;
        self.shoot(&mut browser, "reloaded").await;

        let texts = browser.texts(self.message).await;
        assert_eq!(texts, self.expected(), "{}", self.name);
        let called =
            "performance.getEntriesByType('resource').map((entry) => entry.name).join(' ')";
        let called = browser.run(called).await;
        let called = called.as_str().expect("addresses");
        assert!(called.contains(self.calls), "{called}");
        assert!(self.read(&mut browser).await.is_number());
        // Not even that is for a page of a site that the operator did not name.
        browser.open(&page(&stranger)).await;
        assert_eq!(
            self.read(&mut browser).await,
            "Failed to fetch",
            "{}",
            self.name
        );
        // One conversation all along.
        let heard = bot.heard();
        let conversation = &heard[0].conversation;
        let mut said: Vec<&str> = self.greeting.into_iter().collect();
        said.extend(["héllo 😀", "buttons", "/affirm"]);
        said.extend(self.remembers.then_some("later"));
        said.push("and on");
        assert_eq!(bot.texts(conversation), said, "{}", self.name);
        assert_eq!(heard.len(), said.len(), "{}", self.name);
    }

    /// The status with which the server answers the page, or what the browser says in place of it.
    async fn read(&self, browser: &mut Browser) -> Value {
        let read =
            "fetch(server + CALLS).then((answer) => answer.status, (error) => error.message)";
        let read = read.replace("CALLS", &json!(self.calls).to_string());
        browser.run(&read).await
    }

    /// All messages that the visitor has before them in the end, theirs and the bot's.
    fn expected(&self) -> Vec<String> {
        let before = [
            "héllo 😀",
            "echo: héllo 😀",
            "buttons",
            "Pick one",
            self.pressed,
            "echo: /affirm",
            "later",
            "this took a while 😀",
        ];
        let greeted = self.greeting.map(|greeting| format!("echo: {greeting}"));
        let before = greeted.into_iter().chain(before.map(str::to_owned));
        let before = before.filter(|_| self.remembers);
        before
            .chain(["and on", "echo: and on"].map(str::to_owned))
            .collect()
    }

    async fn shoot(&self, browser: &mut Browser, what: &str) {
        browser.shoot(&format!("{}-{what}", self.name)).await;
    }

    async fn site(&self) -> Site {
        let package = npm_package(self.package);
        let read = |file: &str| fs::read(package.join(file)).expect("a file of the package");
        let style = self.style.map(read).unwrap_or_default();
        let page = format!(
            "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>A site</title>\
             <link rel=\"icon\" href=\"data:,\"><link rel=\"stylesheet\" href=\"/widget.css\"></head>\
             <body><h1>A site</h1><div id=\"chat\"></div><script src=\"/widget.js\"></script>\
             <script>const server = new URLSearchParams(location.search).get(\"server\");{}</script></body></html>",
            self.page
        );
        let script = read(self.script);
        Site::start(vec![
            ("/", "text/html", page.into_bytes()),
            ("/widget.js", "text/javascript; charset=utf-8", script),
            ("/widget.css", "text/css", style),
        ])
        .await
    }
}
