//! `doorbuster bench`: an honest server passes every scenario, and one that is broken on purpose is
//! found out.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::harness::{
    ADMIN_KEY, Crook, Exchange, Home, Launch, Server, Stopwatch, bench, command, eventually,
    result, run, said, uuid,
};

/// How many answers of this kind there were.
fn answers(result: &Value, step: &str, kind: &str) -> u64 {
    let answers = result["answers"].as_array().unwrap().iter();
    let kind = answers.filter(|answer| answer["step"] == step && answer["kind"] == kind);
    kind.map(|answer| answer["count"].as_u64().unwrap()).sum()
}

fn address(server: &Server) -> String {
    format!("http://{}", server.address)
}

#[test]
fn an_honest_server_passes_every_scenario() {
    let server = Launch::new().start();
    server.units(5); // what is on sale already is none of the bench's business
    let url = address(&server);
    for (line, visitors) in [
        ("sellout --buyers 300 --stock 20 --products 2 --failed 20%", 300),
        ("holds --rate 400 --duration 500ms --ramp 100ms --quantity 1-4", 180),
        ("checkout --rate 200 --duration 500ms --buyers 30", 100),
        ("soldout --rate 400 --duration 500ms --stock 7", 200),
        ("browse --rate 400 --duration 500ms --products 3", 200),
        ("mixed --rate 400 --duration 500ms --threads 2 --connections 5", 200),
    ] {
        let result = result(&bench(&url, line), 0);
        assert_eq!(result["ok"], true, "{line}");
        let count = |value: &Value| value.as_u64().unwrap();
        let came = count(&result["visitors"]) + count(&result["generator"]["left_out"]);
        assert_eq!(came, visitors, "{line}");
        assert!(result["latency"]["p99_us"].as_u64() > Some(0), "{line}");
        assert!(!result["timeline"].as_array().unwrap().is_empty(), "{line}");
    }
}

#[test]
fn a_sellout_sells_exactly_what_there_is() {
    let server = Launch::new().start();
    let result = result(&bench(&address(&server), "sellout --buyers 200 --stock 30"), 0);
    assert_eq!(answers(&result, "hold", "placed"), 30);
    assert_eq!(answers(&result, "hold", "insufficient_stock"), 170);
    assert_eq!(answers(&result, "webhook", "applied"), 30);
    let products = server.get("/api/products").send().expect(200);
    let product = &products["data"][0];
    assert_eq!((&product["sold_stock"], &product["status"]), (&30.into(), &"paused".into()));
}

#[test]
fn webhooks_that_are_early_late_failed_or_twice_are_accounted_for() {
    let server = Launch::new().start();
    let shares = "--abandoned 20% --failed 30% --duplicate 50% --late 30% --early 30%";
    let line = format!("checkout --rate 400 --duration 700ms {shares} --quantity 1:3,2:1");
    result(&bench(&address(&server), &line), 0);
    // The same crowd comes again, and finds a server that remembers the run before.
    let result = result(&bench(&address(&server), &line), 0);
    for kind in ["applied", "duplicate", "stored", "ignored"] {
        assert!(answers(&result, "webhook", kind) > 0, "no webhook was {kind}: {result}");
    }
    let (holds, orders) =
        (answers(&result, "hold", "placed"), answers(&result, "order", "created"));
    assert!(orders < holds, "nobody abandoned anything");
    assert!(answers(&result, "cancel", "cancelled") > 0);
    let compared = &result["judgement"]["compared"];
    assert_eq!((&compared["holds"], &compared["orders"]), (&holds.into(), &orders.into()));
}

#[test]
fn expired_holds_and_orders_are_no_loss() {
    let server = Launch::new().start();
    let line = "checkout --rate 300 --duration 2500ms --hold-seconds 1 --payment-seconds 1 \
                --abandoned 50% --stock 100";
    result(&bench(&address(&server), line), 0);
}

#[test]
fn a_closed_loop_is_as_fast_as_the_answers() {
    let server = Launch::new().start();
    let line = "holds --closed --duration 300ms --connections 8";
    let result = result(&bench(&address(&server), line), 0);
    assert_eq!(result["settings"]["mode"], "closed");
    assert_eq!(result["visitors"], result["requests"]);
}

#[test]
fn nobody_waits_out_the_timeout_on_a_connection_that_the_server_closed_while_idle() {
    let server = Launch::new().arg("--header-timeout", "20ms").start();
    let line = "holds --rate 10 --duration 500ms --connections 2 --timeout 5s";
    let result = result(&bench(&address(&server), line), 0);
    // A request that crosses with the closing gets no answer, which the client knows at once.
    let answered =
        answers(&result, "hold", "placed") + answers(&result, "hold", "connection_broken");
    assert_eq!(result["visitors"], answered, "{result}");
}

#[test]
fn a_stall_is_charged_to_everyone_who_came_meanwhile() {
    const STALL: Duration = Duration::from_millis(400);
    let server = Launch::new().start();
    let first = AtomicBool::new(true);
    let crook = Crook::before(&server.address, move |exchange| {
        if exchange.call == "POST /api/holds" && first.swap(false, Ordering::Relaxed) {
            let stalled = Stopwatch::start();
            eventually(10 * STALL, "the stall is over", || {
                (stalled.elapsed() >= STALL).then_some(())
            });
        }
    });
    // One connection: forty of fifty visitors come while it is stuck, one each ten milliseconds.
    let line = "holds --rate 100 --duration 500ms --connections 1";
    let result = result(&bench(&crook.url, line), 0);
    // Asked one after the other, one visitor alone would have seen the stall.
    assert!(result["latency"]["p50_us"].as_u64() > Some(100_000), "{result}");
    let warnings = result["warnings"].to_string();
    assert!(warnings.contains("waited for one of 1 connections"), "{warnings}");
}

/// What the judgement found on a server in front of which `cheat` stands: units oversold, cases
/// lost, and cases doubled.
#[track_caller]
fn found(line: &str, code: i32, cheat: fn(&mut Exchange, &AtomicBool)) -> (u64, u64, u64) {
    let server = Launch::new().start();
    let once = AtomicBool::new(true);
    let crook = Crook::before(&server.address, move |exchange| cheat(exchange, &once));
    let result = result(&bench(&crook.url, line), code);
    let judgement = &result["judgement"];
    let count = |kind: &str, what: &str| judgement[kind][what].as_u64().unwrap();
    (count("oversold", "units"), count("lost", "cases"), count("doubled", "cases"))
}

#[test]
fn a_proxy_that_changes_nothing_is_honest() {
    let nothing = found("sellout --buyers 100 --stock 20 --duplicate 100%", 0, |_, _| {});
    assert_eq!(nothing, (0, 0, 0));
}

#[test]
fn one_oversold_unit_is_noticed() {
    // The server is told of one unit more, and nobody else is.
    let oversold = found("sellout --buyers 100 --stock 20", 1, |exchange, _| {
        if exchange.call == "POST /api/products" && !exchange.is_answered() {
            exchange.request = exchange.request.replace("\"total_stock\":20", "\"total_stock\":21");
        }
        exchange.answer = exchange
            .answer
            .replace("\"total_stock\":21", "\"total_stock\":20")
            .replace("\"product_created\",\"qty\":21", "\"product_created\",\"qty\":20");
    });
    assert_eq!(oversold, (1, 0, 0));
}

#[test]
fn one_lost_hold_is_noticed() {
    // One buyer is told of a hold that the server never heard of.
    let lost = found("holds --rate 200 --duration 300ms", 1, |exchange, once| {
        if exchange.call == "POST /api/holds" && once.swap(false, Ordering::Relaxed) {
            let hold: Value = serde_json::from_str(&exchange.request).unwrap();
            let (product, qty) = (&hold["product_id"], &hold["qty"]);
            let id = uuid();
            exchange.make_up(
                201,
                format!(r#"{{"hold_id":"{id}","product_id":{product},"qty":{qty}}}"#),
            );
        }
    });
    assert_eq!(lost, (0, 1, 0));
}

#[test]
fn one_doubled_payment_is_noticed() {
    // One repeated event is said to have had an effect again.
    let doubled =
        found("checkout --rate 100 --duration 300ms --duplicate 100%", 1, |exchange, once| {
            let repeated = exchange.answer.contains("\"result\":\"duplicate\"");
            if repeated && once.swap(false, Ordering::Relaxed) {
                exchange.answer = exchange.answer.replace("duplicate", "applied");
            }
        });
    assert_eq!(doubled, (0, 0, 1));
}

#[test]
fn units_paid_for_twice_in_the_journal_are_noticed() {
    // The journal has the last sale once more, with the counters that would follow.
    let doubled = found("checkout --rate 50 --duration 300ms", 1, |exchange, _| {
        if !exchange.call.contains("/journal") || !exchange.is_answered() {
            return;
        }
        let mut page: Value = serde_json::from_str(&exchange.answer).unwrap();
        let rows = page["data"].as_array_mut().unwrap();
        let mut again = rows.last().unwrap().clone();
        again["kind"] = "order_retaken".into();
        for counter in ["seq", "sold_stock"] {
            again[counter] = (again[counter].as_u64().unwrap() + 1).into();
        }
        rows.push(again);
        exchange.answer = page.to_string();
    });
    assert_eq!(doubled, (0, 0, 1));
}

#[test]
fn a_server_of_its_own_is_started_stopped_and_cleaned_up() {
    let home = Home::new();
    let report = home.file("report.html");
    let output = command(env!("CARGO_BIN_EXE_doorbuster"), home.path())
        .env("TMPDIR", home.path())
        .args(["bench", "mixed", "--self", "--rate", "200", "--duration", "500ms", "--report"])
        .arg(&report)
        .output()
        .unwrap();
    let said = said(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("nothing oversold, lost or doubled"), "{said}");
    assert!(std::fs::read_to_string(&report).unwrap().ends_with("</html>"));
    let left: Vec<_> = std::fs::read_dir(home.path())
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|file| *file != report)
        .collect();
    assert!(left.is_empty(), "left behind: {left:?}");
}

#[test]
fn a_run_that_is_interrupted_is_judged_all_the_same() {
    for asked in [Signal::INT, Signal::TERM] {
        interrupted_by(asked);
    }
}

fn interrupted_by(asked: Signal) {
    let home = Home::new();
    let mut child = command(env!("CARGO_BIN_EXE_doorbuster"), home.path())
        .args(["bench", "checkout", "--self", "--duration", "10m", "--rate", "100", "--json"])
        .env("TMPDIR", home.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut progress = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("/s  p50") {
        line.clear();
        assert!(progress.read_line(&mut line).unwrap() > 0, "no progress was told");
    }
    kill_process(Pid::from_child(&child), asked).unwrap();
    let output = child.wait_with_output().unwrap();
    let result = result(&output, 0);
    assert_eq!(result["generator"]["interrupted"], true);
    assert!(result["judgement"]["compared"]["holds"].as_u64() > Some(0));
    let left = std::fs::read_dir(home.path()).unwrap().count();
    assert_eq!(left, 0, "the server of --self left its directory");
}

#[test]
fn what_an_operator_can_get_wrong_is_said() {
    let server = Launch::new().start();
    let url = address(&server);
    let home = Home::new();
    let wrong_secret = "whsec_b3RoZXI=";
    for (args, says) in [
        (vec!["holds", "--url", &url, "--admin-key", "wrong"], "--admin-key"),
        (vec!["checkout", "--url", &url, "--admin-key", ADMIN_KEY], "--webhook-secret"),
        (
            vec![
                "mixed",
                "--url",
                &url,
                "--admin-key",
                ADMIN_KEY,
                "--webhook-secret",
                wrong_secret,
            ],
            "--webhook-secret",
        ),
        (vec!["holds", "--url", "http://127.0.0.1:1", "--admin-key", "x"], "--self"),
        (vec!["holds"], "--self"),
        (vec!["rush", "--self"], "sellout"),
        (vec!["holds", "--self", "--rate", "none"], "--rate"),
        (vec!["browse", "--self", "--failed", "5%"], "checkout"),
        (vec!["holds", "--self", "--report", "/no/such/place.html"], "/no/such/place.html"),
    ] {
        let args: Vec<&str> = std::iter::once("bench").chain(args).collect();
        let output = run(&home, &args);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
        assert!(said.contains(says) && !said.contains("panicked"), "{args:?}: {said}");
        assert!(!said.contains(wrong_secret), "a secret was shown: {said}");
    }
}

#[test]
fn a_server_that_answers_anything_to_everything_is_noticed() {
    let server = Launch::new().start();
    let crook = Crook::before(&server.address, |exchange| {
        if exchange.call == "POST /api/holds" && !exchange.is_answered() {
            exchange.make_up(200, "<html>Welcome</html>".to_owned());
        }
    });
    let result = result(&bench(&crook.url, "holds --rate 200 --duration 300ms"), 1);
    assert_eq!(result["judgement"]["unexpected"]["cases"], result["requests"]);
    let warnings = result["warnings"].to_string();
    assert!(warnings.contains("acknowledged nothing"), "{warnings}");
}

#[test]
fn the_verdict_is_told_even_when_the_report_cannot_be_written() {
    // It opens like any other file, and takes nothing.
    let line = "holds --rate 200 --duration 300ms --report /dev/full";
    let server = Launch::new().start();
    let output = bench(&address(&server), line);
    assert_eq!(result(&output, 2)["ok"], true);
    assert!(said(&output).contains("/dev/full"), "{}", said(&output));
    let crook = Crook::before(&server.address, |exchange| {
        if exchange.call == "POST /api/holds" && exchange.is_answered() {
            exchange.answer = exchange.answer.replace("hold_id", "hold");
        }
    });
    let output = bench(&crook.url, line);
    assert_eq!(result(&output, 1)["ok"], false);
    assert!(said(&output).contains("/dev/full"), "{}", said(&output));
}

#[test]
fn a_run_that_is_not_made_leaves_the_report_before_it_alone() {
    let home = Home::new();
    let report = home.path().join("report.html");
    std::fs::write(&report, "the run before").unwrap();
    let report_arg = report.to_str().unwrap();
    let url = "http://127.0.0.1:1";
    let args = ["bench", "holds", "--url", url, "--admin-key", "x", "--report", report_arg];
    assert_eq!(run(&home, &args).status.code(), Some(2));
    assert_eq!(std::fs::read_to_string(&report).unwrap(), "the run before");
}

#[test]
fn a_server_that_dies_cannot_be_judged() {
    let mut server = Launch::new().start();
    let home = Home::new();
    let child = command(env!("CARGO_BIN_EXE_doorbuster"), home.path())
        .args(["bench", "holds", "--rate", "100", "--duration", "2s", "--url", &address(&server)])
        .env("DOORBUSTER_ADMIN_KEY", ADMIN_KEY)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut child = child;
    let mut progress = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    progress.read_line(&mut line).unwrap();
    server.kill();
    let mut rest = String::new();
    std::io::Read::read_to_string(&mut progress, &mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(2), "{line}{rest}");
    assert!(rest.contains("cannot be judged"), "{rest}");
}

#[test]
fn the_help_has_examples_and_exit_codes() {
    let help = said(&run(&Home::new(), &["bench", "--help"]));
    for part in ["doorbuster bench sellout --self", "Exit code", "--report", "--duplicate"] {
        assert!(help.contains(part), "{part} is not in the help");
    }
}
