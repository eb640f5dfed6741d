//! The OpenAPI document, made from the code: operations from the handlers, shapes from the types,
//! examples from the code that answers, problems from the table of their codes.

pub(super) mod examples;
mod problems;
pub(super) mod requests;

use utoipa::OpenApi;
use utoipa::openapi::RefOr;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};

use super::problem::{FieldError, ProblemBody};
use super::{
    admin, audit, docs, events, holds, operations, orders, pages, payments, products, stripe,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Doorbuster",
        description = "Sells limited stock to a crowd that arrives in the same second. A buyer's \
                       click takes a **hold** on units for a couple of minutes; the hold becomes \
                       an **order**; the payment provider's webhook makes the order **paid** or \
                       gives the units back. No unit is sold twice.\n\n\
                       Times are RFC 3339 in UTC with milliseconds, money is integer minor units. \
                       Unknown fields and parameters are refused, except on webhooks. Every \
                       failure is an `application/problem+json` document (RFC 9457) whose `code` \
                       tells programs what went wrong.",
        license(name = "MIT", identifier = "MIT"),
        contact()
    ),
    servers((url = "/", description = "This server")),
    tags(
        (name = "storefront", description = "What buyers' pages call"),
        (name = "webhooks", description = "What payment providers call"),
        (name = "admin", description = "What the shop calls, with an admin key"),
        (name = "operations", description = "What operators and their probes call"),
    ),
    paths(
        products::list, products::show, events::product::watch, holds::place, holds::show,
        holds::release, holds::extend, orders::create, orders::show, orders::cancel,
        payments::webhook, stripe::webhook, products::create, products::change, products::journal,
        holds::list, orders::list, orders::refund, payments::list, audit::report, admin::status,
        admin::story, events::journal::follow, operations::alive, operations::ready,
        operations::metrics, pages::control_room, pages::asset, docs::document, docs::page,
        docs::asset, docs::problem,
    ),
    components(schemas(ProblemBody, FieldError))
)]
struct Document;

/// The OpenAPI document of this server.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    let mut document = Document::openapi();
    let components = document.components.get_or_insert_default();
    let admin_key = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some(
            "An admin key, as made at the server's first start or by `doorbuster keys make`; one \
             of scope read is good for reading",
        ))
        .build();
    components.add_security_scheme("admin_key", SecurityScheme::Http(admin_key));
    let signature = ApiKeyValue::with_description(
        "webhook-signature",
        "Standard Webhooks: HMAC-SHA256 over `id.timestamp.body` with a secret of both sides",
    );
    components.add_security_scheme(
        "webhook_signature",
        SecurityScheme::ApiKey(ApiKey::Header(signature)),
    );
    let stripe = ApiKeyValue::with_description(
        "Stripe-Signature",
        "Stripe's own scheme: HMAC-SHA256 over `t.body` with the signing secret of the endpoint",
    );
    components
        .add_security_scheme("stripe_signature", SecurityScheme::ApiKey(ApiKey::Header(stripe)));
    for path in document.paths.paths.values_mut() {
        for operation in operations_of(path) {
            let codes = operation.operation_id.as_deref().and_then(problems::of);
            problems::add(operation, &codes.unwrap_or_default());
            add_request_id(operation);
        }
    }
    document
}

fn operations_of(path: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut path.get, &mut path.post, &mut path.patch, &mut path.delete].into_iter().flatten()
}

/// Every answer carries the request's id.
fn add_request_id(operation: &mut Operation) {
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(response) = response {
            let header = HeaderBuilder::new().description(Some("The request's id")).build();
            response.headers.insert("X-Request-Id".into(), header.into());
        }
    }
}

#[cfg(test)]
mod tests;
