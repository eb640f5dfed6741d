//! The ceiling: an HTTP server that does nothing but HTTP's minimum.
//!
//! Doorbuster's figures are given as a share of this one's, which says more than a figure that
//! moves with the machine. It is a fair ceiling because it does what no server can do without, the
//! same way as Doorbuster (tokio, one single-threaded runtime for each core, keep-alive), and
//! leaves out all the rest: it finds the end of a request and its body, and answers a constant. It
//! has no router, no checks, no log, no clock and no date header, and it knows nothing of JSON.
//!
//! `bare [ADDRESS]` prints `listening on http://ADDRESS` and runs until it is killed.

use std::io::Result;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::thread;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// 27 bytes of JSON; its identity fits wherever a load script expects one.
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\
    content-length: 27\r\n\r\n{\"id\":12345678,\"done\":true}";

/// How much is read at once: many times the largest request of these benchmarks.
const READ_BYTES: usize = 16 * 1024;

/// As many connections may wait to be accepted as Linux lets them.
const BACKLOG: i32 = 4_096;

#[expect(clippy::print_stdout, reason = "the script reads the address here")]
fn main() -> Result<()> {
    let wanted = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:0".into());
    let wanted = wanted.parse().map_err(std::io::Error::other)?;
    let first = listener(wanted)?;
    let address = first.local_addr()?;
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let others = (1..cores).map(|_| listener(address)).collect::<Result<Vec<_>>>()?;
    println!("listening on http://{address}");
    let threads: Vec<_> = others
        .into_iter()
        .chain([first])
        .map(|listener| thread::spawn(move || accept(listener)))
        .collect();
    for thread in threads {
        thread.join().map_err(|_| std::io::Error::other("a worker panicked"))??;
    }
    Ok(())
}

/// One of several listeners on the same address, among which Linux deals the connections.
fn listener(address: SocketAddr) -> Result<std::net::TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Serves the connections of one core.
fn accept(listener: std::net::TcpListener) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    runtime.block_on(async {
        let listener = TcpListener::from_std(listener)?;
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            tokio::spawn(async move {
                let _ = answer(stream).await; // the client has gone; so may its connection
            });
        }
    })
}

/// Answers requests until the client closes the connection.
async fn answer(mut stream: TcpStream) -> Result<()> {
    let mut buffer = vec![0; READ_BYTES];
    let mut filled = 0;
    loop {
        let Some(free) = buffer.get_mut(filled..).filter(|free| !free.is_empty()) else {
            return Ok(()); // no request is this long
        };
        let read = stream.read(free).await?;
        if read == 0 {
            return Ok(());
        }
        filled += read;
        while let Some(end) = request_end(&buffer[..filled]) {
            stream.write_all(ANSWER).await?;
            buffer.copy_within(end..filled, 0);
            filled -= end;
        }
    }
}

/// Where the first request ends, if all of it is here.
fn request_end(bytes: &[u8]) -> Option<usize> {
    let head_end = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let end = head_end + content_length(&bytes[..head_end]);
    (bytes.len() >= end).then_some(end)
}

fn content_length(head: &[u8]) -> usize {
    const NAME: &[u8] = b"content-length:";
    head.split(|byte| *byte == b'\n')
        .find_map(|line| {
            let (name, value) = line.split_at_checked(NAME.len())?;
            let value = std::str::from_utf8(value).ok()?;
            name.eq_ignore_ascii_case(NAME).then(|| value.trim().parse().ok())?
        })
        .unwrap_or(0)
}
