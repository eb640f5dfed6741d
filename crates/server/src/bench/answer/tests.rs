use super::*;

/// What became of an answer: status, body, and whether the connection stays; `None` when it was
/// cut.
type Read = Result<Option<(u16, String, bool)>, NotHttp>;

/// Reads what comes in these parts, after which the connection is closed.
fn read(incoming: &mut Incoming, parts: &[&[u8]]) -> Read {
    let seen = |incoming: &Incoming, whole: Whole| {
        let body = String::from_utf8_lossy(incoming.body(&whole)).into_owned();
        (whole.status, body, whole.keeps_alive)
    };
    incoming.begin();
    for part in parts {
        let mut rest = *part;
        while !rest.is_empty() {
            let room = incoming.room()?;
            let (now, later) = rest.split_at(room.len().min(rest.len()));
            room[..now.len()].copy_from_slice(now);
            if let Some(whole) = incoming.received(now.len())? {
                return Ok(Some(seen(incoming, whole)));
            }
            rest = later;
        }
    }
    Ok(incoming.closed().map(|whole| seen(incoming, whole)))
}

const GOOD: &[(&str, u16, &str, bool)] = &[
    ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi", 200, "hi", true),
    ("HTTP/1.1 200\r\nContent-Length:2\r\nConnection: Close\r\n\r\nhi", 200, "hi", false),
    ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nconnection: x, close\r\n\r\nhi", 200, "hi", false),
    ("HTTP/1.1 200 OK\r\nconnection: keep-alive\r\ncontent-length: 0\r\n\r\n", 200, "", true),
    ("HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\nx", 200, "x", true),
    ("HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nhi", 200, "hi", false),
    ("HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 2\r\n\r\nhi", 200, "hi", true),
    // It ends with the connection.
    ("HTTP/1.1 502 Bad Gateway\r\n\r\n<html>", 502, "<html>", false),
    ("HTTP/1.1 200 OK\r\n\r\n", 200, "", false),
    // These have no body, whatever the head says.
    ("HTTP/1.1 204 No Content\r\n\r\n", 204, "", true),
    ("HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n", 304, "", true),
    // What comes before the answer.
    (
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\ncontent-length: 1\r\n\r\n1",
        201,
        "1",
        true,
    ),
    (
        "HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n\
         HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n1",
        200,
        "1",
        true,
    ),
    // Chunks, of which the sizes count and not the length beside them.
    (
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\nA;x=y\r\n0123456789\r\n\
         0\r\n\r\n",
        200,
        "hi0123456789",
        true,
    ),
    (
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\ncontent-length: 1\r\n\r\n1\r\n\r\r\n\
         0\r\nchecksum: 1\r\nother: 2\r\n\r\n",
        200,
        "\r",
        true,
    ),
    (
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n0\r\n\r\n",
        200,
        "",
        false,
    ),
];

#[test]
fn an_answer_is_the_same_however_it_is_split() {
    let mut incoming = Incoming::new();
    for (text, status, body, keeps_alive) in GOOD {
        let bytes = text.as_bytes();
        let expected: Read = Ok(Some((*status, (*body).to_owned(), *keeps_alive)));
        assert_eq!(read(&mut incoming, &[bytes]), expected, "{text:?}");
        for at in 0..=bytes.len() {
            let (first, second) = bytes.split_at(at);
            assert_eq!(read(&mut incoming, &[first, second]), expected, "{text:?} split at {at}");
        }
        let each: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(read(&mut incoming, &each), expected, "{text:?} byte by byte");
    }
}

#[test]
fn what_was_cut_is_no_answer() {
    let mut incoming = Incoming::new();
    for (text, ..) in GOOD {
        let until_closed = text.ends_with("<html>") || *text == "HTTP/1.1 200 OK\r\n\r\n";
        let head = text.rfind("\r\n\r\n").filter(|_| until_closed).map_or(text.len(), |at| at + 4);
        for cut in 0..head {
            assert_eq!(read(&mut incoming, &[&text.as_bytes()[..cut]]), Ok(None), "{text:?} {cut}");
        }
    }
}

#[test]
fn what_is_not_http_is_noticed() {
    let endless = format!("HTTP/1.1 200 OK\r\nx: {}", "x".repeat(LARGEST_HEAD));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "x: y\r\n".repeat(MAX_FIELDS + 1));
    let large = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", LARGEST + 1);
    for text in [
        "SSH-2.0-OpenSSH_9.2\r\n",
        "HTTP/2 200\r\n\r\n",
        "HTTP/1.1 abc\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: +1\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length:\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nx\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nab\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n",
        &endless,
        &many,
        &large,
    ] {
        let shown = &text[..text.len().min(80)];
        assert_eq!(read(&mut Incoming::new(), &[text.as_bytes()]), Err(NotHttp), "{shown:?}");
    }
}

#[test]
fn who_says_more_than_was_asked_is_not_asked_again() {
    for text in [
        "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nxHTTP/1.1 200 OK\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\nmore",
    ] {
        let expected = Ok(Some((200, "x".to_owned(), false)));
        assert_eq!(read(&mut Incoming::new(), &[text.as_bytes()]), expected, "{text:?}");
    }
}

#[test]
fn a_page_larger_than_the_room_at_first_is_read_whole() {
    let page = "x".repeat(10 * FIRST_ROOM);
    let sized = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{page}", page.len());
    let chunk = format!("{:x}\r\n{page}\r\n", page.len());
    let chunked =
        format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{chunk}{chunk}0\r\n\r\n");
    let mut incoming = Incoming::new();
    for (text, body) in [(sized, page.clone()), (chunked, page.repeat(2))] {
        assert_eq!(read(&mut incoming, &[text.as_bytes()]), Ok(Some((200, body, true))));
    }
}
