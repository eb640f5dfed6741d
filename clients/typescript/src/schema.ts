// Generated from the server's OpenAPI document by "npm run generate". Not edited.

export interface paths {
    "/api/products": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List products
         * @description All products in the order of their ids.
         */
        get: operations["listProducts"];
        put?: never;
        /**
         * Put a product on sale
         * @description Without `opens_at` and `closes_at` it is open at once and never closes. Without `id` it gets the
         *     one above the highest in use.
         */
        post: operations["createProduct"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/products/{product_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a product
         * @description The product with its stock as of the last commit: whoever has an answer to a write also reads
         *     its effect here.
         */
        get: operations["getProduct"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change a product
         * @description What is absent stays as it is; `null` clears `opens_at`, `closes_at`, `max_per_customer` or
         *     `code`. Give the stock as `total_stock` or change it by `add_stock` (negative takes units away),
         *     not both. A changed price, limit or window binds new holds only.
         */
        patch: operations["changeProduct"];
        trace?: never;
    };
    "/api/products/{product_id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Watch a product
         * @description Server-sent events: the product as it is, then as often as it changes, but at most ten times a
         *     second. Each event is named `product`, its data is what `GET /api/products/{product_id}`
         *     answers, and its id the product's version. With `Last-Event-ID` what the client has already is
         *     not sent again. A comment every 15 seconds shows that the stream is alive.
         */
        get: operations["watchProduct"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/holds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List holds
         * @description Newest first; every filter must match.
         */
        get: operations["listHolds"];
        put?: never;
        /**
         * Place a hold
         * @description Sets units aside for one buyer until `expires_at`, at the price of this moment. A product with a
         *     limit per customer needs a `customer_id`. `quantity` is taken for `qty`.
         */
        post: operations["placeHold"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/holds/{hold_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a hold
         * @description The hold as it is now, with `order_id` once it was used.
         */
        get: operations["getHold"];
        put?: never;
        post?: never;
        /**
         * Release a hold
         * @description Gives the units back at once. Releasing a released hold changes nothing.
         */
        delete: operations["releaseHold"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/holds/{hold_id}/extend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Extend a hold
         * @description Moves `expires_at` by the product's `hold_seconds`, counted from the old deadline, at most
         *     `max_extensions` times.
         */
        post: operations["extendHold"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List orders
         * @description Newest first (by the age of their holds); every filter must match.
         */
        get: operations["listOrders"];
        put?: never;
        /**
         * Turn a hold into an order
         * @description The order waits for its payment until `pay_by`. Choose its `order_id` to know it before the
         *     payment provider does: an event that names it early is kept and applied when the order is made.
         *     `hold_token` is taken for `hold_id`.
         */
        post: operations["createOrder"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orders/{order_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get an order */
        get: operations["getOrder"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orders/{order_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel an order
         * @description Gives the units of a pending order back at once. Cancelling a cancelled order changes nothing.
         */
        post: operations["cancelOrder"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/payments/webhook": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take a payment event
         * @description Signed by Standard Webhooks. An event has at most one effect, however often, late or
         *     concurrently it arrives. Fields beyond those below are taken and stored with the rest of the
         *     body. `idempotency_key` is taken for `event_id`; a body without either takes its event id from
         *     `webhook-id` if it is signed. Unsigned ones, where they are taken, have it from the header
         *     `Idempotency-Key`, failing that from `webhook-id`.
         */
        post: operations["receivePayment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/payments/webhook/stripe": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take one of Stripe's events
         * @description Signed by Stripe with the secret of its endpoint. The order is `metadata.order_id` of the
         *     event's object or, failing that, `client_reference_id`. `checkout.session.completed` (when
         *     paid), `checkout.session.async_payment_succeeded` and `payment_intent.succeeded` pay it;
         *     `checkout.session.expired`, `checkout.session.async_payment_failed` and
         *     `payment_intent.canceled` fail it; `payment_intent.payment_failed` is recorded and leaves it
         *     pending; a full `charge.refunded` refunds it without restocking, a partial one is recorded. Any
         *     other event is `ignored` and not recorded.
         */
        post: operations["receiveStripeEvent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/products/{product_id}/journal": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a product's journal
         * @description Every change to the product's stock, in order, with the counters as they are after it.
         */
        get: operations["listJournal"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orders/{order_id}/refund": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Mark an order as refunded
         * @description For a `paid` or `refund_due` order whose money went back. With `restock` its units go back on
         *     sale, once; an order that never got its units has none to give back. Refunding a refunded order
         *     changes nothing.
         */
        post: operations["refundOrder"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/payments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List payment events
         * @description Newest first; every filter must match. `status` is what the event says, `result` what became of
         *     it: those that wait for their order are `stored`.
         */
        get: operations["listPayments"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Audit
         * @description Recounts every rule from the rows and the journal as of one instant, beside the sale. It is 200
         *     whatever it finds; `ok` says whether all is well.
         */
        get: operations["audit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get the server's status */
        get: operations["getStatus"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/story": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tell a story
         * @description Everything that happened to a hold, found by its own id or that of its order, of its customer,
         *     or of a payment event. At most 20, newest first.
         */
        get: operations["getStory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow the journal
         * @description Server-sent events: every change to the stock of every product from now on, each product's in
         *     order. Each event is named `journal`, and its data is an entry as
         *     `GET /api/products/{product_id}/journal` has it, with its `product_id`. A block of its own sets
         *     the id, which tells how far everything before it has come: with it as `Last-Event-ID` the stream
         *     goes on from there on any node, and nothing is skipped; entries after the last such block come
         *     again, and are known by product and number. `0` is the beginning of everything. If the database
         *     was restored from a backup, the id may be ahead of it: then comes an event named `reset`, and
         *     after it everything from the beginning.
         */
        get: operations["followJournal"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the process lives */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether the server can commit
         * @description 503 while the store cannot be reached and from the moment the server is told to stop.
         */
        get: operations["getReadiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Metrics
         * @description In Prometheus' text format.
         */
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The control room
         * @description A page to watch and steer sales with, for whoever has an admin key.
         */
        get: operations["getControlRoom"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assets/{folder}/{file}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The pages' scripts and styles */
        get: operations["getAsset"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document */
        get: operations["getOpenApi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/docs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The documentation
         * @description This document as a page, with every call to try.
         */
        get: operations["getDocs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/docs/{file}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The documentation's scripts and styles */
        get: operations["getDocsFile"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/docs/problems/{code}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What a problem means
         * @description The page that the `type` of a problem document points at.
         */
        get: operations["getProblem"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description One product's counters from three sources, which must agree. */
        AuditProduct: {
            /**
             * Format: int64
             * @example 1
             */
            product_id: number;
            /** @description As the product's own row has them. */
            recorded: components["schemas"]["Counters"];
            /** @description As its holds and orders add up. */
            recounted: components["schemas"]["Counters"];
            /** @description As its journal replays. */
            replayed: components["schemas"]["Counters"];
            /**
             * Format: int64
             * @description How many journal entries it has.
             * @example 14
             */
            journal_entries: number;
            /**
             * Format: int64
             * @description How many holds it has, in any state.
             * @example 12
             */
            holds: number;
            /**
             * Format: int64
             * @description How many orders it has, in any state.
             * @example 2
             */
            orders: number;
        };
        /** @description A recount of every rule from the rows and the journal, as of one instant. */
        AuditReport: {
            /** @description Whether no rule is broken. */
            ok: boolean;
            /** @description Every product, by id. */
            products: components["schemas"]["AuditProduct"][];
            /** @description Every broken rule, the first divergence first. */
            violations: components["schemas"]["Violation"][];
        };
        /** @description A product's three counters. */
        Counters: {
            /**
             * Format: int32
             * @example 100
             */
            total_stock: number;
            /**
             * Format: int32
             * @example 10
             */
            held_stock: number;
            /**
             * Format: int32
             * @example 2
             */
            sold_stock: number;
        };
        /**
         * @description An ISO 4217 currency code.
         * @example USD
         */
        Currency: string;
        /**
         * @description What a journal entry records.
         * @enum {string}
         */
        EntryKind: "product_created" | "stock_changed" | "hold_placed" | "hold_released" | "hold_expired" | "order_paid" | "order_cancelled" | "order_expired" | "order_retaken" | "order_restocked" | "order_refunded";
        /**
         * @description What became of a recorded event.
         * @enum {string}
         */
        EventResult: "applied" | "ignored" | "stored" | "amount_mismatch";
        /** @description One field of the request that is wrong. */
        FieldError: {
            /**
             * @description The field, query parameter or header.
             * @example qty
             */
            field: string;
            /**
             * @description What is wrong with it.
             * @example must be an integer from 1 to 1000000
             */
            message: string;
        };
        /** @description How the server is. */
        Health: {
            /** @example ok */
            status: string;
        };
        /** @description Units set aside for one buyer until `expires_at`. */
        Hold: {
            hold_id: components["schemas"]["Id"];
            /**
             * Format: int64
             * @example 1
             */
            product_id: number;
            /**
             * Format: int32
             * @example 2
             */
            qty: number;
            /**
             * Format: int64
             * @description The price of one unit in minor units, as it was when the hold was placed.
             * @example 9999
             */
            unit_price: number;
            currency: components["schemas"]["Currency"];
            status: components["schemas"]["HoldStatus"];
            created_at: components["schemas"]["Time"];
            /** @description The first instant at which the hold can no longer be used. */
            expires_at: components["schemas"]["Time"];
            /**
             * @description The storefront's name for the buyer, where it gave one.
             * @example customer-17
             */
            customer_id?: string;
            /** @description The order that a used hold became. */
            order_id?: components["schemas"]["Id"];
        };
        /**
         * @description Where a hold stands. Only an active one can become an order.
         * @enum {string}
         */
        HoldStatus: "active" | "used" | "released" | "expired";
        /**
         * Format: uuid
         * @description A UUID. Whoever knows a hold's or order's id may use it: treat it as a secret.
         * @example 019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071
         */
        Id: string;
        /**
         * @description One stock change of a product, or a refund that moved no units, with its counters as they are
         *     after it.
         */
        JournalEntry: {
            /**
             * Format: int64
             * @description Its number within the product's journal, from 1 without gaps.
             * @example 1
             */
            seq: number;
            at: components["schemas"]["Time"];
            kind: components["schemas"]["EntryKind"];
            /**
             * Format: int64
             * @description How many units it is about; negative only where stock was taken away.
             * @example 2
             */
            qty: number;
            /**
             * Format: int32
             * @example 100
             */
            total_stock: number;
            /**
             * Format: int32
             * @example 2
             */
            held_stock: number;
            /**
             * Format: int32
             * @example 0
             */
            sold_stock: number;
            /** @description The hold concerned, if any. */
            hold_id?: components["schemas"]["Id"];
            /** @description The order concerned, if any. */
            order_id?: components["schemas"]["Id"];
            /**
             * @description The payment event that caused it, if any.
             * @example evt_1
             */
            event_id?: string;
        };
        /** @description One page of a list. */
        List_Hold: {
            /** @description The rows of this page. */
            data: {
                hold_id: components["schemas"]["Id"];
                /**
                 * Format: int64
                 * @example 1
                 */
                product_id: number;
                /**
                 * Format: int32
                 * @example 2
                 */
                qty: number;
                /**
                 * Format: int64
                 * @description The price of one unit in minor units, as it was when the hold was placed.
                 * @example 9999
                 */
                unit_price: number;
                currency: components["schemas"]["Currency"];
                status: components["schemas"]["HoldStatus"];
                created_at: components["schemas"]["Time"];
                /** @description The first instant at which the hold can no longer be used. */
                expires_at: components["schemas"]["Time"];
                /**
                 * @description The storefront's name for the buyer, where it gave one.
                 * @example customer-17
                 */
                customer_id?: string;
                /** @description The order that a used hold became. */
                order_id?: components["schemas"]["Id"];
            }[];
            /** @description What to give as `cursor` for the next page; `null`: this is the last. */
            next_cursor: string | null;
        };
        /** @description One page of a list. */
        List_JournalEntry: {
            /** @description The rows of this page. */
            data: {
                /**
                 * Format: int64
                 * @description Its number within the product's journal, from 1 without gaps.
                 * @example 1
                 */
                seq: number;
                at: components["schemas"]["Time"];
                kind: components["schemas"]["EntryKind"];
                /**
                 * Format: int64
                 * @description How many units it is about; negative only where stock was taken away.
                 * @example 2
                 */
                qty: number;
                /**
                 * Format: int32
                 * @example 100
                 */
                total_stock: number;
                /**
                 * Format: int32
                 * @example 2
                 */
                held_stock: number;
                /**
                 * Format: int32
                 * @example 0
                 */
                sold_stock: number;
                /** @description The hold concerned, if any. */
                hold_id?: components["schemas"]["Id"];
                /** @description The order concerned, if any. */
                order_id?: components["schemas"]["Id"];
                /**
                 * @description The payment event that caused it, if any.
                 * @example evt_1
                 */
                event_id?: string;
            }[];
            /** @description What to give as `cursor` for the next page; `null`: this is the last. */
            next_cursor: string | null;
        };
        /** @description One page of a list. */
        List_Order: {
            /** @description The rows of this page. */
            data: {
                order_id: components["schemas"]["Id"];
                hold_id: components["schemas"]["Id"];
                /**
                 * Format: int64
                 * @example 1
                 */
                product_id: number;
                /**
                 * Format: int32
                 * @example 2
                 */
                qty: number;
                /**
                 * Format: int64
                 * @description The price of one unit in minor units, as frozen in the hold.
                 * @example 9999
                 */
                unit_price: number;
                /**
                 * Format: int64
                 * @description What the buyer pays in minor units.
                 * @example 19998
                 */
                total_price: number;
                currency: components["schemas"]["Currency"];
                status: components["schemas"]["OrderStatus"];
                created_at: components["schemas"]["Time"];
                /** @description The first instant at which an unpaid order loses its units. */
                pay_by: components["schemas"]["Time"];
                /**
                 * @description The storefront's name for the buyer, where it gave one.
                 * @example customer-17
                 */
                customer_id?: string;
            }[];
            /** @description What to give as `cursor` for the next page; `null`: this is the last. */
            next_cursor: string | null;
        };
        /** @description One page of a list. */
        List_Payment: {
            /** @description The rows of this page. */
            data: {
                /** @example evt_1 */
                event_id: string;
                order_id: components["schemas"]["Id"];
                provider: components["schemas"]["Provider"];
                status: components["schemas"]["PaymentStatus"];
                result: components["schemas"]["EventResult"];
                /**
                 * Format: int64
                 * @description How much was paid in minor units, where the provider said so.
                 * @example 19998
                 */
                amount?: number;
                /** @description In which currency, where the provider said so. */
                currency?: components["schemas"]["Currency"];
                received_at: components["schemas"]["Time"];
                /** @description The body of the delivery as it arrived. */
                payload: Record<string, never>;
            }[];
            /** @description What to give as `cursor` for the next page; `null`: this is the last. */
            next_cursor: string | null;
        };
        /** @description One page of a list. */
        List_Product: {
            /** @description The rows of this page. */
            data: {
                /**
                 * Format: int64
                 * @example 1
                 */
                id: number;
                /**
                 * @description The operator's own code for it (a SKU).
                 * @example DOOR-1
                 */
                code: string | null;
                /** @example Limited Edition Flash Sale Item */
                name: string;
                /**
                 * Format: int64
                 * @description The price of one unit in minor units (cents of a dollar).
                 * @example 9999
                 */
                price: number;
                currency: components["schemas"]["Currency"];
                /**
                 * Format: int32
                 * @description All units, whoever has them.
                 * @example 100
                 */
                total_stock: number;
                /**
                 * Format: int32
                 * @description Units that a hold can take.
                 * @example 88
                 */
                available_stock: number;
                /**
                 * Format: int32
                 * @description Units in active holds and pending orders.
                 * @example 10
                 */
                held_stock: number;
                /**
                 * Format: int32
                 * @description Units in paid orders, and in refunded ones that were not restocked.
                 * @example 2
                 */
                sold_stock: number;
                status: components["schemas"]["ProductStatus"];
                opens_at: components["schemas"]["Time"] | null;
                closes_at: components["schemas"]["Time"] | null;
                /**
                 * Format: int32
                 * @description The most units one customer may have held, pending and paid together; `null`: no limit.
                 * @example 4
                 */
                max_per_customer: number | null;
                /**
                 * Format: int32
                 * @description How many seconds a hold lasts, and by how many an extension prolongs it.
                 * @example 120
                 */
                hold_seconds: number;
                /**
                 * Format: int32
                 * @description How many seconds an order waits for its payment.
                 * @example 600
                 */
                payment_seconds: number;
                /**
                 * Format: int64
                 * @description Grows with every change of the product.
                 * @example 14
                 */
                version: number;
            }[];
            /** @description What to give as `cursor` for the next page; `null`: this is the last. */
            next_cursor: string | null;
        };
        /** @description What to hold. */
        NewHold: {
            /**
             * Format: int64
             * @example 1
             */
            product_id: number;
            /**
             * Format: int32
             * @description How many units. Also taken as `quantity`.
             * @example 2
             */
            qty: number;
            /**
             * @description The storefront's name for the buyer; needed where the product has a limit per customer.
             * @example customer-17
             */
            customer_id?: string | null;
        };
        /** @description What to order. */
        NewOrder: {
            /** @description Also taken as `hold_token`. */
            hold_id: components["schemas"]["Id"];
            order_id?: components["schemas"]["Id"] | null;
        };
        /** @description What to sell. */
        NewProduct: {
            /** @example Limited Edition Flash Sale Item */
            name: string;
            /**
             * Format: int32
             * @example 100
             */
            total_stock: number;
            /**
             * Format: int64
             * @description The price of one unit in minor units (cents of a dollar).
             * @example 9999
             */
            price: number;
            currency?: components["schemas"]["Currency"] | null;
            /**
             * @description Your own code for it (a SKU); unique among products.
             * @example DOOR-1
             */
            code?: string | null;
            /**
             * Format: int64
             * @description The one above the highest in use where absent.
             */
            id?: number | null;
            opens_at?: components["schemas"]["Time"] | null;
            closes_at?: components["schemas"]["Time"] | null;
            /**
             * Format: int32
             * @description The most units one customer may have held, pending and paid together.
             */
            max_per_customer?: number | null;
            /**
             * Format: int32
             * @description How many seconds a hold lasts.
             * @default 120
             */
            hold_seconds?: number | null;
            /**
             * Format: int32
             * @description How many seconds an order waits for its payment.
             * @default 600
             */
            payment_seconds?: number | null;
            /**
             * Format: int32
             * @description How often a hold may be extended.
             * @default 1
             */
            max_extensions?: number | null;
        };
        /** @description A server of a cluster. */
        Node: {
            /** @example doorbuster till/4711 */
            name: string;
            since: components["schemas"]["Time"];
        };
        /** @description A used hold waiting for its payment until `pay_by`, then its final state. */
        Order: {
            order_id: components["schemas"]["Id"];
            hold_id: components["schemas"]["Id"];
            /**
             * Format: int64
             * @example 1
             */
            product_id: number;
            /**
             * Format: int32
             * @example 2
             */
            qty: number;
            /**
             * Format: int64
             * @description The price of one unit in minor units, as frozen in the hold.
             * @example 9999
             */
            unit_price: number;
            /**
             * Format: int64
             * @description What the buyer pays in minor units.
             * @example 19998
             */
            total_price: number;
            currency: components["schemas"]["Currency"];
            status: components["schemas"]["OrderStatus"];
            created_at: components["schemas"]["Time"];
            /** @description The first instant at which an unpaid order loses its units. */
            pay_by: components["schemas"]["Time"];
            /**
             * @description The storefront's name for the buyer, where it gave one.
             * @example customer-17
             */
            customer_id?: string;
        };
        /**
         * @description Where an order stands. `refund_due`: paid when its units were gone, so the money must go back.
         * @enum {string}
         */
        OrderStatus: "pending" | "paid" | "cancelled" | "expired" | "refund_due" | "refunded";
        /** @description A recorded payment event. */
        Payment: {
            /** @example evt_1 */
            event_id: string;
            order_id: components["schemas"]["Id"];
            provider: components["schemas"]["Provider"];
            status: components["schemas"]["PaymentStatus"];
            result: components["schemas"]["EventResult"];
            /**
             * Format: int64
             * @description How much was paid in minor units, where the provider said so.
             * @example 19998
             */
            amount?: number;
            /** @description In which currency, where the provider said so. */
            currency?: components["schemas"]["Currency"];
            received_at: components["schemas"]["Time"];
            /** @description The body of the delivery as it arrived. */
            payload: Record<string, never>;
        };
        /** @description What became of one delivery. */
        PaymentAnswer: {
            result: components["schemas"]["PaymentResult"];
            /** @description Absent where one of Stripe's events says nothing about any order here. */
            order_id?: components["schemas"]["Id"];
            order_status?: components["schemas"]["OrderStatus"] | null;
        };
        /** @description A payment provider's event. */
        PaymentEvent: {
            /**
             * @description The provider's name for the event. Also taken as `idempotency_key`, or from a header.
             * @example evt_1
             */
            event_id?: string;
            /** @description May name an order that does not exist yet. */
            order_id: components["schemas"]["Id"];
            status: components["schemas"]["WebhookStatus"];
            /**
             * Format: int64
             * @description In minor units; checked against the order where given.
             * @example 19998
             */
            amount?: number | null;
            currency?: components["schemas"]["Currency"] | null;
            /** @example card_declined */
            failure_reason?: string | null;
        };
        /**
         * @description What became of one delivery of a payment event. `applied`: it changed the order. `duplicate`:
         *     the event had been taken before. `ignored`: recorded; the order needed no change. `stored`:
         *     recorded, and applied in the same commit that creates its order.
         * @enum {string}
         */
        PaymentResult: "applied" | "duplicate" | "ignored" | "stored";
        /**
         * @description What a payment event says happened. `noted`: something that leaves the order as it is, such as
         *     one attempt at paying that failed, or a part of the money that went back.
         * @enum {string}
         */
        PaymentStatus: "paid" | "failed" | "refunded" | "noted";
        /**
         * @description A failure (RFC 9457). `code` is what programs tell failures apart by; the fields after it are
         *     there where the code calls for them.
         */
        Problem: {
            /**
             * @description The kind of problem: an address on this server that explains it.
             * @example /docs/problems/insufficient_stock
             */
            type: string;
            /**
             * @description The kind of problem in a few words.
             * @example Not enough units are available
             */
            title: string;
            /**
             * Format: int32
             * @description The HTTP status.
             * @example 409
             */
            status: number;
            /**
             * @description What went wrong this time.
             * @example only 3 units are available
             */
            detail: string;
            /**
             * @description The kind of problem, for programs.
             * @example insufficient_stock
             */
            code: string;
            /**
             * Format: int32
             * @description `insufficient_stock`: how many units a hold could take.
             */
            available_stock?: number;
            /**
             * Format: int32
             * @description `customer_limit_reached`: how many units the customer could still take.
             */
            remaining?: number;
            /** @description `sale_not_open`: when holds are taken. */
            opens_at?: components["schemas"]["Time"];
            /** @description `hold_used`: the order that the hold became. */
            order_id?: components["schemas"]["Id"];
            /** @description `order_not_pending`, `order_not_refundable`: where the order stands. */
            order_status?: components["schemas"]["OrderStatus"];
            /**
             * Format: int32
             * @description `stock_committed`: how many units are held or sold.
             */
            committed_stock?: number;
            /** @description `product_exists`: what is taken, `id` or `code`. */
            field?: string;
            /**
             * Format: int64
             * @description `amount_mismatch`: what the order costs, in minor units.
             */
            expected_amount?: number;
            /** @description `amount_mismatch`: the currency of the order. */
            expected_currency?: string;
            /**
             * Format: int32
             * @description `rate_limited`, `overloaded`, `unavailable`: when to try again, in milliseconds from now.
             */
            retry_after_ms?: number;
            /** @description `validation_failed`: every field that is wrong. */
            errors?: components["schemas"]["FieldError"][];
        };
        /** @description What is on sale. Always `total_stock = available_stock + held_stock + sold_stock`. */
        Product: {
            /**
             * Format: int64
             * @example 1
             */
            id: number;
            /**
             * @description The operator's own code for it (a SKU).
             * @example DOOR-1
             */
            code: string | null;
            /** @example Limited Edition Flash Sale Item */
            name: string;
            /**
             * Format: int64
             * @description The price of one unit in minor units (cents of a dollar).
             * @example 9999
             */
            price: number;
            currency: components["schemas"]["Currency"];
            /**
             * Format: int32
             * @description All units, whoever has them.
             * @example 100
             */
            total_stock: number;
            /**
             * Format: int32
             * @description Units that a hold can take.
             * @example 88
             */
            available_stock: number;
            /**
             * Format: int32
             * @description Units in active holds and pending orders.
             * @example 10
             */
            held_stock: number;
            /**
             * Format: int32
             * @description Units in paid orders, and in refunded ones that were not restocked.
             * @example 2
             */
            sold_stock: number;
            status: components["schemas"]["ProductStatus"];
            opens_at: components["schemas"]["Time"] | null;
            closes_at: components["schemas"]["Time"] | null;
            /**
             * Format: int32
             * @description The most units one customer may have held, pending and paid together; `null`: no limit.
             * @example 4
             */
            max_per_customer: number | null;
            /**
             * Format: int32
             * @description How many seconds a hold lasts, and by how many an extension prolongs it.
             * @example 120
             */
            hold_seconds: number;
            /**
             * Format: int32
             * @description How many seconds an order waits for its payment.
             * @example 600
             */
            payment_seconds: number;
            /**
             * Format: int64
             * @description Grows with every change of the product.
             * @example 14
             */
            version: number;
        };
        /** @description What to change; what is absent stays as it is. */
        ProductChange: {
            name?: string;
            /**
             * Format: int32
             * @description The new total; never below what is held and sold.
             */
            total_stock?: number;
            /**
             * Format: int64
             * @description How many units to add, or to take away where negative. Not together with `total_stock`.
             */
            add_stock?: number;
            /** Format: int64 */
            price?: number;
            currency?: components["schemas"]["Currency"];
            /** @description `null` takes it away. */
            code?: string | null;
            opens_at?: components["schemas"]["Time"] | null;
            closes_at?: components["schemas"]["Time"] | null;
            /** @description Whether holds are refused for now. */
            paused?: boolean;
            /**
             * Format: int32
             * @description `null`: no limit.
             */
            max_per_customer?: number | null;
            /** Format: int32 */
            hold_seconds?: number;
            /** Format: int32 */
            payment_seconds?: number;
            /** Format: int32 */
            max_extensions?: number;
        };
        /**
         * @description Whether holds are taken, and if not, why: the first that applies of closed, paused, scheduled,
         *     open.
         * @enum {string}
         */
        ProductStatus: "open" | "scheduled" | "paused" | "closed";
        /**
         * @description Who sent an event: anyone who signs by Standard Webhooks, or Stripe.
         * @enum {string}
         */
        Provider: "generic" | "stripe";
        /** @description How to refund. */
        Refund: {
            /** @description Whether the order's units go back on sale. */
            restock: boolean;
        };
        /** @description How a server is. */
        Status: {
            /** @example 0.1.0 */
            version: string;
            /**
             * @description Which database its rows are in: `sqlite` or `postgres`.
             * @example sqlite
             */
            store: string;
            started_at: components["schemas"]["Time"];
            /** @description Whether commands can be committed. */
            ready: boolean;
            /**
             * @description What the key is good for that asked: `admin` (everything) or `read`.
             * @example admin
             */
            scope: string;
            /**
             * @description What this server calls itself.
             * @example doorbuster till/4711
             */
            node: string;
            /** @description All servers on the same rows, this one among them, as far as the database knows. */
            nodes: components["schemas"]["Node"][];
        };
        /** @description Stories, newest first. */
        Stories: {
            stories: components["schemas"]["Story"][];
            /** @description Payment events with this id whose order does not exist. */
            early: components["schemas"]["Payment"][];
        };
        /** @description Whatever happened to one hold. */
        Story: {
            hold: components["schemas"]["Hold"];
            order: components["schemas"]["Order"] | null;
            /** @description Payment events about the order, oldest first. */
            payments: components["schemas"]["Payment"][];
            /** @description What it did to the product's stock, oldest first. */
            journal: components["schemas"]["JournalEntry"][];
        };
        /** @description One of Stripe's events (<https://docs.stripe.com/api/events/object>). */
        StripeEvent: {
            /** @example evt_1RqJ4kLkdIwHu7ixWb9Vn2Yd */
            id: string;
            /** @example checkout.session.completed */
            type: string;
            /** @description The order is `metadata.order_id` of its `object` or, failing that, `client_reference_id`. */
            data?: Record<string, never>;
        };
        /**
         * Format: date-time
         * @description A point in time: RFC 3339 in UTC with milliseconds.
         * @example 2026-11-27T09:00:00.000Z
         */
        Time: string;
        /** @description One broken rule. */
        Violation: {
            /**
             * Format: int64
             * @description Whose stock, where one product is concerned.
             */
            product_id: number | null;
            /**
             * Format: int32
             * @description Which of the ten rules, 1 … 10.
             */
            rule: number;
            /** @description What should be. */
            expected: string;
            /** @description What is. */
            found: string;
            /** @description Where, in words. */
            detail: string;
        };
        /**
         * @description What happened: paid under three names, failed under two.
         * @enum {string}
         */
        WebhookStatus: "paid" | "success" | "succeeded" | "failed" | "failure";
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type AuditProduct = components['schemas']['AuditProduct'];
export type AuditReport = components['schemas']['AuditReport'];
export type Counters = components['schemas']['Counters'];
export type Currency = components['schemas']['Currency'];
export type EntryKind = components['schemas']['EntryKind'];
export type EventResult = components['schemas']['EventResult'];
export type FieldError = components['schemas']['FieldError'];
export type Health = components['schemas']['Health'];
export type Hold = components['schemas']['Hold'];
export type HoldStatus = components['schemas']['HoldStatus'];
export type Id = components['schemas']['Id'];
export type JournalEntry = components['schemas']['JournalEntry'];
export type ListHold = components['schemas']['List_Hold'];
export type ListJournalEntry = components['schemas']['List_JournalEntry'];
export type ListOrder = components['schemas']['List_Order'];
export type ListPayment = components['schemas']['List_Payment'];
export type ListProduct = components['schemas']['List_Product'];
export type NewHold = components['schemas']['NewHold'];
export type NewOrder = components['schemas']['NewOrder'];
export type NewProduct = components['schemas']['NewProduct'];
export type Node = components['schemas']['Node'];
export type Order = components['schemas']['Order'];
export type OrderStatus = components['schemas']['OrderStatus'];
export type Payment = components['schemas']['Payment'];
export type PaymentAnswer = components['schemas']['PaymentAnswer'];
export type PaymentEvent = components['schemas']['PaymentEvent'];
export type PaymentResult = components['schemas']['PaymentResult'];
export type PaymentStatus = components['schemas']['PaymentStatus'];
export type Problem = components['schemas']['Problem'];
export type Product = components['schemas']['Product'];
export type ProductChange = components['schemas']['ProductChange'];
export type ProductStatus = components['schemas']['ProductStatus'];
export type Provider = components['schemas']['Provider'];
export type Refund = components['schemas']['Refund'];
export type Status = components['schemas']['Status'];
export type Stories = components['schemas']['Stories'];
export type Story = components['schemas']['Story'];
export type StripeEvent = components['schemas']['StripeEvent'];
export type Time = components['schemas']['Time'];
export type Violation = components['schemas']['Violation'];
export type WebhookStatus = components['schemas']['WebhookStatus'];
export type $defs = Record<string, never>;
export interface operations {
    listProducts: {
        parameters: {
            query?: {
                /** @description How many rows. */
                limit?: number;
                /** @description The `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page of products */
            200: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "id": 1,
                     *           "code": "DOOR-1",
                     *           "name": "Limited Edition Flash Sale Item",
                     *           "price": 9999,
                     *           "currency": "USD",
                     *           "total_stock": 100,
                     *           "available_stock": 88,
                     *           "held_stock": 10,
                     *           "sold_stock": 2,
                     *           "status": "open",
                     *           "opens_at": "2026-11-27T09:00:00.000Z",
                     *           "closes_at": null,
                     *           "max_per_customer": null,
                     *           "hold_seconds": 120,
                     *           "payment_seconds": 600,
                     *           "version": 14
                     *         }
                     *       ],
                     *       "next_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["List_Product"];
                };
            };
            /** @description `validation_failed` */
            422: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createProduct: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Limited Edition Flash Sale Item",
                 *       "total_stock": 100,
                 *       "price": 9999,
                 *       "currency": "USD",
                 *       "code": "DOOR-1",
                 *       "opens_at": "2026-11-27T09:00:00.000Z"
                 *     }
                 */
                "application/json": components["schemas"]["NewProduct"];
            };
        };
        responses: {
            /** @description The product, with its address */
            201: {
                headers: {
                    /** @description The product's address */
                    Location?: string;
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": 1,
                     *       "code": "DOOR-1",
                     *       "name": "Limited Edition Flash Sale Item",
                     *       "price": 9999,
                     *       "currency": "USD",
                     *       "total_stock": 100,
                     *       "available_stock": 88,
                     *       "held_stock": 10,
                     *       "sold_stock": 2,
                     *       "status": "open",
                     *       "opens_at": "2026-11-27T09:00:00.000Z",
                     *       "closes_at": null,
                     *       "max_per_customer": null,
                     *       "hold_seconds": 120,
                     *       "payment_seconds": 600,
                     *       "version": 14
                     *     }
                     */
                    "application/json": components["schemas"]["Product"];
                };
            };
            /** @description `malformed_json` */
            400: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized` */
            401: {
                headers: {
                    /** @description `Bearer` */
                    "WWW-Authenticate"?: string;
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout` */
            408: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `product_exists` */
            409: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large` */
            413: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type` */
            415: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation_failed` */
            422: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal` */
            500: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `overloaded`, `unavailable` */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: string;
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getProduct: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 1 */
                product_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The product */
            200: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": 1,
                     *       "code": "DOOR-1",
                     *       "name": "Limited Edition Flash Sale Item",
                     *       "price": 9999,
                     *       "currency": "USD",
                     *       "total_stock": 100,
                     *       "available_stock": 88,
                     *       "held_stock": 10,
                     *       "sold_stock": 2,
                     *       "status": "open",
                     *       "opens_at": "2026-11-27T09:00:00.000Z",
                     *       "closes_at": null,
                     *       "max_per_customer": null,
                     *       "hold_seconds": 120,
                     *       "payment_seconds": 600,
                     *       "version": 14
                     *     }
                     */
                    "application/json": components["schemas"]["Product"];
                };
            };
            /** @description `product_not_found` */
            404: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation_failed` */
            422: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    changeProduct: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 1 */
                product_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "add_stock": 50,
                 *       "closes_at": null
                 *     }
                 */
                "application/json": components["schemas"]["ProductChange"];
            };
        };
        responses: {
            /** @description The product as it is now */
            200: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": 1,
                     *       "code": "DOOR-1",
                     *       "name": "Limited Edition Flash Sale Item",
                     *       "price": 9999,
                     *       "currency": "USD",
                     *       "total_stock": 100,
                     *       "available_stock": 88,
                     *       "held_stock": 10,
                     *       "sold_stock": 2,
                     *       "status": "open",
                     *       "opens_at": "2026-11-27T09:00:00.000Z",
                     *       "closes_at": null,
                     *       "max_per_customer": null,
                     *       "hold_seconds": 120,
                     *       "payment_seconds": 600,
                     *       "version": 14
                     *     }
                     */
                    "application/json": components["schemas"]["Product"];
                };
            };
            /** @description `malformed_json` */
            400: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized` */
            401: {
                headers: {
                    /** @description `Bearer` */
                    "WWW-Authenticate"?: string;
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `product_not_found` */
            404: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout` */
            408: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `stock_committed`, `product_exists` */
            409: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large` */
            413: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type` */
            415: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation_failed` */
            422: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal` */
            500: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `overloaded`, `unavailable` */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: string;
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    watchProduct: {
        parameters: {
            query?: {
                /** @description The id of the last event that the client has had. */
                last_event_id?: string;
            };
            header?: {
                /** @description The id of the last event that the client has had. */
                "Last-Event-ID"?: string | null;
            };
            path: {
                /** @example 1 */
                product_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Events without an end */
            200: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example event: product
                     *     id: 14
                     *     data: {"id":1, …}
                     */
                    "text/event-stream": string;
                };
            };
            /** @description `product_not_found` */
            404: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation_failed` */
            422: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `overloaded` */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: string;
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listHolds: {
        parameters: {
            query?: {
                /** @description How many rows. */
                limit?: number;
                /** @description The `next_cursor` of the page before. */
                cursor?: string;
                product_id?: number;
                status?: components["schemas"]["HoldStatus"];
                customer_id?: string;
                order_id?: components["schemas"]["Id"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page of holds */
            200: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "hold_id": "019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071",
                     *           "product_id": 1,
                     *           "qty": 2,
                     *           "unit_price": 9999,
                     *           "currency": "USD",
                     *           "status": "active",
                     *           "created_at": "2026-11-27T09:00:03.217Z",
                     *           "expires_at": "2026-11-27T09:02:03.217Z"
                     *         }
                     *       ],
                     *       "next_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["List_Hold"];
                };
            };
            /** @description `unauthorized` */
            401: {
                headers: {
                    /** @description `Bearer` */
                    "WWW-Authenticate"?: string;
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation_failed` */
            422: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal` */
            500: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable` */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: string;
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    placeHold: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Your name for this request, bare or quoted: 1 to 255 visible ASCII characters. The same
                 *     request under the same key has one effect.
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewHold"];
            };
        };
        responses: {
            /** @description The hold that an earlier request with the same key made, as it is now */
            200: {
                headers: {
                    /** @description `true` */
                    "Idempotency-Replayed"?: string;
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "hold_id": "019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071",
                     *       "product_id": 1,
                     *       "qty": 2,
                     *       "unit_price": 9999,
                     *       "currency": "USD",
                     *       "status": "active",
                     *       "created_at": "2026-11-27T09:00:03.217Z",
                     *       "expires_at": "2026-11-27T09:02:03.217Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Hold"];
                };
            };
            /** @description The hold, with its address */
            201: {
                headers: {
                    /** @description The hold's address */
                    Location?: string;
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "hold_id": "019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071",
                     *       "product_id": 1,
                     *       "qty": 2,
                     *       "unit_price": 9999,
                     *       "currency": "USD",
                     *       "status": "active",
                     *       "created_at": "2026-11-27T09:00:03.217Z",
                     *       "expires_at": "2026-11-27T09:02:03.217Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Hold"];
                };
            };
            /** @description `malformed_json` */
            400: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `product_not_found` */
            404: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout` */
            408: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient_stock`, `sale_not_open`, `sale_closed`, `sale_paused`, `customer_limit_reached` */
            409: {
                headers: {
                    /** @description Seconds until the sale opens */
                    "Retry-After"?: string;
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large` */
            413: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type` */
            415: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation_failed`, `idempotency_key_reused` */
            422: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited` */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: string;
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal` */
            500: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `overloaded`, `unavailable` */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: string;
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getHold: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                hold_id: components["schemas"]["Id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The hold */
            200: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "hold_id": "019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071",
                     *       "product_id": 1,
                     *       "qty": 2,
                     *       "unit_price": 9999,
                     *       "currency": "USD",
                     *       "status": "active",
                     *       "created_at": "2026-11-27T09:00:03.217Z",
                     *       "expires_at": "2026-11-27T09:02:03.217Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Hold"];
                };
            };
            /** @description `hold_not_found` */
            404: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation_failed` */
            422: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal` */
            500: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable` */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: string;
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    releaseHold: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                hold_id: components["schemas"]["Id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The hold, released */
            200: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "hold_id": "019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071",
                     *       "product_id": 1,
                     *       "qty": 2,
                     *       "unit_price": 9999,
                     *       "currency": "USD",
                     *       "status": "released",
                     *       "created_at": "2026-11-27T09:00:03.217Z",
                     *       "expires_at": "2026-11-27T09:02:03.217Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Hold"];
                };
            };
            /** @description `malformed_json` */
            400: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `hold_not_found` */
            404: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout` */
            408: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `hold_expired`, `hold_used` */
            409: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large` */
            413: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type` */
            415: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation_failed` */
            422: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal` */
            500: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `overloaded`, `unavailable` */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: string;
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    extendHold: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                hold_id: components["schemas"]["Id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The hold with its later deadline */
            200: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "hold_id": "019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071",
                     *       "product_id": 1,
                     *       "qty": 2,
                     *       "unit_price": 9999,
                     *       "currency": "USD",
                     *       "status": "active",
                     *       "created_at": "2026-11-27T09:00:03.217Z",
                     *       "expires_at": "2026-11-27T09:04:03.217Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Hold"];
                };
            };
            /** @description `malformed_json` */
            400: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `hold_not_found` */
            404: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout` */
            408: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `hold_expired`, `hold_released`, `hold_used`, `extension_limit_reached` */
            409: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large` */
            413: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type` */
            415: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation_failed` */
            422: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal` */
            500: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `overloaded`, `unavailable` */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: string;
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listOrders: {
        parameters: {
            query?: {
                /** @description How many rows. */
                limit?: number;
                /** @description The `next_cursor` of the page before. */
                cursor?: string;
                product_id?: number;
                status?: components["schemas"]["OrderStatus"];
                customer_id?: string;
                order_id?: components["schemas"]["Id"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page of orders */
            200: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "order_id": "019ab3c4-9f21-7b3c-8d4e-5f60718293a4",
                     *           "hold_id": "019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071",
                     *           "product_id": 1,
                     *           "qty": 2,
                     *           "unit_price": 9999,
                     *           "total_price": 19998,
                     *           "currency": "USD",
                     *           "status": "pending",
                     *           "created_at": "2026-11-27T09:00:03.217Z",
                     *           "pay_by": "2026-11-27T09:10:03.217Z"
                     *         }
                     *       ],
                     *       "next_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["List_Order"];
                };
            };
            /** @description `unauthorized` */
            401: {
                headers: {
                    /** @description `Bearer` */
                    "WWW-Authenticate"?: string;
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation_failed` */
            422: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal` */
            500: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable` */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: string;
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createOrder: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Your name for this request, bare or quoted: 1 to 255 visible ASCII characters. The same
                 *     request under the same key has one effect.
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "hold_id": "019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071"
                 *     }
                 */
                "application/json": components["schemas"]["NewOrder"];
            };
        };
        responses: {
            /** @description The order that an earlier request made, as it is now */
            200: {
                headers: {
                    /** @description `true` */
                    "Idempotency-Replayed"?: string;
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "order_id": "019ab3c4-9f21-7b3c-8d4e-5f60718293a4",
                     *       "hold_id": "019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071",
                     *       "product_id": 1,
                     *       "qty": 2,
                     *       "unit_price": 9999,
                     *       "total_price": 19998,
                     *       "currency": "USD",
                     *       "status": "pending",
                     *       "created_at": "2026-11-27T09:00:03.217Z",
                     *       "pay_by": "2026-11-27T09:10:03.217Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Order"];
                };
            };
            /** @description The order, with its address */
            201: {
                headers: {
                    /** @description The order's address */
                    Location?: string;
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "order_id": "019ab3c4-9f21-7b3c-8d4e-5f60718293a4",
                     *       "hold_id": "019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071",
                     *       "product_id": 1,
                     *       "qty": 2,
                     *       "unit_price": 9999,
                     *       "total_price": 19998,
                     *       "currency": "USD",
                     *       "status": "pending",
                     *       "created_at": "2026-11-27T09:00:03.217Z",
                     *       "pay_by": "2026-11-27T09:10:03.217Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Order"];
                };
            };
            /** @description `malformed_json` */
            400: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `hold_not_found` */
            404: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout` */
            408: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `hold_expired`, `hold_released`, `hold_used`, `order_id_taken` */
            409: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large` */
            413: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type` */
            415: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation_failed`, `idempotency_key_reused` */
            422: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited` */
            429: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: string;
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal` */
            500: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `overloaded`, `unavailable` */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: string;
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getOrder: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                order_id: components["schemas"]["Id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The order */
            200: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "order_id": "019ab3c4-9f21-7b3c-8d4e-5f60718293a4",
                     *       "hold_id": "019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071",
                     *       "product_id": 1,
                     *       "qty": 2,
                     *       "unit_price": 9999,
                     *       "total_price": 19998,
                     *       "currency": "USD",
                     *       "status": "pending",
                     *       "created_at": "2026-11-27T09:00:03.217Z",
                     *       "pay_by": "2026-11-27T09:10:03.217Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Order"];
                };
            };
            /** @description `order_not_found` */
            404: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation_failed` */
            422: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal` */
            500: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable` */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: string;
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancelOrder: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                order_id: components["schemas"]["Id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The order, cancelled */
            200: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "order_id": "019ab3c4-9f21-7b3c-8d4e-5f60718293a4",
                     *       "hold_id": "019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071",
                     *       "product_id": 1,
                     *       "qty": 2,
                     *       "unit_price": 9999,
                     *       "total_price": 19998,
                     *       "currency": "USD",
                     *       "status": "cancelled",
                     *       "created_at": "2026-11-27T09:00:03.217Z",
                     *       "pay_by": "2026-11-27T09:10:03.217Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Order"];
                };
            };
            /** @description `malformed_json` */
            400: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `order_not_found` */
            404: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout` */
            408: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `order_not_pending` */
            409: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large` */
            413: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type` */
            415: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation_failed` */
            422: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal` */
            500: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `overloaded`, `unavailable` */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: string;
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    receivePayment: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The delivery's id; also the event's where nothing else names it.
                 * @example msg_p5jXN8AQM9LWM0D4loKWxJek
                 */
                "webhook-id"?: string;
                /**
                 * @description Seconds since 1970; at most 300 away from the present.
                 * @example 1795770000
                 */
                "webhook-timestamp"?: string;
                /**
                 * @description `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`; several, space-separated.
                 * @example v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=
                 */
                "webhook-signature"?: string;
                /** @description The event's id where the body has none. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PaymentEvent"];
            };
        };
        responses: {
            /** @description What became of the event */
            200: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PaymentAnswer"];
                };
            };
            /** @description The order does not exist yet: the event is kept, and applied in the commit that creates it */
            202: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "result": "stored",
                     *       "order_id": "019ab3c4-9f21-7b3c-8d4e-5f60718293a4"
                     *     }
                     */
                    "application/json": components["schemas"]["PaymentAnswer"];
                };
            };
            /** @description `malformed_json` */
            400: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_signature` */
            401: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout` */
            408: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large` */
            413: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type` */
            415: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation_failed`, `event_id_reused`, `amount_mismatch` */
            422: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal` */
            500: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `overloaded`, `unavailable` */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: string;
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    receiveStripeEvent: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description `t=`, the seconds since 1970, at most 300 away from the present, and `v1=`, the HMAC-SHA256
                 *     over `t.body` in hexadecimal; several `v1`, separated by commas.
                 * @example t=1795770000,v1=a33c0929285c2f4884243eef2976f385258c033a9c709c64845500f889d1ecde
                 */
                "Stripe-Signature"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "id": "evt_1RqJ4kLkdIwHu7ixWb9Vn2Yd",
                 *       "object": "event",
                 *       "type": "checkout.session.completed",
                 *       "data": {
                 *         "object": {
                 *           "object": "checkout.session",
                 *           "client_reference_id": "019ab3c4-9f21-7b3c-8d4e-5f60718293a4",
                 *           "payment_status": "paid",
                 *           "amount_total": 19998,
                 *           "currency": "usd"
                 *         }
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["StripeEvent"];
            };
        };
        responses: {
            /** @description What became of the event */
            200: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PaymentAnswer"];
                };
            };
            /** @description The order does not exist yet: the event is kept, and applied in the commit that creates it */
            202: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "result": "stored",
                     *       "order_id": "019ab3c4-9f21-7b3c-8d4e-5f60718293a4"
                     *     }
                     */
                    "application/json": components["schemas"]["PaymentAnswer"];
                };
            };
            /** @description `malformed_json` */
            400: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_signature` */
            401: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout` */
            408: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large` */
            413: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type` */
            415: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation_failed`, `event_id_reused`, `amount_mismatch` */
            422: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal` */
            500: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `overloaded`, `unavailable` */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: string;
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listJournal: {
        parameters: {
            query?: {
                /** @description How many rows. */
                limit?: number;
                /** @description The `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @example 1 */
                product_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page of entries, oldest first */
            200: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "seq": 2,
                     *           "at": "2026-11-27T09:00:03.217Z",
                     *           "kind": "hold_placed",
                     *           "qty": 2,
                     *           "total_stock": 100,
                     *           "held_stock": 2,
                     *           "sold_stock": 0,
                     *           "hold_id": "019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071"
                     *         }
                     *       ],
                     *       "next_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["List_JournalEntry"];
                };
            };
            /** @description `unauthorized` */
            401: {
                headers: {
                    /** @description `Bearer` */
                    "WWW-Authenticate"?: string;
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `product_not_found` */
            404: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation_failed` */
            422: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal` */
            500: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable` */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: string;
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    refundOrder: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                order_id: components["schemas"]["Id"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "restock": true
                 *     }
                 */
                "application/json": components["schemas"]["Refund"];
            };
        };
        responses: {
            /** @description The order, refunded */
            200: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "order_id": "019ab3c4-9f21-7b3c-8d4e-5f60718293a4",
                     *       "hold_id": "019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071",
                     *       "product_id": 1,
                     *       "qty": 2,
                     *       "unit_price": 9999,
                     *       "total_price": 19998,
                     *       "currency": "USD",
                     *       "status": "refunded",
                     *       "created_at": "2026-11-27T09:00:03.217Z",
                     *       "pay_by": "2026-11-27T09:10:03.217Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Order"];
                };
            };
            /** @description `malformed_json` */
            400: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized` */
            401: {
                headers: {
                    /** @description `Bearer` */
                    "WWW-Authenticate"?: string;
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `order_not_found` */
            404: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout` */
            408: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `order_not_refundable` */
            409: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large` */
            413: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type` */
            415: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation_failed` */
            422: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal` */
            500: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `overloaded`, `unavailable` */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: string;
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listPayments: {
        parameters: {
            query?: {
                /** @description How many rows. */
                limit?: number;
                /** @description The `next_cursor` of the page before. */
                cursor?: string;
                product_id?: number;
                status?: components["schemas"]["PaymentStatus"];
                customer_id?: string;
                order_id?: components["schemas"]["Id"];
                result?: components["schemas"]["EventResult"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page of payment events */
            200: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "event_id": "evt_1",
                     *           "order_id": "019ab3c4-9f21-7b3c-8d4e-5f60718293a4",
                     *           "provider": "generic",
                     *           "status": "paid",
                     *           "result": "applied",
                     *           "amount": 19998,
                     *           "currency": "USD",
                     *           "received_at": "2026-11-27T09:00:03.217Z",
                     *           "payload": {
                     *             "event_id": "evt_1",
                     *             "order_id": "019ab3c4-9f21-7b3c-8d4e-5f60718293a4",
                     *             "status": "paid",
                     *             "amount": 19998,
                     *             "currency": "USD"
                     *           }
                     *         }
                     *       ],
                     *       "next_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["List_Payment"];
                };
            };
            /** @description `unauthorized` */
            401: {
                headers: {
                    /** @description `Bearer` */
                    "WWW-Authenticate"?: string;
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation_failed` */
            422: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal` */
            500: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable` */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: string;
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    audit: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What the recount found */
            200: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "products": [
                     *         {
                     *           "product_id": 1,
                     *           "recorded": {
                     *             "total_stock": 100,
                     *             "held_stock": 10,
                     *             "sold_stock": 2
                     *           },
                     *           "recounted": {
                     *             "total_stock": 100,
                     *             "held_stock": 10,
                     *             "sold_stock": 2
                     *           },
                     *           "replayed": {
                     *             "total_stock": 100,
                     *             "held_stock": 10,
                     *             "sold_stock": 2
                     *           },
                     *           "journal_entries": 14,
                     *           "holds": 8,
                     *           "orders": 3
                     *         }
                     *       ],
                     *       "violations": []
                     *     }
                     */
                    "application/json": components["schemas"]["AuditReport"];
                };
            };
            /** @description `unauthorized` */
            401: {
                headers: {
                    /** @description `Bearer` */
                    "WWW-Authenticate"?: string;
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation_failed` */
            422: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal` */
            500: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable` */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: string;
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getStatus: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How the server is */
            200: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "version": "0.1.0",
                     *       "store": "sqlite",
                     *       "started_at": "2026-11-27T08:00:00.000Z",
                     *       "ready": true,
                     *       "scope": "admin",
                     *       "node": "doorbuster till/4711",
                     *       "nodes": [
                     *         {
                     *           "name": "doorbuster till/4711",
                     *           "since": "2026-11-27T08:00:00.000Z"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Status"];
                };
            };
            /** @description `unauthorized` */
            401: {
                headers: {
                    /** @description `Bearer` */
                    "WWW-Authenticate"?: string;
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getStory: {
        parameters: {
            query: {
                /** @description The id of a hold, an order, a customer or a payment event. */
                id: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was found, if anything */
            200: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "stories": [
                     *         {
                     *           "hold": {
                     *             "hold_id": "019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071",
                     *             "product_id": 1,
                     *             "qty": 2,
                     *             "unit_price": 9999,
                     *             "currency": "USD",
                     *             "status": "active",
                     *             "created_at": "2026-11-27T09:00:03.217Z",
                     *             "expires_at": "2026-11-27T09:02:03.217Z"
                     *           },
                     *           "order": {
                     *             "order_id": "019ab3c4-9f21-7b3c-8d4e-5f60718293a4",
                     *             "hold_id": "019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071",
                     *             "product_id": 1,
                     *             "qty": 2,
                     *             "unit_price": 9999,
                     *             "total_price": 19998,
                     *             "currency": "USD",
                     *             "status": "pending",
                     *             "created_at": "2026-11-27T09:00:03.217Z",
                     *             "pay_by": "2026-11-27T09:10:03.217Z"
                     *           },
                     *           "payments": [
                     *             {
                     *               "event_id": "evt_1",
                     *               "order_id": "019ab3c4-9f21-7b3c-8d4e-5f60718293a4",
                     *               "provider": "generic",
                     *               "status": "paid",
                     *               "result": "applied",
                     *               "amount": 19998,
                     *               "currency": "USD",
                     *               "received_at": "2026-11-27T09:00:03.217Z",
                     *               "payload": {
                     *                 "event_id": "evt_1",
                     *                 "order_id": "019ab3c4-9f21-7b3c-8d4e-5f60718293a4",
                     *                 "status": "paid",
                     *                 "amount": 19998,
                     *                 "currency": "USD"
                     *               }
                     *             }
                     *           ],
                     *           "journal": [
                     *             {
                     *               "seq": 2,
                     *               "at": "2026-11-27T09:00:03.217Z",
                     *               "kind": "hold_placed",
                     *               "qty": 2,
                     *               "total_stock": 100,
                     *               "held_stock": 2,
                     *               "sold_stock": 0,
                     *               "hold_id": "019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071"
                     *             }
                     *           ]
                     *         }
                     *       ],
                     *       "early": []
                     *     }
                     */
                    "application/json": components["schemas"]["Stories"];
                };
            };
            /** @description `unauthorized` */
            401: {
                headers: {
                    /** @description `Bearer` */
                    "WWW-Authenticate"?: string;
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation_failed` */
            422: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal` */
            500: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable` */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: string;
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    followJournal: {
        parameters: {
            query?: {
                /** @description The id of the last event that the client has had. */
                last_event_id?: string;
            };
            header?: {
                /** @description The id of the last event that the client has had. */
                "Last-Event-ID"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Events without an end */
            200: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example event: journal
                     *     data: {"product_id":1,"seq":2, …}
                     *
                     *     id: AQEC
                     */
                    "text/event-stream": string;
                };
            };
            /** @description `unauthorized` */
            401: {
                headers: {
                    /** @description `Bearer` */
                    "WWW-Authenticate"?: string;
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation_failed` */
            422: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `overloaded` */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: string;
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It does */
            200: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "ok"
                     *     }
                     */
                    "application/json": components["schemas"]["Health"];
                };
            };
        };
    };
    getReadiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It can */
            200: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "ready"
                     *     }
                     */
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description `unavailable` */
            503: {
                headers: {
                    /** @description Seconds to wait */
                    "Retry-After"?: string;
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All metrics */
            200: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
        };
    };
    getControlRoom: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
        };
    };
    getAsset: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example control */
                folder: string;
                /** @example style.css */
                file: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A file */
            200: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "text/css": string;
                };
            };
            /** @description The file is as the client has it (`If-None-Match`) */
            304: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `not_found` */
            404: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getOpenApi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description An OpenAPI 3.1 document */
            200: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "openapi": "3.1.0"
                     *     }
                     */
                    "application/json": unknown;
                };
            };
        };
    };
    getDocs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
        };
    };
    getDocsFile: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example swagger-ui.css */
                file: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A file */
            200: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "text/css": string;
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getProblem: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example insufficient_stock */
                code: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    /** @description The request's id */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}

/** The kinds of problems that some call may answer with. */
export type ProblemCode =
  | "amount_mismatch"
  | "customer_limit_reached"
  | "event_id_reused"
  | "extension_limit_reached"
  | "forbidden"
  | "hold_expired"
  | "hold_not_found"
  | "hold_released"
  | "hold_used"
  | "idempotency_key_reused"
  | "insufficient_stock"
  | "internal"
  | "invalid_signature"
  | "malformed_json"
  | "not_found"
  | "order_id_taken"
  | "order_not_found"
  | "order_not_pending"
  | "order_not_refundable"
  | "overloaded"
  | "payload_too_large"
  | "product_exists"
  | "product_not_found"
  | "rate_limited"
  | "request_timeout"
  | "sale_closed"
  | "sale_not_open"
  | "sale_paused"
  | "stock_committed"
  | "unauthorized"
  | "unavailable"
  | "unsupported_media_type"
  | "validation_failed";
