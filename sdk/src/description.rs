//! Ways to write down what a connector is. The contract's records have a field for every case; most connectors need few
//! of them, so each starts from the plain case and names only what differs.

use serde::Serialize;

use crate::{
    CardLimit, ChoiceLimit, Description, LengthUnit, Rendering, Route, Setting, SettingKind,
    TextLimit, Transport,
};

impl Description {
    /// A connector without settings that calls no host and renders plain text. `version` is the connector's own, as
    /// `env!("CARGO_PKG_VERSION")` gives it; `summary` is one line for people.
    #[must_use]
    pub fn new(version: &str, summary: &str) -> Self {
        Self {
            version: version.to_owned(),
            summary: summary.to_owned(),
            settings: Vec::new(),
            hosts: Vec::new(),
            renders: Rendering::plain(),
        }
    }

    /// Declares a setting.
    #[must_use]
    pub fn setting(mut self, setting: Setting) -> Self {
        self.settings.push(setting);
        self
    }

    /// Declares a host that the connector calls: `api.example.com`, `*.example.com`, or `{name}` for the host of a
    /// setting of kind `url`. By `https` only, unless written as `http://…`.
    #[must_use]
    pub fn host(mut self, host: &str) -> Self {
        self.hosts.push(host.to_owned());
        self
    }

    /// States which kinds of part the channel renders; the host turns the others into those.
    #[must_use]
    pub fn renders(mut self, renders: Rendering) -> Self {
        self.renders = renders;
        self
    }
}

impl Setting {
    fn new(name: &str, kind: SettingKind) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            required: false,
            sealed: false,
            in_body: false,
            hosts: Vec::new(),
            default: None,
            doc: String::new(),
        }
    }

    /// Any text.
    #[must_use]
    pub fn text(name: &str) -> Self {
        Self::new(name, SettingKind::Text)
    }

    /// A whole number.
    #[must_use]
    pub fn integer(name: &str) -> Self {
        Self::new(name, SettingKind::Integer)
    }

    /// Any number.
    #[must_use]
    pub fn number(name: &str) -> Self {
        Self::new(name, SettingKind::Number)
    }

    /// `true` or `false`.
    #[must_use]
    pub fn boolean(name: &str) -> Self {
        Self::new(name, SettingKind::Boolean)
    }

    /// An absolute `http` or `https` address, without user name or password. The operator wrote it, so its host may be
    /// reached, private or not, where the description names it as `{name}`.
    #[must_use]
    pub fn url(name: &str) -> Self {
        Self::new(name, SettingKind::Url)
    }

    /// A list of texts.
    #[must_use]
    pub fn text_list(name: &str) -> Self {
        Self::new(name, SettingKind::TextList)
    }

    /// A mapping from text to text.
    #[must_use]
    pub fn text_map(name: &str) -> Self {
        Self::new(name, SettingKind::TextMap)
    }

    /// A key for [`hmac`](crate::Host::hmac), in base64.
    #[must_use]
    pub fn base64_key(name: &str) -> Self {
        Self::new(name, SettingKind::Base64Key)
    }

    /// A key for [`hmac`](crate::Host::hmac), in hexadecimal.
    #[must_use]
    pub fn hex_key(name: &str) -> Self {
        Self::new(name, SettingKind::HexKey)
    }

    /// A key for [`hmac`](crate::Host::hmac) as Standard Webhooks writes it: base64, with or without `whsec_` before.
    #[must_use]
    pub fn webhook_key(name: &str) -> Self {
        Self::new(name, SettingKind::WebhookKey)
    }

    /// Any value.
    #[must_use]
    pub fn any(name: &str) -> Self {
        Self::new(name, SettingKind::Any)
    }

    /// The server does not start without it.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// A secret: never shown, and a [`Sealed`](crate::Sealed) in the connector's settings.
    #[must_use]
    pub fn sealed(mut self) -> Self {
        self.sealed = true;
        self
    }

    /// For a secret: the host puts its value into the bodies of outbound requests too.
    #[must_use]
    pub fn in_body(mut self) -> Self {
        self.in_body = true;
        self
    }

    /// For a secret: a host toward which its value may go, written as in [`Description::host`]. Without one, all hosts
    /// that the description lists.
    #[must_use]
    pub fn only_to(mut self, host: &str) -> Self {
        self.hosts.push(host.to_owned());
        self
    }

    /// What holds when the operator gives none.
    ///
    /// # Panics
    ///
    /// If the value has no JSON form.
    #[must_use]
    pub fn default_value(mut self, value: impl Serialize) -> Self {
        let json = serde_json::to_string(&value).expect("a default has a JSON form");
        self.default = Some(json);
        self
    }

    /// One sentence for people, shown by `switchboard check`.
    #[must_use]
    pub fn doc(mut self, doc: &str) -> Self {
        doc.clone_into(&mut self.doc);
        self
    }
}

impl Rendering {
    /// Plain text of any length, and nothing else.
    #[must_use]
    pub const fn plain() -> Self {
        Self {
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
        }
    }

    /// Splits texts that are longer than `max`.
    #[must_use]
    pub const fn text_limit(mut self, max: u32, unit: LengthUnit) -> Self {
        self.text_limit = Some(TextLimit { max, unit });
        self
    }

    /// Begins a new part at each blank line of a text, as Rasa does.
    #[must_use]
    pub const fn split_blank_lines(mut self) -> Self {
        self.split_blank_lines = true;
        self
    }

    /// Renders buttons; more than fit become numbered text.
    #[must_use]
    pub const fn buttons(mut self, limit: ChoiceLimit) -> Self {
        self.buttons = Some(limit);
        self
    }

    /// Renders quick replies; more than fit become numbered text.
    #[must_use]
    pub const fn quick_replies(mut self, limit: ChoiceLimit) -> Self {
        self.quick_replies = Some(limit);
        self
    }

    /// Renders images.
    #[must_use]
    pub const fn image(mut self) -> Self {
        self.image = true;
        self
    }

    /// Renders files.
    #[must_use]
    pub const fn file(mut self) -> Self {
        self.file = true;
        self
    }

    /// Renders audio.
    #[must_use]
    pub const fn audio(mut self) -> Self {
        self.audio = true;
        self
    }

    /// Renders video.
    #[must_use]
    pub const fn video(mut self) -> Self {
        self.video = true;
        self
    }

    /// Shows captions of images, files, audio and video up to `max`, 0 for none; longer ones go ahead as text.
    #[must_use]
    pub const fn caption_limit(mut self, max: u32, unit: LengthUnit) -> Self {
        self.caption_limit = Some(TextLimit { max, unit });
        self
    }

    /// Renders cards; more than fit in one part are sent as several.
    #[must_use]
    pub const fn cards(mut self, limit: CardLimit) -> Self {
        self.cards = Some(limit);
        self
    }

    /// Renders places.
    #[must_use]
    pub const fn location(mut self) -> Self {
        self.location = true;
        self
    }

    /// Takes the platform's own format from the bot.
    #[must_use]
    pub const fn custom(mut self) -> Self {
        self.custom = true;
        self
    }

    /// Shows that the bot is writing.
    #[must_use]
    pub const fn typing(mut self) -> Self {
        self.typing = true;
        self
    }
}

impl ChoiceLimit {
    /// However many there are.
    pub const NONE: Self = Self::at_most(u32::MAX);

    /// Up to this many, with texts of any length.
    #[must_use]
    pub const fn at_most(max_buttons: u32) -> Self {
        Self {
            max_buttons,
            text: None,
            title: None,
            payload: None,
        }
    }

    /// Splits the text beside the buttons where it is longer than `max`.
    #[must_use]
    pub const fn text(mut self, max: u32, unit: LengthUnit) -> Self {
        self.text = Some(TextLimit { max, unit });
        self
    }

    /// Cuts titles that are longer than `max`.
    #[must_use]
    pub const fn title(mut self, max: u32, unit: LengthUnit) -> Self {
        self.title = Some(TextLimit { max, unit });
        self
    }

    /// Makes numbered text of buttons where a payload is longer than `max`.
    #[must_use]
    pub const fn payload(mut self, max: u32, unit: LengthUnit) -> Self {
        self.payload = Some(TextLimit { max, unit });
        self
    }
}

impl CardLimit {
    /// Up to so many cards in a part, each with up to so many buttons.
    #[must_use]
    pub const fn at_most(max_cards: u32, max_buttons: u32) -> Self {
        Self {
            max_cards,
            max_buttons,
        }
    }
}

impl Route {
    /// A route for one method in upper case, `GET` serving `HEAD` too; [`method`](Route::method) adds others. The path
    /// is relative to the channel's mount, or absolute with a leading `/`; `{id}` captures one segment. It is the
    /// route's id as well, unless [`id`](Route::id) gives another.
    #[must_use]
    pub fn new(method: &str, path: &str) -> Self {
        Self {
            id: path.to_owned(),
            methods: vec![method.to_owned()],
            path: path.to_owned(),
            transport: Transport::Http,
            admin_only: false,
        }
    }

    /// A route for `POST`.
    #[must_use]
    pub fn post(path: &str) -> Self {
        Self::new("POST", path)
    }

    /// A route for `GET`.
    #[must_use]
    pub fn get(path: &str) -> Self {
        Self::new("GET", path)
    }

    /// A route for Socket.IO, for clients that connect to `namespace`, which is `/` as a rule: the host speaks the protocol,
    /// a [`SocketConnector`](crate::SocketConnector) gets the events.
    #[must_use]
    pub fn socketio(path: &str, namespace: &str) -> Self {
        Self {
            transport: Transport::Socketio(namespace.to_owned()),
            ..Self::new("GET", path).method("POST")
        }
    }

    /// Serves another method too.
    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        self.methods.push(method.to_owned());
        self
    }

    /// Serves those alone who may use the server's admin API.
    #[must_use]
    pub fn admin_only(mut self) -> Self {
        self.admin_only = true;
        self
    }

    /// What `receive` is told as its route.
    #[must_use]
    pub fn id(mut self, id: &str) -> Self {
        id.clone_into(&mut self.id);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builders_set_what_they_name_and_nothing_else() {
        let setting = Setting::webhook_key("key")
            .required()
            .sealed()
            .in_body()
            .only_to("a.example")
            .doc("A key.");
        let expected = Setting {
            name: "key".to_owned(),
            kind: SettingKind::WebhookKey,
            required: true,
            sealed: true,
            in_body: true,
            hosts: vec!["a.example".to_owned()],
            default: None,
            doc: "A key.".to_owned(),
        };
        assert_eq!(setting, expected);
        assert_eq!(
            Setting::text("a").default_value("x\"").default.as_deref(),
            Some(r#""x\"""#)
        );
        assert_eq!(
            Setting::integer("a").default_value(3).default.as_deref(),
            Some("3")
        );

        let rendering = Rendering::plain().buttons(ChoiceLimit::at_most(3)).typing();
        let expected = Rendering {
            buttons: Some(ChoiceLimit {
                max_buttons: 3,
                text: None,
                title: None,
                payload: None,
            }),
            typing: true,
            ..Rendering::plain()
        };
        assert_eq!(rendering, expected);
    }

    #[test]
    fn a_route_is_named_after_its_path() {
        let route = Route::get("webhook/{id}").method("POST");
        assert_eq!(
            (route.id.as_str(), route.path.as_str()),
            ("webhook/{id}", "webhook/{id}")
        );
        assert_eq!(route.methods, ["GET", "POST"]);
        assert_eq!(route.id("hook").id, "hook");
        assert_eq!(
            Route::socketio("/socket.io", "/bot").transport,
            Transport::Socketio("/bot".to_owned())
        );
    }
}
