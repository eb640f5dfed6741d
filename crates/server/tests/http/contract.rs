//! Somebody else's tool reads our OpenAPI document and asks what nobody would think of.

use std::process::Command;

use crate::harness::{ADMIN_KEY, Launch, campaign, python};

/// How many random cases there are of each call, beside those that the document gives rise to;
/// more with `CONTRACT_CASES`.
const CASES: usize = 20;

/// What every answer is held to. Not that a request which fits the document is taken: some rules
/// are between two fields, or about what was said before. Nor that a released hold is gone: it is
/// there to be looked at.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_headers_conformance,response_schema_conformance,negative_data_rejection,\
    missing_required_header,unsupported_method,allow_header_conformance";

#[test]
fn every_answer_is_documented_whatever_was_asked() {
    let server = Launch::new().flag("--allow-unsigned-webhooks").start();
    let cases = campaign("CONTRACT_CASES", CASES).to_string();
    let mut tool = Command::new(python().with_file_name("schemathesis"));
    tool.current_dir(server.home().path())
        .arg("run")
        .arg(format!("http://{}/openapi.json", server.address))
        .args(["--header", &format!("Authorization: Bearer {ADMIN_KEY}")])
        .args(["--checks", CHECKS, "--max-examples", &cases])
        .args(["--exclude-path-regex", "/events$"]) // streams have no end to wait for
        .args(["--seed", "1", "--no-color", "--warnings", "off"]);
    let output = tool.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let end = said.split("= SUMMARY =").last().unwrap_or_default();
    println!("{end}");
    assert!(output.status.success(), "{said}");
}
