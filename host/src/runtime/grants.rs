//! Which hosts a channel may reach, from what its connector says, what kind of connector it is, and what the operator
//! wrote.

use reqwest::Url;

use super::connector::{Connector, Origin};
use super::context::Seal;
use super::egress::Grant;
use crate::config::{AllowedHost, BaseUrl, SettingValue, Settings};

/// What the operator wrote about hosts, beside the settings.
#[derive(Clone, Debug, Default)]
pub struct OperatorHosts {
    /// `allow_hosts`.
    pub allow_hosts: Vec<AllowedHost>,
    /// `allow_private_hosts`.
    pub allow_private_hosts: Vec<AllowedHost>,
    /// `api_url`.
    pub api_url: Option<BaseUrl>,
}

/// The hosts that the channel may reach, and where each setting's value may go.
///
/// # Errors
///
/// When a pattern is malformed, or a dropped-in connector wants hosts that nobody granted: all of them, with the line to
/// add.
pub(crate) fn grants(
    connector: &Connector,
    settings: &Settings,
    operator: &OperatorHosts,
) -> Result<(Vec<Grant>, Vec<Seal>), String> {
    let mut grants = Vec::new();
    for host in &operator.allow_hosts {
        grants.push(Grant {
            host: host.clone(),
            may_be_private: host.is_certain(),
        });
    }
    for host in &operator.allow_private_hosts {
        grants.push(Grant {
            host: host.clone(),
            may_be_private: true,
        });
    }
    let api_host = operator
        .api_url
        .as_ref()
        .and_then(|url| AllowedHost::of(url.url()));
    grants.extend(api_host.clone().map(|host| Grant {
        host,
        may_be_private: true,
    }));

    let mut missing = Vec::new();
    for text in &connector.description.hosts {
        match setting_name(text) {
            Some(name) => {
                grants.extend(host_in(settings, name).map(|host| Grant {
                    host,
                    may_be_private: true,
                }));
            }
            None => {
                let host = pattern(text)?;
                let granted = grants.iter().any(|grant| grant.host.covers(&host));
                match &connector.origin {
                    Origin::Builtin(_) => grants.push(Grant {
                        host,
                        may_be_private: false,
                    }),
                    Origin::File(_) if granted => {}
                    Origin::File(_) => missing.push(host),
                }
            }
        }
    }
    if !missing.is_empty() {
        let missing: Vec<String> = missing.iter().map(|host| format!("\"{host}\"")).collect();
        return Err(format!(
            "it wants to reach hosts that are not granted\nhint: if it should, add to the channel: allow_hosts: [{}]",
            missing.join(", ")
        ));
    }

    let mut seals = Vec::new();
    for (name, _) in settings.iter() {
        let declared = connector
            .description
            .settings
            .iter()
            .find(|setting| setting.name == name);
        let own_hosts = declared
            .map(|setting| setting.hosts.as_slice())
            .unwrap_or_default();
        let meant = if own_hosts.is_empty() {
            &connector.description.hosts[..]
        } else {
            own_hosts
        };
        let mut hosts = Vec::new();
        for text in meant {
            match setting_name(text) {
                Some(other) => hosts.extend(host_in(settings, other)),
                None => hosts.push(pattern(text)?),
            }
        }
        hosts.extend(api_host.clone());
        seals.push(Seal {
            hosts,
            in_body: declared.is_some_and(|setting| setting.in_body),
        });
    }
    Ok((grants, seals))
}

/// `{url}` names a setting.
fn setting_name(text: &str) -> Option<&str> {
    text.strip_prefix('{')?.strip_suffix('}')
}

fn pattern(text: &str) -> Result<AllowedHost, String> {
    text.parse()
        .map_err(|e| format!("its description names the host `{text}`, which {e}"))
}

/// The host that the operator wrote into a setting.
fn host_in(settings: &Settings, name: &str) -> Option<AllowedHost> {
    let value = match settings.get(name)? {
        SettingValue::Open(value) => value,
        SettingValue::Sealed(secret) => secret.expose(),
    };
    AllowedHost::of(&Url::parse(value.as_str()?).ok()?)
}
