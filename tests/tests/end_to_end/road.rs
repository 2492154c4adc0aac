//! The main road through each connector of a platform, from outside: what the platform signs goes in, the answer goes out
//! to its API once, whatever fails on the way.

mod botframework;
mod facebook;
mod hangouts;
mod mattermost;
mod rocketchat;
mod slack;
mod telegram;
mod twilio;
mod webexteams;

use serde_json::Value;
use switchboard_tests::{
    Answer, Api, Builder, Call, Reply, ScriptedBot, Switchboard, client, eventually, signed,
};

/// One connector, and how its platform delivers a message and is given one.
struct Road {
    connector: &'static str,
    /// What its platform signs with.
    secret: &'static str,
    /// Its page for users, whose configuration is the one that is tried.
    readme: &'static str,
    /// The variables that are named there.
    variables: &'static [(&'static str, &'static str)],
    /// Further settings, line by line; `{api}` is the address of the stand-in.
    settings: &'static [&'static str],
    /// What comes behind the stand-in's address in `api_url`.
    base: &'static str,
    /// The content type and the body of a message of this number with this text. Where the connector fetches the message
    /// itself, the platform is made to hold it. Where the platform shows its token in the body, that is `{token}`.
    delivery: fn(&Api, usize, &str) -> (&'static str, String),
    /// The call that sends something.
    send: &'static str,
    /// Where in its body a text stands.
    text: &'static str,
    /// Whether it has the credentials.
    authorized: fn(&Call) -> bool,
    /// What the platform answers when it is called too often.
    too_often: fn() -> Answer,
}

impl Road {
    /// All that must hold of any connector.
    async fn walk(&'static self) {
        self.there_and_back().await;
        self.a_platform_in_trouble().await;
        self.killed_while_the_bot_thinks().await;
        self.killed_while_the_platform_fails().await;
    }

    async fn there_and_back(&'static self) {
        let (api, bot) = (Api::of(self.connector).await, ScriptedBot::start().await);
        let server = self.start(&api, &bot, &[]);
        // What is not the platform's is not heard.
        let forged = (self.delivery)(&api, 1, "forged");
        let status = self.deliver(&server, "another secret", forged).await;
        assert!(matches!(status, 401 | 403), "{}: {status}", self.connector);

        self.say(&server, &api, 2, "hi").await;
        let calls = api
            .wait_until(|calls| calls.iter().any(|call| self.sends(call)))
            .await;
        let sent = calls.iter().find(|call| self.sends(call)).expect("one");
        assert!((self.authorized)(sent), "{sent:?}");
        // Where the platform has not heard of the 2xx, it delivers it again, and once more.
        self.say(&server, &api, 2, "hi").await;
        self.say(&server, &api, 2, "hi").await;
        self.say(&server, &api, 3, "and").await;
        server.quiet().await;
        self.answered(&api, &["echo: hi", "echo: and"]);
        let heard: Vec<String> = bot.heard().into_iter().map(|heard| heard.text).collect();
        assert_eq!(heard, ["hi", "and"], "{}", self.connector);
    }

    async fn a_platform_in_trouble(&'static self) {
        let (api, bot) = (Api::of(self.connector).await, ScriptedBot::start().await);
        let server = self.start(&api, &bot, &[]);
        let troubles = [(self.too_often)(), Answer::status(503)];
        for (number, trouble) in troubles.into_iter().enumerate() {
            api.does_once(|call| self.sends(call), trouble);
            self.say(&server, &api, number, &format!("m{number}")).await;
            server.quiet().await;
        }
        self.answered(&api, &["echo: m0", "echo: m1"]);
        let tries = api.calls().into_iter().filter(|call| self.sends(call));
        assert_eq!(tries.count(), 4, "{}", self.connector);
        assert_eq!(server.dead_letters().await.len(), 0, "{}", self.connector);
    }

    async fn killed_while_the_bot_thinks(&'static self) {
        let (api, bot) = (Api::of(self.connector).await, ScriptedBot::start().await);
        bot.does(|_| Reply::Hang);
        let mut server = self.start(&api, &bot, &[]);
        self.say(&server, &api, 1, "hi").await;
        bot.wait_for(1).await;
        server.kill();
        bot.does(Reply::echo);
        server.restart();
        // It is answered though nobody says it again, and not once more when somebody does.
        self.wait_sent(&api, 1).await;
        self.say(&server, &api, 1, "hi").await;
        self.say(&server, &api, 2, "and").await;
        self.wait_sent(&api, 2).await;
        server.quiet().await;
        self.answered(&api, &["echo: hi", "echo: and"]);
    }

    async fn killed_while_the_platform_fails(&'static self) {
        let (api, bot) = (Api::of(self.connector).await, ScriptedBot::start().await);
        api.does(|call| {
            if self.sends(call) {
                Answer::status(503)
            } else {
                Answer::Take
            }
        });
        let mut server = self.start(&api, &bot, &[]);
        self.say(&server, &api, 1, "hi").await;
        let _ = server.logged("is tried again");
        server.kill();
        api.works();
        server.restart();
        self.wait_sent(&api, 1).await;
        self.say(&server, &api, 1, "hi").await;
        server.quiet().await;
        self.answered(&api, &["echo: hi"]);
        assert_eq!(bot.heard().len(), 1, "{}", self.connector);
    }

    /// A server with the connector alone, and with more settings.
    fn start(&self, api: &Api, bot: &ScriptedBot, more: &[&str]) -> Switchboard {
        self.builder(api, more).endpoints(&bot.webhook("")).start()
    }

    fn builder(&self, api: &Api, more: &[&str]) -> Builder {
        let yaml = self
            .readme
            .split("```")
            .find_map(|block| block.strip_prefix("yaml\n"));
        let yaml = yaml.expect("a configuration");
        let settings = self.settings.iter().chain(more);
        let settings: String = settings.map(|line| format!("  {line}\n")).collect();
        let (url, base) = (api.url(), self.base);
        let settings = settings.replace("{api}", url);
        let credentials = format!("{yaml}{settings}  api_url: {url}{base}\n");
        let builder = Builder::new().credentials(&credentials);
        let variables = self.variables.iter();
        variables.fold(builder, |builder, (name, value)| {
            builder.variable(name, value)
        })
    }

    /// The platform delivers something, signed with `secret`.
    async fn deliver(
        &self,
        server: &Switchboard,
        secret: &str,
        delivery: (&'static str, String),
    ) -> u16 {
        let path = format!("/webhooks/{}/webhook", self.connector);
        self.deliver_at(server, &path, secret, delivery).await
    }

    /// The same, to another path.
    async fn deliver_at(
        &self,
        server: &Switchboard,
        path: &str,
        secret: &str,
        (kind, body): (&'static str, String),
    ) -> u16 {
        let url = server.at(path);
        let body = body.replace("{token}", secret);
        let mut request = client().post(&url).header("content-type", kind);
        for (name, value) in signed(self.connector, secret, &url, body.as_bytes()) {
            request = request.header(name, value);
        }
        let response = request.body(body).send().await.expect("an answer");
        response.status().as_u16()
    }

    /// It delivers a message, which must be taken.
    async fn say(&self, server: &Switchboard, api: &Api, number: usize, text: &str) {
        let delivery = (self.delivery)(api, number, text);
        let status = self.deliver(server, self.secret, delivery).await;
        assert!((200..300).contains(&status), "{}: {status}", self.connector);
    }

    /// What the platform last said of the part that it took under this id.
    async fn status(&self, server: &Switchboard, id: &str) -> Value {
        server.life(id).await["parts"][0]["status"].clone()
    }

    /// Whether a call sends a text.
    fn sends(&self, call: &Call) -> bool {
        call.is(self.send) && call.body().pointer(self.text).is_some_and(Value::is_string)
    }

    /// Waits until the platform has taken so many texts.
    async fn wait_sent(&'static self, api: &Api, count: usize) {
        let is_sent = |call: &&Call| call.taken && self.sends(call);
        api.wait_until(|calls| calls.iter().filter(is_sent).count() == count)
            .await;
    }

    /// The platform took these texts, in this order.
    fn answered(&self, api: &Api, texts: &[&str]) {
        let calls = api
            .calls()
            .into_iter()
            .filter(|call| call.taken && self.sends(call));
        let sent: Vec<Value> = calls
            .map(|call| call.body().pointer(self.text).cloned().expect("a text"))
            .collect();
        assert_eq!(sent, texts, "{}", self.connector);
    }
}

/// Waits until the server has registered at the platform what there is.
async fn registered(server: &Switchboard) {
    let said = "the channel is active at its platform";
    eventually(said, async || server.log().contains(said).then_some(())).await;
}
