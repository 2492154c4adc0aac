//! No value of a file or of the environment is ever shown, whatever is wrong.

use super::super::{BotConfig, Credentials, SettingKind, SettingSpec, SettingValue, check};
use super::{channels, endpoints, parse};

/// A value that would be noticed wherever it appears.
const SECRET: &str = "hunter2";

fn declared() -> Vec<SettingSpec> {
    let kinds = [
        ("token", SettingKind::Text),
        ("flag", SettingKind::Boolean),
        ("hosts", SettingKind::TextList),
        ("headers", SettingKind::TextMap),
        ("key", SettingKind::Base64Key),
    ];
    let spec = |(name, kind): (&str, SettingKind)| SettingSpec {
        name: name.to_owned(),
        kind,
        required: true,
        sealed: true,
        in_body: false,
        hosts: Vec::new(),
        default: None,
        doc: String::new(),
    };
    kinds.into_iter().map(spec).collect()
}

/// Everything that could be printed about a file.
fn everything_shown(text: &str) -> String {
    match parse(text) {
        Ok(credentials) => {
            let mut shown = format!("{credentials:?}");
            for channel in &credentials.channels {
                match check(channel, &declared()) {
                    Ok(settings) => shown.push_str(&format!("{settings:?}")),
                    Err(errors) => shown.push_str(&format!("{errors}\n{errors:?}")),
                }
            }
            shown
        }
        Err(errors) => format!("{errors}\n{errors:?}"),
    }
}

#[test]
fn no_slip_of_the_pen_shows_a_value() {
    let texts = [
        "rest:\n  token: hunter2\n  flag: true\n  hosts: [hunter2, b]\n  headers: {x: hunter2}\n  key: hunter2==\n",
        "rest: {token: hunter2, flag: 'hunter2', hosts: [hunter2]}\n",
        "rest:\n  - account: HUNTER hunter2\n    proxy: http://a:hunter2@h\n  - mount: hunter2\n    token: \"hunter2\"\n",
        "rest:\n  token: |\n    hunter2\n  headers:\n    x: 'hunter2'\n  hosts:\n    - hunter2\n",
        "rest:\n  api_url: hunter2\n  limits: {body: hunter2}\n  isolation: hunter2\n  enabled: hunter2\n",
    ];
    let slips = [
        "", " ", ":", "\n", "\n  ", "\"", "'", "{", "[", "]", "}", "#", "\t", "- ", "*", "&", "!",
        "%", "@", ",", "${", "\\", "<<: ", "? ",
    ];
    let mut wrong = 0;
    for text in texts {
        for (at, _) in text.char_indices() {
            let inside = text
                .match_indices(SECRET)
                .any(|(start, _)| start < at && at < start + SECRET.len());
            if inside {
                continue;
            }
            let (before, after) = text.split_at(at);
            let left_out = format!("{before}{}", &after[1..]);
            for text in slips
                .iter()
                .map(|slip| format!("{before}{slip}{after}"))
                .chain([left_out])
            {
                let shown = everything_shown(&text);
                wrong += usize::from(shown.contains("error"));
                assert!(!shown.contains("unter2"), "{text}\n{shown}");
            }
        }
    }
    assert!(wrong > 1_000, "the slips are no mistakes: {wrong}");
}

#[test]
fn what_came_from_the_environment_is_not_shown() {
    for text in [
        "rest:\n  token: ${TOKEN}\n  flag: ${TOKEN}\n  hosts: ${TOKEN}\n  headers: ['${TOKEN}']\n  key: '${TOKEN}'\n",
        "rest:\n  mount: ${TOKEN}\n  api_url: ${TOKEN}\n  limits: ${TOKEN}\n  account: '${TOKEN} '\n",
    ] {
        let shown = everything_shown(text);
        assert!(
            shown.contains("error") && shown.contains("${TOKEN}"),
            "{shown}"
        );
        assert!(!shown.contains(SECRET), "{shown}");
    }
}

#[test]
fn what_is_right_is_not_shown_either() {
    let text = "rest:\n  token: hunter2\n  flag: true\n  hosts: [hunter2]\n  headers: {x: hunter2}\n  key: aHVudGVyMg==\n";
    let shown = everything_shown(text);
    assert!(shown.contains("(sealed)"), "{shown}");
    assert!(
        !shown.contains(SECRET) && !shown.contains("aHVudGVyMg"),
        "{shown}"
    );
    let settings = check(&channels(text)[0], &declared()).expect("right");
    let Some(SettingValue::Sealed(token)) = settings.get("token") else {
        panic!("not sealed")
    };
    assert_eq!(token.expose(), SECRET);

    let rest = Credentials::without_file();
    assert!(format!("{rest:?}").contains("rest"));
    let read = endpoints("bot: { url: http://h, headers: { x: hunter2 } }");
    let Ok(BotConfig::Rasa(bot)) = read.map(|read| read.bot) else {
        panic!("no bot")
    };
    assert!(!format!("{:?}", bot.headers).contains(SECRET));
}
