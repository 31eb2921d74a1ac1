//! The schema, brought up to date at start.

use deadpool_postgres::Pool;
use tokio_postgres::Transaction;

use super::store::unavailable;
use crate::store::StoreError;

/// In order; never change one that was released.
const MIGRATIONS: [&str; 1] = [include_str!("0001_orders.sql")];

/// Any number that nothing else uses: services that start together take turns.
const LOCK: i64 = 0x0073_686f_702d_6462;

/// Apply what is missing, all or nothing.
pub async fn migrate(pool: &Pool) -> Result<(), StoreError> {
    let mut client = pool.get().await.map_err(unavailable)?;
    let transaction = client.transaction().await.map_err(unavailable)?;
    let applied = apply(&transaction).await.map_err(unavailable)?;
    transaction.commit().await.map_err(unavailable)?;
    if applied > 0 {
        tracing::info!(applied, "the schema is up to date");
    }
    Ok(())
}

async fn apply(transaction: &Transaction<'_>) -> Result<usize, tokio_postgres::Error> {
    // A migration, and waiting for another's, may take longer than a query ever should.
    transaction.batch_execute("SET LOCAL statement_timeout = '60s'; SET LOCAL lock_timeout = '60s'").await?;
    transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK]).await?;
    transaction
        .batch_execute(
            "CREATE TABLE IF NOT EXISTS migrations (
                 version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())",
        )
        .await?;
    let known: i32 =
        transaction.query_one("SELECT coalesce(max(version), 0) FROM migrations", &[]).await?.get(0);
    let known = usize::try_from(known).unwrap_or_default();
    for (number, migration) in (1_i32..).zip(MIGRATIONS).skip(known) {
        transaction.batch_execute(migration).await?;
        transaction.execute("INSERT INTO migrations (version) VALUES ($1)", &[&number]).await?;
    }
    Ok(MIGRATIONS.len().saturating_sub(known))
}
