//! Settings as the host prepares them: checked against the description, filled with defaults, sealed.

use std::collections::BTreeMap;

use serde::de::value::Error as NoValue;
use serde::de::{Deserialize, Deserializer, Error as _, Visitor};
use serde_json::{Map, Value};

use super::network::{Network, Placeholder};
use super::secrets::Secret;
use crate::settings::parse;
use crate::{Connector, Description, HttpError, HttpRequest, SecretError, Setting, SettingKind};

/// The one key of the host that a connector gets to see without declaring it.
const API_URL: &str = "api_url";

/// What `serde` says of a field that the JSON lacks.
const MISSING: &str = "missing field";

/// The settings of one channel.
pub(super) struct ChannelSettings {
    json: String,
    /// By the name of each sealed text that is declared; `None` where the operator gave no value.
    secrets: BTreeMap<String, Option<Secret>>,
    network: Network,
}

impl ChannelSettings {
    pub(super) fn seal(description: &Description, given: &str) -> Self {
        let mut given = object(given);
        let mut filled = Map::new();
        let mut secrets = BTreeMap::new();
        let mut placeholders = Vec::new();
        let mut addresses = BTreeMap::new();
        for setting in &description.settings {
            let value = chosen(setting, given.remove(&setting.name));
            if setting.sealed && is_text(setting.kind) {
                secrets.insert(
                    setting.name.clone(),
                    value.as_ref().map(|v| secret(setting, v)),
                );
            }
            let Some(mut value) = value else { continue };
            if let (SettingKind::Url, Value::String(url)) = (setting.kind, &value) {
                addresses.insert(setting.name.clone(), url.clone());
            }
            if setting.sealed {
                seal(&mut value, setting, &mut placeholders);
            }
            filled.insert(setting.name.clone(), value);
        }
        if let Some(url) = given.remove(API_URL) {
            addresses.insert(
                API_URL.to_owned(),
                url.as_str().unwrap_or_default().to_owned(),
            );
            filled.insert(API_URL.to_owned(), url);
        }
        if let Some(name) = given.keys().next() {
            panic!("the settings have `{name}`, which `describe` does not declare");
        }
        Self {
            json: Value::Object(filled).to_string(),
            secrets,
            network: Network::new(description.hosts.clone(), addresses, placeholders),
        }
    }

    pub(super) fn json(&self) -> &str {
        &self.json
    }

    pub(super) fn secret(&self, name: &str) -> Result<&Secret, SecretError> {
        match self.secrets.get(name) {
            Some(Some(secret)) => Ok(secret),
            Some(None) => Err(SecretError::NotSet(format!(
                "the setting `{name}` has no value"
            ))),
            None => Err(SecretError::UnknownSetting(format!(
                "`{name}` is no sealed text"
            ))),
        }
    }

    /// Bytes with values in the place of placeholders.
    pub(super) fn reveal(&self, bytes: &[u8]) -> Vec<u8> {
        self.network.reveal(bytes)
    }

    pub(super) fn unseal(&self, request: HttpRequest) -> Result<HttpRequest, HttpError> {
        self.network.unseal(request)
    }
}

/// Reads the settings as the component does when the host loads it.
pub(super) fn read<C: Connector>(json: &str) -> C::Settings {
    match parse::<C>(json) {
        Ok(settings) => settings,
        Err(text) => panic!("connector `{}`: cannot use the settings: {text}", C::NAME),
    }
}

/// Checks that every field of the connector's settings is declared, and that it can do without what is not required.
pub(super) fn assert_agreement<C: Connector>(description: &Description, given: &str) {
    for field in fields::<C::Settings>() {
        let declared = description
            .settings
            .iter()
            .any(|setting| setting.name == *field);
        assert!(
            declared || *field == API_URL,
            "the settings of connector `{}` have the field `{field}`, which `describe` does not declare",
            C::NAME
        );
    }
    let mut least = object(given);
    least.retain(|name, _| {
        description
            .settings
            .iter()
            .any(|setting| setting.name == *name && setting.required)
    });
    let least = ChannelSettings::seal(description, &Value::Object(least).to_string());
    if let Err(text) = parse::<C>(least.json()) {
        assert!(
            !text.contains(MISSING),
            "connector `{}`: `describe` does not require what the type does: {text}",
            C::NAME
        );
    }
}

fn object(json: &str) -> Map<String, Value> {
    match serde_json::from_str(json) {
        Ok(Value::Object(map)) => map,
        Ok(_) => panic!("the settings must be a JSON object"),
        Err(error) => panic!("the settings are not JSON: {error}"),
    }
}

/// The value that holds for a setting, of the right kind.
fn chosen(setting: &Setting, given: Option<Value>) -> Option<Value> {
    let name = &setting.name;
    let default = || {
        let json = setting.default.as_deref()?;
        Some(serde_json::from_str(json).unwrap_or_else(|e| panic!("the default of `{name}`: {e}")))
    };
    let value = given.filter(|value| !value.is_null()).or_else(default);
    match &value {
        Some(value) => assert!(
            fits(setting.kind, value),
            "`{name}` must be a {:?}",
            setting.kind
        ),
        None => assert!(!setting.required, "the setting `{name}` is required"),
    }
    value
}

fn fits(kind: SettingKind, value: &Value) -> bool {
    let text = Value::is_string;
    match kind {
        SettingKind::Text
        | SettingKind::Base64Key
        | SettingKind::HexKey
        | SettingKind::WebhookKey => text(value),
        SettingKind::Url => value.as_str().is_some_and(Network::is_address),
        SettingKind::Integer => value.is_i64() || value.is_u64(),
        SettingKind::Number => value.is_number(),
        SettingKind::Boolean => value.is_boolean(),
        SettingKind::TextList => value.as_array().is_some_and(|list| list.iter().all(text)),
        SettingKind::TextMap => value.as_object().is_some_and(|map| map.values().all(text)),
        SettingKind::Any => true,
    }
}

/// Whether a value of the kind is one text.
fn is_text(kind: SettingKind) -> bool {
    matches!(
        kind,
        SettingKind::Text
            | SettingKind::Url
            | SettingKind::Base64Key
            | SettingKind::HexKey
            | SettingKind::WebhookKey
    )
}

fn secret(setting: &Setting, value: &Value) -> Secret {
    value
        .as_str()
        .and_then(|text| Secret::new(setting.kind, text))
        .unwrap_or_else(|| panic!("`{}` must be a {:?}", setting.name, setting.kind))
}

/// Puts a placeholder in the place of every text.
fn seal(value: &mut Value, setting: &Setting, placeholders: &mut Vec<Placeholder>) {
    match value {
        Value::String(text) => {
            // Of one length, so that none is the beginning of another.
            let placeholder = format!("sealed-{:04}", placeholders.len());
            let value = std::mem::replace(text, placeholder.clone());
            placeholders.push(Placeholder {
                placeholder,
                value,
                in_body: setting.in_body,
                hosts: setting.hosts.clone(),
            });
        }
        Value::Array(list) => list
            .iter_mut()
            .for_each(|item| seal(item, setting, placeholders)),
        Value::Object(map) => map
            .values_mut()
            .for_each(|item| seal(item, setting, placeholders)),
        _ => {}
    }
}

/// The names of a type's fields: what its `Deserialize` asks for, before it gets anything. None for a type that is no
/// struct, or takes what is left over.
fn fields<T: for<'de> Deserialize<'de>>() -> &'static [&'static str] {
    let mut fields: &[&str] = &[];
    // Always an error, for there is no value; the names are what it was for.
    let _ = T::deserialize(Fields(&mut fields));
    fields
}

struct Fields<'names>(&'names mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Fields<'_> {
    type Error = NoValue;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, NoValue> {
        *self.0 = fields;
        self.deserialize_any(visitor)
    }

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, NoValue> {
        Err(NoValue::custom(
            "only the names of the fields are of interest",
        ))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}
