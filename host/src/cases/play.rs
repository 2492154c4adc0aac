//! Plays a case: the real component, in the real runtime, on a stage.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};

use super::clients::{self, Clients};
use super::difference::difference;
use super::file::{Case, CaseFile, Inbound, Outbound};
use super::outcome::{calls, event, expected, lifecycle, opened, request, response};
use super::world::{Bot, Memory, Platform};
use crate::bindings::connector::{Address, Attempt};
use crate::bindings::types::Part;
use crate::config::{self, ChannelEntry, Credentials};
use crate::content::answer::{self, Budget};
use crate::content::responses::Responses;
use crate::gateway::{Mount, Mounts, rehearse};
use crate::runtime::{
    Answered, Channel, ChannelSpec, Connector, Network, Origin, Runtime, Stage, builtin_names,
};
use crate::server;
use crate::store::Uuid;

/// Plays the cases of one connector.
#[derive(Debug)]
pub struct Player {
    runtime: Runtime,
    connector: Arc<Connector>,
}

/// A channel on its stage.
struct Scene {
    channel: Arc<Channel>,
    mounts: Mounts,
    platform: Arc<Platform>,
    bot: Arc<Bot>,
    memory: Arc<Memory>,
    clients: Arc<Clients>,
}

impl Player {
    /// A player for a connector that was loaded.
    #[must_use]
    pub fn new(runtime: Runtime, connector: Arc<Connector>) -> Self {
        Self { runtime, connector }
    }

    /// Plays one case of a file.
    ///
    /// # Errors
    ///
    /// Everything that came out otherwise than expected, a line each.
    pub async fn play(&self, file: &CaseFile, case: &Case) -> Result<(), Vec<String>> {
        let scene = self.set(file, case).await.map_err(|text| vec![text])?;
        let mut found = Map::new();
        if let Some(inbound) = &case.receive {
            let received = scene.receive(inbound).await;
            found = received.map_err(|text| vec![format!("the case's request: {text}")])?;
        } else if let Some(connection) = &case.connected {
            let answered = clients::connected(&scene.channel, connection).await;
            found = scene.answered(answered.map_err(|text| vec![text])?);
        } else if let Some(emission) = &case.emitted {
            let answered = clients::emitted(&scene.channel, emission).await;
            found = scene.answered(answered.map_err(|text| vec![text])?);
        } else if let Some(outbound) = &case.send {
            let sent = scene.send(outbound).await.map_err(|text| vec![text])?;
            if let (None, Some(text)) = (&case.expect.sent, not_taken(&sent)) {
                return Err(vec![text]);
            }
            found.insert("sent".into(), Value::Array(sent));
        } else {
            let outcome = match &case.activate {
                Some(activation) => scene.channel.activate(activation.url.clone()).await,
                None => scene.channel.deactivate().await,
            };
            found.insert("lifecycle".into(), lifecycle(outcome));
        }
        let kept = scene.memory.all();
        found.insert("kept".into(), json!(kept));
        found.insert("sockets".into(), Value::Array(scene.clients.done()));
        let mut differences = calls(&case.calls, &scene.platform.asked());
        differences.extend(difference(&expected(case), &Value::Object(found)));
        if differences.is_empty() {
            Ok(())
        } else {
            Err(differences)
        }
    }

    /// Puts a channel with the case's settings on the stage.
    async fn set(&self, file: &CaseFile, case: &Case) -> Result<Scene, String> {
        let entry = self.entry(file, case)?;
        let specs: Vec<_> = self
            .connector
            .description
            .settings
            .iter()
            .map(server::spec)
            .collect();
        let settings = config::check(&entry, &specs).map_err(|errors| errors.to_string())?;
        let time = case.now.map(Duration::from_secs);
        let now = time.or_else(|| SystemTime::now().duration_since(UNIX_EPOCH).ok());
        let now = now.unwrap_or_default().as_millis();
        let memory = Arc::new(Memory::new(
            &case.kept,
            i64::try_from(now).unwrap_or(i64::MAX),
        ));
        let platform = Arc::new(Platform::new(
            case.calls.iter().map(|call| call.answer.clone()),
        ));
        let network: Arc<dyn Network> = platform.clone();
        let stage = Stage {
            network: Some(network),
            time,
        };
        let mut said = Vec::new();
        for reply in &case.bot {
            said.extend(parts(reply.clone(), &self.connector)?);
        }
        let bot = Arc::new(Bot::new(said));
        let spec = ChannelSpec {
            stage,
            ..server::channel_spec(
                &entry,
                &self.connector.name,
                settings,
                bot.clone(),
                memory.clone(),
            )
        };
        let channel = Channel::start(&self.runtime, self.connector.clone(), spec).await?;
        let speaker = case.emitted.as_ref().map(|emission| &*emission.socket);
        let clients = Arc::new(Clients::new(&case.rooms, speaker));
        channel.set_rooms(clients.clone());
        let mount = Mount {
            channel: channel.clone(),
            origin: self.connector.name.clone(),
            prefix: format!("/webhooks/{}", self.connector.name),
            body_limit: usize::try_from(entry.limits.body).unwrap_or(usize::MAX),
            public_url: entry.public_url.as_ref().map(|url| url.as_str().to_owned()),
            cors: Vec::new(),
            packet_limit: 1,
            sockets: 1,
            ping: entry.limits.ping,
        };
        Ok(Scene {
            channel,
            mounts: Mounts::new(vec![mount]).map_err(|errors| errors.join("\n"))?,
            platform,
            bot,
            memory,
            clients,
        })
    }

    fn entry(&self, file: &CaseFile, case: &Case) -> Result<ChannelEntry, String> {
        let mut settings = file.settings.clone();
        settings.extend(case.settings.clone());
        settings.retain(|_, value| !value.is_null());
        let key = match &self.connector.origin {
            Origin::Builtin(name) => (*name).to_owned(),
            Origin::File(path) => path.display().to_string(),
        };
        // JSON is YAML.
        let text = json!({ key: settings }).to_string();
        let names = builtin_names();
        let environment = |_: &str| None;
        let here = Path::new("");
        let credentials = Credentials::parse("settings", &text, here, &names, &environment)
            .map_err(|errors| errors.to_string())?;
        let mut channels = credentials.channels.into_iter();
        let mut entry = channels.next().ok_or("no channel")?;
        // On a stage nobody is reached, so that its author need not grant what it wants to reach.
        let wanted = self.connector.description.hosts.iter();
        entry
            .allow_hosts
            .extend(wanted.filter_map(|host| host.parse().ok()));
        Ok(entry)
    }
}

/// The parts that a reply becomes on a channel of the connector.
fn parts(reply: Value, connector: &Connector) -> Result<Vec<Part>, String> {
    let renders = &connector.description.renders;
    let responses = Responses::default();
    let mut budget = Budget::default();
    answer::parts(reply, &responses, &connector.name, renders, &mut budget)
        .map_err(|_| "what the bot says becomes more than one answer may hold".to_owned())
}

/// The first part that the platform did not take; or that there is none at all.
fn not_taken(sent: &[Value]) -> Option<String> {
    if sent.is_empty() {
        return Some("nothing was sent; hint: `sent: []` where that is right".to_owned());
    }
    let mut parts = sent.iter().enumerate();
    let (index, outcome) = parts.find(|(_, outcome)| outcome.get("receipt").is_none())?;
    Some(format!(
        "sent[{index}]: expected a receipt, found {outcome}"
    ))
}

impl Scene {
    async fn receive(&self, inbound: &Inbound) -> Result<Map<String, Value>, String> {
        let request = request(inbound, &self.channel.connector().name)?;
        let rehearsed = rehearse(&self.mounts, request).await;
        for write in rehearsed.state {
            self.memory.put(write);
        }
        let mut found = response(&rehearsed.response);
        let events = rehearsed.events.iter().map(event);
        found.insert("events".into(), events.collect());
        let asked = self.bot.asked();
        let asked = asked.iter().map(|message| opened(json!(message)));
        found.insert("asked".into(), asked.collect());
        Ok(found)
    }

    /// What is found of a client's call.
    fn answered(
        &self,
        (answered, mut found): (Answered, Map<String, Value>),
    ) -> Map<String, Value> {
        for write in answered.state {
            self.memory.put(write);
        }
        found.insert("events".into(), answered.events.iter().map(event).collect());
        found
    }

    /// What became of each part.
    async fn send(&self, outbound: &Outbound) -> Result<Vec<Value>, String> {
        let parts = parts(outbound.say.clone(), self.channel.connector())?;
        let mut sent = Vec::new();
        for part in parts {
            let to = Address {
                conversation: outbound.conversation.clone(),
                reply: outbound.reply.as_ref().map(ToString::to_string),
            };
            let attempt = Attempt {
                id: Uuid::now_v7().to_string(),
                number: 1,
            };
            sent.push(match self.channel.send(to, part, attempt).await.outcome {
                Ok(Ok(receipt)) => json!({ "receipt": receipt }),
                Ok(Err(error)) => json!({ "error": error }),
                Err(error) => json!({ "failed": error.to_string() }),
            });
        }
        Ok(sent)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;

    async fn player(connector: &str) -> Player {
        let runtime = Runtime::new(None).expect("a runtime");
        let connector = runtime.load_builtin(connector).await.expect("a connector");
        Player::new(runtime, connector)
    }

    fn children(folder: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).expect("a folder");
        let mut paths: Vec<_> = entries
            .map(|entry| entry.expect("an entry").path())
            .collect();
        paths.sort();
        paths
    }

    /// All that stand in `tests/cases`, by the connector's name.
    #[tokio::test]
    async fn the_cases_of_the_built_in_connectors() {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/cases"));
        let mut failures = Vec::new();
        let mut played = 0;
        // Recordings stand beside the folders.
        for folder in children(folder).into_iter().filter(|path| path.is_dir()) {
            let name = folder.file_name().and_then(|name| name.to_str());
            let player = player(name.expect("a name")).await;
            for path in children(&folder) {
                let file = CaseFile::read(&path).unwrap_or_else(|error| panic!("{error}"));
                for case in &file.cases {
                    played += 1;
                    if let Err(differences) = player.play(&file, case).await {
                        let text = differences.join("\n  ");
                        failures.push(format!("{}: {}\n  {text}", path.display(), case.name));
                    }
                }
            }
        }
        assert!(failures.is_empty(), "{}", failures.join("\n"));
        assert!(played > 0);
    }

    #[tokio::test]
    async fn what_comes_out_otherwise_is_said() {
        let player = player("callback").await;
        let mut file = CaseFile {
            settings: Map::from_iter([("url".to_owned(), json!("https://a.example.com/"))]),
            cases: vec![],
        };
        let case = json!({
            "name": "wrong in every way",
            "send": {"conversation": "u", "say": {"text": "x"}},
            "calls": [
                {"url": "https://b.example.com/"},
                {"url": "https://a.example.com/"}
            ],
            "expect": {"sent": [], "kept": {"a": "b"}}
        });
        let case: Case = serde_json::from_value(case).expect("a case");
        let text = player.play(&file, &case).await.expect_err("differences");
        let text = text.join("\n");
        for part in [
            "calls[0].url: expected \"https://b.example.com/\", found \"https://a.example.com/\"",
            "calls[1]: POST https://a.example.com/ was not made",
            "$.kept.a: expected \"b\", found nothing",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let mut silent = case.clone();
        silent.expect.sent = None;
        silent.calls[0].answer.status = Some(500);
        let text = player.play(&file, &silent).await.expect_err("it failed");
        assert!(
            text[0].starts_with("sent[0]: expected a receipt"),
            "{text:?}"
        );
        file.settings.clear();
        let text = player.play(&file, &case).await.expect_err("no settings");
        assert!(text[0].contains("url"), "{text:?}");
    }

    /// A client of Socket.IO in a case of one connector that is wrong about it.
    async fn wrong(case: Value) -> String {
        let player = player("socketio").await;
        let file = CaseFile {
            settings: Map::new(),
            cases: vec![],
        };
        let case: Case = serde_json::from_value(case).expect("a case");
        let differences = player.play(&file, &case).await.expect_err("differences");
        differences.join("\n")
    }

    #[tokio::test]
    async fn what_clients_get_otherwise_is_said() {
        let emitted =
            json!({"socket": "s1", "name": "user_uttered", "arguments": [{"message": "hi"}]});
        for (expect, why) in [
            (json!({"events": []}), "$.events: expected 0, found 1"),
            (
                json!({"acknowledged": ["x"]}),
                "$.acknowledged: expected 1, found 0",
            ),
            (
                json!({"sockets": [{"join": {}}]}),
                "$.sockets: expected 1, found 0",
            ),
            (
                json!({"refused": "no"}),
                "$.refused: expected \"no\", found nothing",
            ),
        ] {
            let case = json!({"name": "a message", "emitted": emitted, "expect": expect});
            let text = wrong(case).await;
            assert!(text.contains(why), "{text}");
        }
        let text = wrong(json!({
            "name": "refused without a word of it",
            "emitted": {"socket": "s1", "name": "user_uttered", "arguments": [7]},
        }));
        assert!(text.await.contains("$.refused: expected nothing, found"));
        let text = wrong(json!({
            "name": "a client that is let in",
            "connected": {"socket": "s1"},
            "expect": {"context": {"sub": "ann"}},
        }));
        assert!(text.await.contains("$.context"));
        let text = wrong(json!({
            "name": "nobody is there",
            "rooms": {"r": ["s2"]},
            "send": {"conversation": "s1", "say": {"text": "hi"}},
        }));
        assert!(text.await.contains("RecipientAway"));
    }
}
