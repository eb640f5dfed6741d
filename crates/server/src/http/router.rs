//! Every route on one screen: who may call it, what it reads from the query, what answers it.

use std::pin::Pin;

use hyper::Method;
use hyper::header::HeaderValue;

use super::admin::STORY;
use super::answer::Answer;
use super::call::Call;
use super::demo::ORDER;
use super::events::RESUME;
use super::input::list::{FILTERED, PAGE, PAYMENTS};
use super::{
    admin, audit, demo, docs, events, holds, operations, orders, pages, payments, products, stripe,
};
use crate::telemetry::{RouteTelemetry, Telemetry};

/// One thing that can be called.
pub(super) struct Route {
    pub(super) method: Method,
    /// Its path; what stands in braces is a name for one part of it.
    pub(super) path: &'static str,
    pub(super) access: Access,
    /// The query parameters it knows.
    pub(super) query: &'static [&'static str],
    pub(super) handler: Handler,
}

/// Answers a call.
type Handler = for<'a> fn(Call<'a>) -> Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// Anyone: the storefront.
    Public,
    /// Whoever presents an admin key.
    Admin,
    /// Whoever signs with a webhook secret.
    Signed,
    /// Stripe, by one of its secrets.
    SignedByStripe,
    /// Anyone: operators, probes and readers. Their queries are their own business.
    Operations,
}

const NONE: &[&str] = &[];

macro_rules! route {
    ($method:ident $path:literal, $access:ident, $query:ident, $($handler:ident)::+) => {
        Route {
            method: Method::$method,
            path: $path,
            access: Access::$access,
            query: $query,
            handler: |call| Box::pin($($handler)::+(call)),
        }
    };
}

#[rustfmt::skip]
pub(super) static ROUTES: &[Route] = &[
    route!(GET    "/api/products",                       Public,     PAGE,     products::list),
    route!(GET    "/api/products/{product_id}",          Public,     NONE,     products::show),
    route!(GET    "/api/products/{product_id}/events",   Public,     RESUME,   events::product::watch),
    route!(POST   "/api/holds",                          Public,     NONE,     holds::place),
    route!(GET    "/api/holds/{hold_id}",                Public,     NONE,     holds::show),
    route!(DELETE "/api/holds/{hold_id}",                Public,     NONE,     holds::release),
    route!(POST   "/api/holds/{hold_id}/extend",         Public,     NONE,     holds::extend),
    route!(POST   "/api/orders",                         Public,     NONE,     orders::create),
    route!(GET    "/api/orders/{order_id}",              Public,     NONE,     orders::show),
    route!(POST   "/api/orders/{order_id}/cancel",       Public,     NONE,     orders::cancel),

    route!(POST   "/api/payments/webhook",               Signed,     NONE,     payments::webhook),
    route!(POST   "/api/payments/webhook/stripe",        SignedByStripe, NONE, stripe::webhook),

    route!(POST   "/api/products",                       Admin,      NONE,     products::create),
    route!(PATCH  "/api/products/{product_id}",          Admin,      NONE,     products::change),
    route!(GET    "/api/products/{product_id}/journal",  Admin,      PAGE,     products::journal),
    route!(GET    "/api/holds",                          Admin,      FILTERED, holds::list),
    route!(GET    "/api/orders",                         Admin,      FILTERED, orders::list),
    route!(POST   "/api/orders/{order_id}/refund",       Admin,      NONE,     orders::refund),
    route!(GET    "/api/payments",                       Admin,      PAYMENTS, payments::list),
    route!(GET    "/api/audit",                          Admin,      NONE,     audit::report),
    route!(GET    "/api/admin/status",                   Admin,      NONE,     admin::status),
    route!(GET    "/api/admin/story",                    Admin,      STORY,    admin::story),
    route!(GET    "/api/admin/events",                   Admin,      RESUME,   events::journal::follow),

    route!(GET    "/",                                   Operations, NONE,     pages::control_room),
    route!(GET    "/assets/{folder}/{file}",             Operations, NONE,     pages::asset),
    route!(GET    "/healthz",                            Operations, NONE,     operations::alive),
    route!(GET    "/readyz",                             Operations, NONE,     operations::ready),
    route!(GET    "/metrics",                            Operations, NONE,     operations::metrics),
    route!(GET    "/openapi.json",                       Operations, NONE,     docs::document),
    route!(GET    "/docs",                               Operations, NONE,     docs::page),
    route!(GET    "/docs/{file}",                        Operations, NONE,     docs::asset),
    route!(GET    "/docs/problems/{code}",               Operations, NONE,     docs::problem),
];

/// What `serve --demo` has besides. It is no part of the API.
#[rustfmt::skip]
pub(super) static DEMO_ROUTES: &[Route] = &[
    route!(GET    "/shop",                               Operations, NONE,     pages::shop),
    route!(GET    "/demo/shop",                          Public,     NONE,     demo::shop),
    route!(POST   "/demo/doors",                         Public,     NONE,     demo::open_doors),
    route!(POST   "/demo/pay",                           Public,     NONE,     demo::pay),
    route!(GET    "/demo/deliveries",                    Public,     ORDER,    demo::deliveries),
    route!(GET    "/demo/crowd",                         Public,     NONE,     demo::crowd),
    route!(POST   "/demo/crowd",                         Public,     NONE,     demo::send_crowd),
];

/// The method and path of every route of a server.
pub fn routes() -> impl Iterator<Item = (&'static str, &'static str)> {
    ROUTES.iter().map(|route| (route.method_name(), route.path))
}

/// The method and path of every route that only a demonstration has.
pub fn demo_routes() -> impl Iterator<Item = (&'static str, &'static str)> {
    DEMO_ROUTES.iter().map(|route| (route.method_name(), route.path))
}

/// Finds the route for a request, and counts for it.
pub(super) struct Router {
    paths: matchit::Router<Path>,
    elsewhere: RouteTelemetry,
}

/// The routes that share a path.
struct Path {
    routes: Vec<(&'static Route, RouteTelemetry)>,
    /// The methods it takes, for the header `Allow`.
    allow: HeaderValue,
}

/// What there is for a request.
#[derive(Clone, Copy)]
pub(super) enum Found<'r, 'p> {
    /// A route.
    Route {
        route: &'static Route,
        telemetry: &'r RouteTelemetry,
        /// What stands in the path where the route's has a name.
        in_path: Option<&'p str>,
    },
    /// A path with other methods than the request's, or a question for its methods.
    Path { allow: &'r HeaderValue, telemetry: &'r RouteTelemetry },
    /// Nothing.
    Nothing { telemetry: &'r RouteTelemetry },
}

impl Router {
    /// Over all routes, with those of the demonstration or without.
    pub(super) fn new(telemetry: &Telemetry, demo: bool) -> Self {
        let demo = if demo { DEMO_ROUTES } else { &[] };
        let routes: Vec<_> = ROUTES.iter().chain(demo).collect();
        let mut paths = matchit::Router::new();
        for route in &routes {
            let same_path = routes.iter().filter(|other| other.path == route.path);
            let methods: Vec<&'static Route> = same_path.copied().collect();
            if methods.first().is_some_and(|first| first.method != route.method) {
                continue; // the path is there already
            }
            let path = Path {
                allow: allow(&methods),
                routes: methods
                    .into_iter()
                    .map(|route| (route, telemetry.route(route.method_name(), route.path)))
                    .collect(),
            };
            #[expect(clippy::expect_used, reason = "the table is fixed, and a test builds it")]
            paths.insert(route.path, path).expect("the paths do not conflict");
        }
        Self { paths, elsewhere: telemetry.route("", "") }
    }

    /// What there is for this method and path.
    pub(super) fn find<'p>(&self, method: &Method, path: &'p str) -> Found<'_, 'p> {
        let Ok(found) = self.paths.at(path) else {
            return Found::Nothing { telemetry: &self.elsewhere };
        };
        let wanted = if method == Method::HEAD { &Method::GET } else { method };
        match found.value.routes.iter().find(|(route, _)| route.method == wanted) {
            Some((route, telemetry)) => Found::Route {
                route,
                telemetry,
                in_path: found.params.iter().next().map(|(_, part)| part),
            },
            None => Found::Path { allow: &found.value.allow, telemetry: &self.elsewhere },
        }
    }
}

impl Route {
    /// The method's name, for labels.
    pub(super) fn method_name(&self) -> &'static str {
        [
            (Method::GET, "GET"),
            (Method::POST, "POST"),
            (Method::PATCH, "PATCH"),
            (Method::DELETE, "DELETE"),
        ]
        .iter()
        .find(|(method, _)| *method == self.method)
        .map_or("", |(_, name)| name)
    }
}

impl<'r> Found<'r, '_> {
    pub(super) const fn telemetry(&self) -> &'r RouteTelemetry {
        match self {
            Self::Route { telemetry, .. }
            | Self::Path { telemetry, .. }
            | Self::Nothing { telemetry } => telemetry,
        }
    }
}

fn allow(routes: &[&Route]) -> HeaderValue {
    let mut methods = Vec::new();
    for route in routes {
        methods.push(route.method.as_str());
        if route.method == Method::GET {
            methods.push(Method::HEAD.as_str());
        }
    }
    methods.push(Method::OPTIONS.as_str());
    HeaderValue::from_str(&methods.join(", "))
        .unwrap_or_else(|_| HeaderValue::from_static("OPTIONS"))
}

#[cfg(test)]
mod tests;
