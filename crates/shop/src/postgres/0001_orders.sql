CREATE TABLE orders (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product_id      integer NOT NULL CHECK (product_id BETWEEN 1 AND 10),
    quantity        integer NOT NULL CHECK (quantity BETWEEN 1 AND 100),
    status          text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'processing', 'fulfilled')),
    idempotency_key text UNIQUE,
    -- Whether its events are published: decided once, when it is placed.
    events          boolean NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    -- When a letter about this order was last written to the queue.
    queued_at       timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX orders_open ON orders (queued_at) WHERE status <> 'fulfilled';

-- The ledger. Its key is the promise: an order is fulfilled once.
CREATE TABLE fulfillments (
    order_id     bigint PRIMARY KEY REFERENCES orders ON DELETE CASCADE,
    fulfilled_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX fulfillments_by_age ON fulfillments (fulfilled_at);

-- The outbox: messages still to be delivered, written in the transaction of what happened. A letter that arrived is deleted.
CREATE TABLE outbox (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    destination  text NOT NULL CHECK (destination IN ('queue', 'events')),
    event        text NOT NULL CHECK (event IN ('created', 'fulfilled')),
    order_id     bigint NOT NULL REFERENCES orders ON DELETE CASCADE,
    traceparent  text,
    created_at   timestamptz NOT NULL DEFAULT now(),
    -- Until then a relay is at it.
    leased_until timestamptz NOT NULL DEFAULT '-infinity'
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
CREATE INDEX outbox_by_destination ON outbox (destination, id);
CREATE INDEX outbox_by_order ON outbox (order_id);
