//! A connector that misbehaves where it is asked who it is does not start, and the person who starts the server reads
//! which connector, which function, and why.

use switchboard_tests::{Builder, misfit};

/// What `run` says about a `misfit` that does `what` in the function `place`.
fn refused(place: &str, what: &str) -> String {
    let cpu = if what == "loop" { "100ms" } else { "30s" };
    let builder = Builder::new()
        .credentials(&format!(
            "rest:\nmisfit.wasm:\n  limits: {{ cpu: {cpu} }}\n"
        ))
        .file("misfit.wasm", &misfit(place, what))
        // For the case that it starts all the same.
        .wrapped(&["timeout", "60"]);
    let output = builder.output("run");
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains("misfit.wasm"), "which connector: {error}");
    assert!(
        error.contains(&format!("`{place}`")),
        "which function: {error}"
    );
    assert!(error.len() < 5_000, "it can be read: {} bytes", error.len());
    error
}

#[test]
fn a_misfit_that_fits_starts() {
    let builder = Builder::new()
        .file("misfit.wasm", &misfit("nowhere", "nothing"))
        .argument("misfit.wasm");
    let output = builder.output("check");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
}

/// It has hosts that it wants to reach, and the operator's word on some.
#[test]
fn hosts_that_nobody_granted() {
    let check = |granted: &str| {
        let builder = Builder::new()
            .credentials(&format!("misfit.wasm:\n  allow_hosts: [{granted}]\n"))
            .file("misfit.wasm", &misfit("describe", "hosts"));
        let output = builder.output("check");
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), error)
    };
    let (code, error) = check("");
    assert_eq!(code, Some(2));
    let line = r#"allow_hosts: ["api.example.com", "*.example.org:8443"]"#;
    assert!(
        error.contains("wants to reach hosts that are not granted")
            && error.contains("credentials.yml:1:1")
            && error.contains(line),
        "{error}"
    );
    // The same names, in another way.
    for (granted, missing) in [
        (
            "http://api.example.com, '*.example.org:8443'",
            "api.example.com",
        ),
        ("api.example.com, '*.example.org'", "*.example.org:8443"),
        (
            "api.example.com, 'x.example.org:8443'",
            "*.example.org:8443",
        ),
    ] {
        let (code, error) = check(granted);
        assert_eq!(code, Some(2), "{granted}");
        let line = format!("allow_hosts: [\"{missing}\"]");
        assert!(error.contains(&line), "{granted}: {error}");
    }
    // The line as it is printed, and one that covers more.
    for granted in [
        r#""api.example.com", "*.example.org:8443""#,
        "'*.example.com', '*.example.org:8443'",
    ] {
        assert_eq!(check(granted), (Some(0), String::new()));
    }
}

#[test]
fn a_loop_in_name() {
    let error = refused("name", "loop");
    assert!(error.contains("it computed for more than 2s"), "{error}");
    assert!(
        !error.contains("limits.cpu"),
        "no setting raises it: {error}"
    );
}

#[test]
fn a_loop_in_describe() {
    let error = refused("describe", "loop");
    assert!(error.contains("it computed for more than 2s"), "{error}");
}

#[test]
fn a_loop_in_routes() {
    let error = refused("routes", "loop");
    let limit = "it computed for more than 100ms; hint: `limits.cpu` of the channel raises it";
    assert!(error.contains(limit), "{error}");
}

#[test]
fn check_says_the_same() {
    let builder = Builder::new()
        .file("misfit.wasm", &misfit("describe", "panic"))
        .argument("misfit.wasm");
    let output = builder.output("check");
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{error}");
    for text in ["misfit.wasm", "`describe` failed", "no describe for you"] {
        assert!(error.contains(text), "{error}");
    }
}

#[test]
fn panics_and_hoards() {
    for place in ["name", "routes"] {
        let error = refused(place, "panic");
        assert!(error.contains(&format!("no {place} for you")), "{error}");
    }
    let error = refused("describe", "memory");
    assert!(
        error.contains("it needed more than 256 MiB of memory"),
        "{error}"
    );
    let error = refused("routes", "memory");
    assert!(
        error.contains("64 MiB of memory; hint: `limits.memory`"),
        "{error}"
    );
}

#[test]
fn more_than_anybody_needs() {
    let error = refused("name", "much");
    assert!(error.contains("is not 1 to 64 characters"), "{error}");
    let error = refused("describe", "much");
    assert!(error.contains("bytes to the host at once"), "{error}");
    let error = refused("routes", "much");
    assert!(
        error.contains("bytes to the host at once; hint: `limits.host_call`"),
        "{error}"
    );
}
