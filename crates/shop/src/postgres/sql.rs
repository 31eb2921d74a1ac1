//! The statements. Each is one transaction, and one round trip.

/// Product, quantity, key, whether events are published, traceparent. No row: the key is known.
pub const PLACE: &str = "
    WITH placed AS (
        INSERT INTO orders (product_id, quantity, idempotency_key, events) VALUES ($1, $2, $3, $4)
        ON CONFLICT (idempotency_key) DO NOTHING
        RETURNING id, product_id, quantity, status, created_at, events
    ), event AS (
        INSERT INTO outbox (destination, event, order_id, traceparent)
        SELECT destination, 'created', placed.id, $5
        FROM placed, unnest(ARRAY['queue', 'events']) AS destination
        WHERE placed.events OR destination = 'queue'
    )
    SELECT * FROM placed";

/// Key.
pub const BY_KEY: &str =
    "SELECT id, product_id, quantity, status, created_at FROM orders WHERE idempotency_key = $1";

/// Id.
pub const BY_ID: &str = "SELECT id, product_id, quantity, status, created_at FROM orders WHERE id = $1";

/// Limit.
pub const NEWEST: &str =
    "SELECT id, product_id, quantity, status, created_at FROM orders ORDER BY id DESC LIMIT $1";

/// Id. No row: it is not pending.
pub const BEGIN: &str =
    "UPDATE orders SET status = 'processing' WHERE id = $1 AND status = 'pending' RETURNING status";

/// Id.
pub const STATUS: &str = "SELECT status FROM orders WHERE id = $1";

/// Id, traceparent. No row: it was already done.
pub const FULFIL: &str = "
    WITH fulfilled AS (
        UPDATE orders SET status = 'fulfilled' WHERE id = $1 AND status = 'processing' RETURNING id, events
    ), entered AS (
        INSERT INTO fulfillments (order_id) SELECT id FROM fulfilled
    ), event AS (
        INSERT INTO outbox (destination, event, order_id, traceparent)
        SELECT 'events', 'fulfilled', id, $2 FROM fulfilled WHERE events
    )
    SELECT id FROM fulfilled";

/// Destination, limit, seconds.
pub const LEASE: &str = "
    WITH next AS (
        SELECT id FROM outbox WHERE destination = $1 AND leased_until < now()
        ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED
    ), leased AS (
        UPDATE outbox SET leased_until = now() + make_interval(secs => $3)
        FROM next WHERE outbox.id = next.id
        RETURNING outbox.id, event, outbox.created_at, order_id, traceparent
    )
    SELECT leased.id, event, leased.created_at, traceparent,
           orders.id, orders.product_id, orders.quantity, orders.status, orders.created_at
    FROM leased JOIN orders ON orders.id = leased.order_id ORDER BY leased.id";

/// Ids.
pub const DELIVERED: &str = "DELETE FROM outbox WHERE id = ANY($1)";

/// Seconds, limit.
pub const REQUEUE: &str = "
    WITH lost AS (
        SELECT id FROM orders
        WHERE status <> 'fulfilled' AND queued_at < now() - make_interval(secs => $1)
          AND NOT EXISTS (SELECT FROM outbox WHERE order_id = orders.id AND destination = 'queue')
        ORDER BY queued_at LIMIT $2 FOR UPDATE SKIP LOCKED
    ), found AS (
        UPDATE orders SET queued_at = now() FROM lost WHERE orders.id = lost.id RETURNING orders.id
    )
    INSERT INTO outbox (destination, event, order_id) SELECT 'queue', 'created', id FROM found";

/// Seconds, limit.
pub const PRUNE: &str = "
    DELETE FROM orders WHERE id IN (
        SELECT order_id FROM fulfillments WHERE fulfilled_at < now() - make_interval(secs => $1)
        ORDER BY fulfilled_at LIMIT $2
    )";

/// Limit.
pub const OPEN_ORDERS: &str =
    "SELECT count(*) FROM (SELECT FROM orders WHERE status <> 'fulfilled' LIMIT $1) AS open";

/// Fails until the schema is there.
pub const PING: &str = "SELECT max(version) FROM migrations";
