//! From configuration to a server that is ready to listen.
//!
//! `run` and `check` come this way alike, so that what `check` finds well does start. Everything that is wrong is
//! collected and reported at once.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::bindings::connector::{Setting, SettingKind as ContractKind};
use crate::bot::Bot;
use crate::config::{
    self, AllowedOrigin, BaseUrl, ChannelEntry, ConnectorRef, Credentials, Diagnostic, Diagnostics,
    Endpoints, Isolation, SettingKind, SettingSpec, Settings,
};
use crate::content::responses::Responses;
use crate::delivery::{Delivery, Policy};
use crate::gateway::{AuthToken, Gateway, Mount, Mounts};
use crate::runtime::{
    Channel, ChannelSpec, Connector, Keep, Limits, OperatorHosts, Runtime, Stage, Turns,
    builtin_names,
};

/// The file that is read where none is named, if it exists.
const CREDENTIALS: &str = "credentials.yml";
/// As Rasa does for this one too.
const ENDPOINTS: &str = "endpoints.yml";

/// Platforms send a body in one go.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// What the command line says.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `credentials.yml`; without one, that of the current folder, else REST and a web chat.
    pub credentials: Option<PathBuf>,
    /// `endpoints.yml`; without one, that of the current folder, else the echo bot.
    pub endpoints: Option<PathBuf>,
    /// Where the server keeps what outlasts it.
    pub data_dir: PathBuf,
    /// The server's address as platforms call it.
    pub public_url: Option<BaseUrl>,
    /// Whose pages may call channels that say nothing of it themselves.
    pub cors: Vec<AllowedOrigin>,
    /// What opens the admin API; without one it answers to this machine alone.
    pub auth_token: Option<AuthToken>,
    /// How long a request's body may take to arrive; without one 30 s.
    pub body_timeout: Option<Duration>,
}

/// Everything that is wrong with the configuration, as people read it.
#[derive(Debug)]
pub struct StartError(Vec<String>);

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n\n"))
    }
}

impl std::error::Error for StartError {}

impl From<Diagnostics> for StartError {
    fn from(diagnostics: Diagnostics) -> Self {
        Self(diagnostics.iter().map(ToString::to_string).collect())
    }
}

impl From<String> for StartError {
    fn from(text: String) -> Self {
        Self(vec![format!("error: {text}")])
    }
}

/// A server that is ready to listen.
#[derive(Debug)]
pub struct Server {
    /// Answers requests.
    pub gateway: Arc<Gateway>,
    /// Brings messages to the bot.
    pub delivery: Arc<Delivery>,
    /// The channels in the order of the file.
    pub channels: Vec<Ready>,
    /// The credentials file that was read; `None` where there is none.
    pub credentials: Option<PathBuf>,
    /// What the operator should know, rendered.
    pub notices: Vec<String>,
}

/// A channel that is ready, and where.
#[derive(Debug)]
pub struct Ready {
    /// The channel.
    pub channel: Arc<Channel>,
    /// Its mount.
    pub prefix: String,
}

impl Server {
    /// Reads the configuration and starts all channels.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the configuration and the connectors that it names.
    pub async fn prepare(options: &Options) -> Result<Self, StartError> {
        let credentials_file = file(options.credentials.as_deref(), CREDENTIALS);
        let endpoints_file = file(options.endpoints.as_deref(), ENDPOINTS);
        let credentials = match &credentials_file {
            Some(path) => Credentials::load(path, &builtin_names(), &config::environment),
            None => Ok(Credentials::without_file()),
        };
        let endpoints = match &endpoints_file {
            Some(path) => Endpoints::load(path, &config::environment),
            None => Ok(Endpoints::default()),
        };
        let (credentials, endpoints) = match (credentials, endpoints) {
            (Ok(credentials), Ok(endpoints)) => (credentials, endpoints),
            (credentials, endpoints) => {
                let errors = [credentials.err(), endpoints.err()].into_iter().flatten();
                return Err(StartError(
                    errors.flat_map(|e| StartError::from(e).0).collect(),
                ));
            }
        };
        let notices = endpoints.notices.iter().map(ToString::to_string).collect();
        let bot = Bot::new(endpoints.bot).map_err(|e| format!("the bot: {e}"))?;
        let responses = Responses::new(endpoints.responses);
        let delivery = Delivery::new(bot, responses, endpoints.retry, endpoints.store);
        let runtime = Runtime::new(Some(&options.data_dir.join("cache/components")))?;

        let mut starter = Starter {
            runtime,
            delivery: delivery.clone(),
            loaded: HashMap::new(),
            cors: options.cors.clone(),
            errors: vec![],
        };
        let mut mounts: Vec<Mount> = Vec::new();
        for entry in credentials.channels.iter().filter(|entry| entry.enabled) {
            let Some(mount) = starter.start(entry).await else {
                continue;
            };
            let twin = mounts
                .iter()
                .find(|other| other.channel.label() == mount.channel.label());
            if let Some(twin) = twin {
                let mut error = Diagnostic::error(
                    entry.file(),
                    Some(entry.position()),
                    format!("{} and {} have one name", twin.origin, mount.origin),
                );
                error.hint("give one of them an `account`");
                starter.errors.push(error.to_string());
                continue;
            }
            mounts.push(mount);
        }
        let mut errors = starter.errors;
        let channels = mounts
            .iter()
            .map(|mount| Ready {
                channel: mount.channel.clone(),
                prefix: mount.prefix.clone(),
            })
            .collect();
        let mounts = Mounts::new(mounts).map_err(|conflicts| {
            errors.extend(conflicts.into_iter().map(|text| format!("error: {text}")));
        });
        let (Ok(mounts), true) = (mounts, errors.is_empty()) else {
            return Err(StartError(errors));
        };
        let public_url = options
            .public_url
            .as_ref()
            .map(|url| url.as_str().to_owned());
        let auth_token = options.auth_token.clone();
        let gateway = Arc::new(Gateway::new(
            mounts,
            delivery.clone(),
            public_url,
            auth_token,
            options.body_timeout.unwrap_or(BODY_TIMEOUT),
        ));
        Ok(Self {
            gateway,
            delivery,
            channels,
            credentials: credentials_file,
            notices,
        })
    }
}

/// The named file, or the usual one where it exists.
fn file(named: Option<&Path>, usual: &str) -> Option<PathBuf> {
    match named {
        Some(path) => Some(path.to_owned()),
        None => Some(PathBuf::from(usual)).filter(|path| path.exists()),
    }
}

/// Starts channels one by one and collects what goes wrong.
struct Starter {
    runtime: Runtime,
    delivery: Arc<Delivery>,
    loaded: HashMap<ConnectorRef, Option<Arc<Connector>>>,
    /// For channels that say nothing of it.
    cors: Vec<AllowedOrigin>,
    errors: Vec<String>,
}

impl Starter {
    async fn start(&mut self, entry: &ChannelEntry) -> Option<Mount> {
        let connector = self.connector(entry).await?;
        let label = match &entry.account {
            Some(account) => format!("{}/{}", connector.name, account.as_str()),
            None => connector.name.clone(),
        };
        if entry.typing && !connector.description.renders.typing {
            self.fail(
                entry,
                &format!(
                    "`typing`: `{}` has no sign for it\nhint: leave it out",
                    connector.name
                ),
            );
            return None;
        }
        let specs: Vec<SettingSpec> = connector.description.settings.iter().map(spec).collect();
        let settings = match config::check(entry, &specs) {
            Ok(settings) => settings,
            Err(diagnostics) => {
                self.errors.extend(StartError::from(diagnostics).0);
                return None;
            }
        };
        let turns = self
            .delivery
            .turns(&label, &connector.name, connector.description.renders);
        let limits = &entry.limits;
        let policy = Policy::new(entry);
        let keep = self.delivery.keep(&label, policy.state);
        let spec = channel_spec(entry, &label, settings, turns, keep);
        let channel = match Channel::start(&self.runtime, connector, spec).await {
            Ok(channel) => channel,
            Err(text) => {
                self.fail(entry, &text);
                return None;
            }
        };
        self.delivery.add(channel.clone(), policy);
        let prefix = match &entry.mount {
            Some(mount) => mount.as_str().to_owned(),
            None => format!("/webhooks/{label}"),
        };
        let origin = format!("{label} ({}:{})", entry.file(), entry.position().line);
        let public_url = entry.public_url.as_ref().map(|url| url.as_str().to_owned());
        Some(Mount {
            channel,
            origin,
            prefix,
            body_limit: bytes(limits.body),
            public_url,
            cors: entry.cors.clone().unwrap_or_else(|| self.cors.clone()),
            packet_limit: bytes(limits.packet),
            sockets: limits.sockets as usize,
            ping: limits.ping,
        })
    }

    /// The connector, loaded once for all of its accounts.
    async fn connector(&mut self, entry: &ChannelEntry) -> Option<Arc<Connector>> {
        if let Some(loaded) = self.loaded.get(&entry.connector) {
            let loaded = loaded.clone()?;
            if let Err(text) = loaded.check_pin(entry.sha256) {
                self.fail(entry, &text);
                return None;
            }
            return Some(loaded);
        }
        let loaded = match &entry.connector {
            ConnectorRef::Builtin(name) => self.runtime.load_builtin(name).await,
            ConnectorRef::File(path) => self.runtime.load_file(path, entry.sha256).await,
        };
        let loaded = loaded.map_err(|text| self.fail(entry, &text)).ok();
        self.loaded.insert(entry.connector.clone(), loaded.clone());
        loaded
    }

    /// The first line says what; hints and details follow.
    fn fail(&mut self, entry: &ChannelEntry, text: &str) {
        let (message, details) = text.split_once('\n').unwrap_or((text, ""));
        let mut error =
            Diagnostic::error(entry.file(), Some(entry.position()), message).to_string();
        for line in details.lines() {
            error.push_str("\n   ");
            error.push_str(line);
        }
        self.errors.push(error);
    }
}

fn bytes(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// What the entry says of its channel.
pub(crate) fn channel_spec(
    entry: &ChannelEntry,
    label: &str,
    settings: Settings,
    turns: Arc<dyn Turns>,
    keep: Arc<dyn Keep>,
) -> ChannelSpec {
    ChannelSpec {
        label: label.into(),
        settings,
        hosts: OperatorHosts {
            allow_hosts: entry.allow_hosts.clone(),
            allow_private_hosts: entry.allow_private_hosts.clone(),
            api_url: entry.api_url.clone(),
        },
        proxy: entry.proxy.clone(),
        limits: Limits::from(&entry.limits),
        reuse: entry
            .isolation
            .map(|isolation| isolation == Isolation::Reuse),
        turns,
        keep,
        state_limits: Policy::new(entry).state,
        stage: Stage::default(),
    }
}

/// The contract's declaration as the configuration's.
pub(crate) fn spec(setting: &Setting) -> SettingSpec {
    SettingSpec {
        name: setting.name.clone(),
        kind: match setting.kind {
            ContractKind::Text => SettingKind::Text,
            ContractKind::Integer => SettingKind::Integer,
            ContractKind::Number => SettingKind::Number,
            ContractKind::Boolean => SettingKind::Boolean,
            ContractKind::Url => SettingKind::Url,
            ContractKind::TextList => SettingKind::TextList,
            ContractKind::TextMap => SettingKind::TextMap,
            ContractKind::Base64Key => SettingKind::Base64Key,
            ContractKind::HexKey => SettingKind::HexKey,
            ContractKind::WebhookKey => SettingKind::WebhookKey,
            ContractKind::Any => SettingKind::Any,
        },
        required: setting.required,
        sealed: setting.sealed,
        in_body: setting.in_body,
        hosts: setting.hosts.clone(),
        // Checked to be JSON when the connector was loaded.
        default: setting
            .default
            .as_deref()
            .and_then(|json| serde_json::from_str(json).ok()),
        doc: setting.doc.clone(),
    }
}
