//! The command line: options, variables and files, and what is said about wrong ones.

use std::process::Output;

use crate::harness::{ADMIN_KEY, Home, Launch, SECRET, Stock, run, said};

#[track_caller]
fn assert_refused(output: &Output, names: &[&str]) {
    let said = said(output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    for name in names {
        assert!(said.contains(name), "{name} is not in: {said}");
    }
    assert!(!said.contains("panicked"), "{said}");
}

#[test]
fn a_mistyped_option_is_refused_with_the_nearest_known_one() {
    for (typo, meant) in [
        ("--listn", "--listen"),
        ("--databse", "--database"),
        ("--admin-keys", "--admin-key"),
        ("--webhook-secrets", "--webhook-secret"),
    ] {
        assert_refused(&Launch::bare().arg(typo, "x").output(), &[typo, meant]);
    }
}

#[test]
fn a_mistyped_variable_is_refused_with_the_nearest_known_one() {
    for (typo, meant) in [
        ("DOORBUSTER_LISTN", "DOORBUSTER_LISTEN"),
        ("DOORBUSTER_WEBHOOK_SECRETS", "DOORBUSTER_WEBHOOK_SECRET"),
        ("DOORBUSTER_ADMINKEY", "DOORBUSTER_ADMIN_KEY"),
    ] {
        assert_refused(&Launch::bare().env(typo, "x").output(), &[typo, meant]);
    }
}

#[test]
fn a_mistyped_key_in_the_file_is_refused_with_the_nearest_known_one() {
    for (typo, meant) in
        [("listn", "listen"), ("admin-key", "admin_key"), ("corsorigins", "cors_origins")]
    {
        let output = Launch::bare().config(&format!("{typo} = \"x\"\n")).output();
        assert_refused(&output, &[typo, meant]);
    }
}

#[test]
fn a_bad_value_is_refused_by_the_name_of_its_option() {
    for (option, value) in [
        ("--listen", "nonsense"),
        ("--listen", "127.0.0.1:99999"),
        ("--database", "mysql://localhost/sale"),
        ("--database", ""),
        ("--max-connections", "many"),
        ("--max-connections", "0"),
        ("--workers", "several"),
        ("--header-timeout", "soon"),
        ("--cors-origins", "shop.example/path"),
        ("--admin-key", ""),
    ] {
        let output = Launch::bare().arg(option, value).output();
        let said = said(&output);
        assert!(!output.status.success(), "{option} {value} was taken");
        let name = option.trim_start_matches("--");
        let named = said.contains(name) || said.contains(&name.replace('-', "_"));
        assert!(named, "{option} {value}: {said}");
    }
}

#[test]
fn a_bad_value_in_a_file_or_variable_is_refused_by_name() {
    let output = Launch::bare().config("max_connections = \"many\"\n").output();
    assert_refused(&output, &["max_connections"]);
    let output = Launch::bare().config("this is not toml\n").output();
    assert_refused(&output, &["doorbuster.toml"]);
    let output = Launch::bare().arg("--config", "/no/such/file.toml").output();
    assert_refused(&output, &["/no/such/file.toml"]);
    let output = Launch::bare().env("DOORBUSTER_MAX_CONNECTIONS", "many").output();
    let said = said(&output);
    assert!(!output.status.success());
    assert!(said.to_lowercase().contains("max_connections") || said.contains("max-connections"));
}

#[test]
fn a_flag_beats_a_variable_beats_a_file() {
    let (flag, variable, file) = ("flag-".repeat(8), "variable-".repeat(5), "file-".repeat(8));
    let base = || Launch::bare().config(&format!("admin_key = \"{file}\"\n"));
    let with_variable = || base().env("DOORBUSTER_ADMIN_KEY", &variable);
    let with_flag = || with_variable().arg("--admin-key", &flag);
    for (launch, wins, loses) in [
        (base(), &file, &variable),
        (with_variable(), &variable, &file),
        (with_flag(), &flag, &variable),
    ] {
        let server = launch.client_key(wins).start();
        server.get("/api/audit").admin().send().expect(200);
        let loser = server.with_admin_key(loses);
        loser.get("/api/audit").admin().send().problem(401, "unauthorized");
    }
}

#[test]
fn the_configuration_file_can_be_named_by_a_variable() {
    let home = Home::new();
    let file = home.file("elsewhere.toml");
    std::fs::write(
        &file,
        format!("admin_key = \"{ADMIN_KEY}\"\nwebhook_secret = [\"{SECRET}\"]\n"),
    )
    .unwrap();
    let launch = Launch::at(&home).env("DOORBUSTER_CONFIG", &file.display().to_string());
    let server = launch.client_key(ADMIN_KEY).start();
    let product = server.units(3);
    server.paid_order_id(product, 1);
}

#[test]
fn help_and_version_are_answered() {
    let home = Home::new();
    for args in [
        &["--help"][..],
        &["serve", "--help"],
        &["audit", "--help"],
        &["bench", "--help"],
        &["--version"],
    ] {
        let output = run(&home, args);
        assert!(output.status.success(), "{args:?}");
        assert!(!output.stdout.is_empty(), "{args:?}");
    }
    let help = said(&run(&home, &["serve", "--help"]));
    for option in ["--listen", "--database", "--admin-key", "--webhook-secret", "--config"] {
        assert!(help.contains(option), "{option} is not in the help");
    }
    let nothing = run(&home, &[]);
    assert!(!nothing.status.success() && said(&nothing).contains("serve"));
    let typo = run(&home, &["srve"]);
    assert_refused(&typo, &["srve", "serve"]);
}

#[test]
fn only_a_server_makes_a_database_and_only_its_help_says_so() {
    let home = Home::new();
    let (database, url) = (home.database(), home.database_url());
    let make = ["keys", "make", "--name", "till", "--scope", "read"];
    let revoke = ["keys", "revoke", "0123abcd"];
    for (command, status) in [(&["audit"][..], 2), (&["keys", "list"], 1), (&make, 1), (&revoke, 1)]
    {
        let output = run(&home, &[command, &["--database", &url]].concat());
        assert_eq!(output.status.code(), Some(status), "{command:?}: {}", said(&output));
        assert!(said(&output).contains("sale.db"), "{}", said(&output));
        assert!(!database.exists(), "{command:?} made a file");
        let help = said(&run(&home, &[command, &["--help"]].concat()));
        assert!(help.contains("a server must have made"), "{help}");
        assert!(!help.contains("is made if it does not exist"), "{help}");
    }
    let help = said(&run(&home, &["serve", "--help"]));
    assert!(help.contains("is made if it does not exist"), "{help}");
}

#[test]
fn a_demo_starts_with_a_sale_and_lines_to_try() {
    let server = Launch::demo().start();
    let printed = server.stdout();
    let product = server.get("/api/products/1").send().expect(200);
    assert_eq!(product["name"], "Limited Edition Flash Sale Item");
    assert_eq!(product["price"], 9999);
    assert_eq!(product["currency"], "USD");
    assert_eq!((&product["total_stock"], &product["status"]), (&100.into(), &"open".into()));
    let lines = pasted(&printed).lines().filter(|line| line.contains("curl ")).count();
    assert!(lines >= 3, "too few lines to try: {printed}");
    // Nothing of it stays where the operator works.
    assert!(!server.home().database().exists());
}

#[test]
fn the_printed_lines_of_the_demo_work_when_pasted() {
    let server = Launch::demo().start();
    let printed = server.stdout();
    let script = pasted(&printed);
    let output = std::process::Command::new("bash")
        .args(["-e", "-o", "pipefail", "-c", &script])
        .current_dir(server.home().path())
        .output()
        .unwrap();
    let said = said(&output);
    assert!(output.status.success(), "{script}\n{said}");
    for trouble in ["malformed_json", "validation_failed", "unauthorized", "invalid_signature"] {
        assert!(!said.contains(trouble), "{script}\n{said}");
    }
    // The sale sells out without one unit too many, and two units of it are paid.
    assert_eq!(server.stock(1), Stock::of(0, 98, 2), "{script}\n{said}");
}

/// What a reader pastes: everything from the first comment on.
fn pasted(printed: &str) -> String {
    let lines = printed.lines().skip_while(|line| !line.starts_with("# "));
    // The log shares the terminal, but not the paste.
    lines.take_while(|line| !line.starts_with('{')).collect::<Vec<_>>().join("\n")
}

#[test]
fn shells_and_man_know_every_command() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish"] {
        let output = run(&home, &["completions", shell]);
        let script = said(&output);
        assert_eq!(output.status.code(), Some(0), "{script}");
        for name in ["serve", "copy", "keys", "bench", "allow-unsigned-webhooks"] {
            assert!(script.contains(name), "{name} for {shell}");
        }
    }
    let pages = home.file("man1");
    assert_ne!(run(&home, &["man", &pages.display().to_string()]).status.code(), Some(0));
    std::fs::create_dir(&pages).unwrap();
    let output = run(&home, &["man", &pages.display().to_string()]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    for page in ["doorbuster.1", "doorbuster-serve.1", "doorbuster-keys-make.1"] {
        let text = std::fs::read_to_string(pages.join(page)).unwrap();
        assert!(text.contains(".SH NAME") && text.contains("doorbuster"), "{page}: {text}");
    }
}
