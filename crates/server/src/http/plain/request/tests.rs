//! What is plain, what may become so, and what is left to hyper.

use super::*;

const HEAD: &str = "POST /api/holds HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n";

/// What these bytes begin with, in a word; for a plain request how much of them it takes.
fn told(bytes: impl AsRef<[u8]>) -> String {
    match parse(bytes.as_ref(), &mut Fields::new()) {
        Parsed::Plain(Plain { head, body, length }) => {
            let query = head.query.map_or_else(String::new, |query| format!("?{query}"));
            let body = String::from_utf8_lossy(body);
            format!("{} {}{query} {body:?} {length}", head.method, head.path)
        }
        Parsed::Partial => "partial".into(),
        Parsed::Other => "other".into(),
    }
}

#[track_caller]
fn check(request: impl AsRef<[u8]>, expected: &str) {
    let request = request.as_ref();
    assert_eq!(told(request), expected, "{}", String::from_utf8_lossy(request));
}

#[test]
fn a_plain_request_is_read_to_its_end_and_no_further() {
    for (request, read) in [
        (format!("{HEAD}{{}}"), "POST /api/holds \"{}\" 58"),
        (format!("{HEAD}{{}}{HEAD}"), "POST /api/holds \"{}\" 58"),
        ("GET / HTTP/1.1\r\nhost: a:1\r\n\r\nGET".into(), "GET / \"\" 29"),
        (
            "DELETE /a?b=%20c&d HTTP/1.1\r\nHOST: a-b.c:80\r\nConnection: Keep-Alive\r\n\r\n"
                .into(),
            "DELETE /a?b=%20c&d \"\" 71",
        ),
        (
            "PATCH /a HTTP/1.1\r\nX: \t y z \t\r\nHost:x\r\nContent-Length:  0 \r\n\r\n".into(),
            "PATCH /a \"\" 62",
        ),
    ] {
        check(request, read);
    }
}

#[test]
fn every_beginning_of_a_plain_request_may_become_one() {
    let request = format!("{HEAD}{{}}");
    for length in 0..request.len() {
        check(&request[..length], "partial");
    }
}

#[test]
fn another_request_line_is_not_plain() {
    for line in [
        "GET / HTTP/1.0",
        "GET / HTTP/1.2",
        "GET / HTTP/2.0",
        "get / HTTP/1.1",
        "HEAD / HTTP/1.1",
        "PUT / HTTP/1.1",
        "OPTIONS * HTTP/1.1",
        "CONNECT x:80 HTTP/1.1",
        "GET http://x/ HTTP/1.1",
        "GET //x/ HTTP/1.1",
        "GET x HTTP/1.1",
        "GET * HTTP/1.1",
        "GET /#part HTTP/1.1",
        "GET /\\ HTTP/1.1",
        "GET /\" HTTP/1.1",
        "GET /\u{e4} HTTP/1.1",
        "GET / x HTTP/1.1",
        "GET  / HTTP/1.1",
        "GET /  HTTP/1.1",
        "GET\t/ HTTP/1.1",
        "GET / HTTP/1.1 ",
        "GET /",
        " GET / HTTP/1.1",
        "\r\nGET / HTTP/1.1",
        "\nGET / HTTP/1.1",
        "PRI * HTTP/2.0",
    ] {
        check(format!("{line}\r\nHost: x\r\n\r\n"), "other");
    }
}

#[test]
fn other_headers_are_not_plain() {
    for headers in [
        "",
        "Host: \r\n",
        "Host: x\r\nHost: x\r\n",
        "Host: x/y\r\n",
        "Host: x@y\r\n",
        "Host: x y\r\n",
        "Host: x,y\r\n",
        "Host: x%20y\r\n",
        "Host: x:y\r\n",
        "Host: x:\r\n",
        "Host: :80\r\n",
        "Host: x:+80\r\n",
        "Host: x:65536\r\n",
        "Host: [::1]:80\r\n",
        "Host : x\r\n",
        " Host: x\r\n",
        "Host: x\r\n folded\r\n",
        "Host: x\r\n\tfolded\r\n",
        "Host: x\n",
        "Host: x\r",
        "Host: x\r\nA: b\rc\r\n",
        "Host: x\r\nA: b\nContent-Length: 2\r\n",
        "Host: x\r\nA: \0\r\n",
        "Host: x\r\nA: \u{e4}\r\n",
        "Host: x\r\nno colon\r\n",
        "Host: x\r\n: no name\r\n",
        "Host: x\r\nA(b): c\r\n",
        "Host: x\r\nConnection: close\r\n",
        "Host: x\r\nConnection: keep-alive, close\r\n",
        "Host: x\r\nConnection: upgrade\r\n",
        "Host: x\r\nUpgrade: h2c\r\n",
        "Host: x\r\nExpect: 100-continue\r\n",
        "Host: x\r\nExpect: \r\n",
        "Host: x\r\nTE: trailers\r\n",
        "Host: x\r\nTrailer: A\r\n",
        "Host: x\r\nTransfer-Encoding: chunked\r\n",
        "Host: x\r\nTransfer-Encoding: identity\r\n",
        "Host: x\r\ntransfer-encoding:\tchunked\r\nContent-Length: 2\r\n",
    ] {
        check(format!("POST / HTTP/1.1\r\n{headers}\r\n{{}}"), "other");
    }
    let many = "A: b\r\n".repeat(MAX_HEADERS);
    check(format!("POST / HTTP/1.1\r\nHost: x\r\n{many}\r\n"), "other");
}

#[test]
fn other_lengths_are_not_plain() {
    for length in [
        "",
        "+2",
        "-2",
        "2,",
        "2, 2",
        "2 2",
        "0x2",
        "2.0",
        "02",
        "00",
        "\u{0662}",
        "8192",
        "9999",
        "65536",
        "99999999999999999999",
    ] {
        check(
            format!("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n{{}}"),
            "other",
        );
    }
    for second in ["Content-Length: 2", "content-length: 3", "Content-Length:"] {
        let twice =
            format!("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n{second}\r\n\r\n{{}}");
        check(twice, "other");
    }
}
