//! Pages to read: the documentation, and an explanation of each problem. Everything they need is in
//! the binary.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use hyper::header::{CACHE_CONTROL, HeaderValue};
use maud::{DOCTYPE, Markup, html};

use super::answer::{self, Answer, Response};
use super::call::Call;
use super::openapi;
use super::problem::{Code, Problem};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const JAVASCRIPT: HeaderValue = HeaderValue::from_static("text/javascript; charset=utf-8");

/// Scripts and calls to here and nowhere else; the documentation's own script sets styles and draws
/// icons from data addresses.
const DOCS_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; connect-src 'self'; \
     style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// The style in the page itself, and nothing else.
const TEXT_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// How long browsers keep the documentation's script and style, which change with the program only.
const ASSET_AGE: HeaderValue = HeaderValue::from_static("public, max-age=3600");

/// Starts the documentation's script.
const START: &str = "SwaggerUIBundle({\
    url: '/openapi.json', dom_id: '#docs', deepLinking: true, validatorUrl: null, \
    tryItOutEnabled: true, displayRequestDuration: true});";

/// The OpenAPI document, written once.
static OPENAPI: LazyLock<Result<Bytes, String>> = LazyLock::new(|| {
    let document = serde_json::to_vec(&openapi::openapi());
    document.map(Bytes::from).map_err(|error| error.to_string())
});

/// This document
#[utoipa::path(
    get, path = "/openapi.json", tag = "operations", operation_id = "getOpenApi",
    responses((
        status = 200, description = "An OpenAPI 3.1 document", body = serde_json::Value,
        example = json!({"openapi": "3.1.0"})
    ))
)]
pub(super) async fn document(_call: Call<'_>) -> Answer {
    let document = OPENAPI.clone().map_err(Problem::Internal)?;
    Ok(answer::content(JSON, document))
}

/// The documentation
///
/// This document as a page, with every call to try.
#[utoipa::path(
    get, path = "/docs", tag = "operations", operation_id = "getDocs",
    responses((status = 200, description = "A page", body = String, content_type = "text/html"))
)]
pub(super) async fn page(_call: Call<'_>) -> Answer {
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Doorbuster API" }
                link rel="icon" type="image/png" href="/docs/favicon-32x32.png";
                link rel="stylesheet" href="/docs/swagger-ui.css";
            }
            body style="margin: 0" {
                div id="docs" {}
                script src="/docs/swagger-ui-bundle.js" {}
                script src="/docs/start.js" {}
            }
        }
    };
    Ok(answer::page(DOCS_POLICY, markup.into_string()))
}

/// The documentation's scripts and styles
#[utoipa::path(
    get, path = "/docs/{file}", tag = "operations", operation_id = "getDocsFile",
    params(("file" = String, Path, example = "swagger-ui.css")),
    responses((status = 200, description = "A file", body = String, content_type = "text/css"))
)]
pub(super) async fn asset(call: Call<'_>) -> Answer {
    let file = call.named().unwrap_or_default();
    let mut response =
        if file == "start.js" { answer::content(JAVASCRIPT, START) } else { vendored(file)? };
    response.add(CACHE_CONTROL, ASSET_AGE);
    Ok(response)
}

/// One of the documentation's own files.
fn vendored(file: &str) -> Answer {
    let config = Arc::new(utoipa_swagger_ui::Config::from("/openapi.json"));
    let file = utoipa_swagger_ui::serve(file, config)
        .map_err(|error| Problem::Internal(format!("a page's file cannot be read: {error}")))?
        .ok_or(Problem::NotFound)?;
    let content_type = HeaderValue::from_str(&file.content_type)
        .map_err(|error| Problem::Internal(format!("a page's file has no type: {error}")))?;
    let bytes = match file.bytes {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => bytes.into(),
    };
    Ok(answer::content(content_type, bytes))
}

/// What a problem means
///
/// The page that the `type` of a problem document points at.
#[utoipa::path(
    get, path = "/docs/problems/{code}", tag = "operations", operation_id = "getProblem",
    params(("code" = String, Path, example = "insufficient_stock")),
    responses((status = 200, description = "A page", body = String, content_type = "text/html"))
)]
pub(super) async fn problem(call: Call<'_>) -> Answer {
    let code = call.named().and_then(Code::named).ok_or(Problem::NotFound)?;
    Ok(text_page(
        code.title(),
        &html! {
            p { code { (code.as_str()) } ", answered with HTTP status " (code.status().as_u16()) }
            p { (code.meaning()) }
            p { a href="/docs" { "All calls" } }
        },
    ))
}

fn text_page(title: &str, content: &Markup) -> Response {
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { "body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; \
                         margin: 3rem auto; padding: 0 1rem } dd { margin: 0 0 .75rem }" }
            }
            body {
                h1 { (title) }
                (content)
            }
        }
    };
    answer::page(TEXT_POLICY, markup.into_string())
}
