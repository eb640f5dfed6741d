//! Pages that run in the browser, and their files: all of them are in the binary.
//!
//! They are plain files in `web/`, which no build step touches. A debug build reads them from
//! there, so that a change is seen by loading the page again.

use bytes::Bytes;
use hyper::header::{CACHE_CONTROL, ETAG, HeaderValue, IF_NONE_MATCH};
use rust_embed::{Embed, EmbeddedFile};

use super::answer::{self, Answer};
use super::call::Call;
use super::head::{Headers, text};
use super::problem::Problem;

#[derive(Embed)]
#[folder = "web/"]
struct Files;

/// Scripts, styles and calls to here and nowhere else, nothing of it in the page itself.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
     img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// Browsers ask each time whether a file is still the same: the files of one page must be of one
/// version.
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

/// The control room
///
/// A page to watch and steer sales with, for whoever has an admin key.
#[utoipa::path(
    get, path = "/", tag = "operations", operation_id = "getControlRoom",
    responses((status = 200, description = "A page", body = String, content_type = "text/html"))
)]
pub(super) async fn control_room(_call: Call<'_>) -> Answer {
    page("control/index.html")
}

/// The demo shop: what a buyer sees.
pub(super) async fn shop(_call: Call<'_>) -> Answer {
    page("shop/index.html")
}

fn page(name: &str) -> Answer {
    let file = Files::get(name).ok_or(Problem::NotFound)?;
    let mut response = answer::page(POLICY, bytes(file));
    response.add(CACHE_CONTROL, ASK_AGAIN);
    Ok(response)
}

/// The pages' scripts and styles
#[utoipa::path(
    get, path = "/assets/{folder}/{file}", tag = "operations", operation_id = "getAsset",
    params(
        ("folder" = String, Path, example = "control"),
        ("file" = String, Path, example = "style.css"),
    ),
    responses(
        (status = 200, description = "A file", body = String, content_type = "text/css"),
        (status = 304, description = "The file is as the client has it (`If-None-Match`)"),
    )
)]
pub(super) async fn asset(call: Call<'_>) -> Answer {
    let name = call.head.path.strip_prefix("/assets/").unwrap_or_default();
    let content_type = content_type(name).ok_or(Problem::NotFound)?;
    let file = Files::get(name).ok_or(Problem::NotFound)?;
    let tag = entity_tag(&file);
    let mut response = if has(call.headers(), &tag) {
        answer::not_modified()
    } else {
        answer::content(content_type, bytes(file))
    };
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.add(ETAG, tag);
    }
    response.add(CACHE_CONTROL, ASK_AGAIN);
    Ok(response)
}

/// Pages have routes of their own, and so they are no assets.
fn content_type(name: &str) -> Option<HeaderValue> {
    let (_, extension) = name.rsplit_once('.')?;
    Some(HeaderValue::from_static(match extension {
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "LICENSE" => "text/plain; charset=utf-8",
        _ => return None,
    }))
}

fn bytes(file: EmbeddedFile) -> Bytes {
    match file.data {
        std::borrow::Cow::Borrowed(data) => Bytes::from_static(data),
        std::borrow::Cow::Owned(data) => data.into(),
    }
}

/// A strong entity tag (RFC 9110 §8.8.3).
fn entity_tag(file: &EmbeddedFile) -> String {
    let hash = file.metadata.sha256_hash();
    let short: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{short}\"")
}

/// Whether the client has the file with this tag (RFC 9110 §13.1.2).
fn has(headers: Headers<'_>, tag: &str) -> bool {
    let mut lists = headers.all(IF_NONE_MATCH.as_str()).filter_map(text);
    lists.any(|list| list.split(',').any(|one| one.trim().trim_start_matches("W/") == tag))
}
