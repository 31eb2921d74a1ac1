//! An order, and what makes one valid.

use std::{fmt, ops::RangeInclusive, time::SystemTime};

/// The products that the shop sells.
pub const PRODUCTS: RangeInclusive<u32> = 1..=10;
/// How many of a product one order may ask for.
pub const QUANTITIES: RangeInclusive<u32> = 1..=100;
/// How many orders one answer may list.
pub const LIMITS: RangeInclusive<u32> = 1..=100;
/// How many orders are listed by default.
pub const DEFAULT_LIMIT: u32 = 20;
/// The longest idempotency key, in bytes: room for a UUID with a prefix.
const KEY_LENGTH: usize = 128;

/// The name of an order: positive, ascending, with gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderId(i64);

impl OrderId {
    /// The id of this number; none below 1.
    pub fn new(number: i64) -> Option<Self> {
        (number > 0).then_some(Self(number))
    }

    /// Read decimal digits alone: no sign, no space, no leading zero, so that an order has one address.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
        let number = if plain { text.parse().ok() } else { None };
        number.and_then(Self::new).ok_or_else(|| Invalid::new("id", "must be a whole number from 1"))
    }

    /// The number.
    pub fn get(self) -> i64 {
        self.0
    }
}

impl fmt::Display for OrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How far an order is. It only ever moves forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Stored.
    Pending,
    /// In the hands of a worker.
    Processing,
    /// Done, once.
    Fulfilled,
}

impl Status {
    /// Its name in JSON and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Processing => "processing",
            Self::Fulfilled => "fulfilled",
        }
    }

    /// The status of this name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Pending, Self::Processing, Self::Fulfilled].into_iter().find(|status| status.name() == name)
    }
}

/// An order as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Its name.
    pub id: OrderId,
    /// One of [`PRODUCTS`].
    pub product_id: u32,
    /// One of [`QUANTITIES`].
    pub quantity: u32,
    /// How far it is.
    pub status: Status,
    /// When it was stored.
    pub created_at: SystemTime,
}

/// An order as it is asked for: always valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOrder {
    product_id: u32,
    quantity: u32,
    key: Option<String>,
}

impl NewOrder {
    /// Check what a client sent.
    ///
    /// Two requests with one `key` are one order.
    ///
    /// # Errors
    /// Names the first field that is out of range.
    pub fn new(product_id: u32, quantity: u32, key: Option<String>) -> Result<Self, Invalid> {
        within("product_id", product_id, &PRODUCTS)?;
        within("quantity", quantity, &QUANTITIES)?;
        let fits =
            |key: &String| (1..=KEY_LENGTH).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic());
        if !key.as_ref().is_none_or(fits) {
            return Err(Invalid::new(
                "Idempotency-Key",
                format!("must be 1 to {KEY_LENGTH} visible ASCII characters"),
            ));
        }
        Ok(Self { product_id, quantity, key })
    }

    /// One of [`PRODUCTS`].
    pub fn product_id(&self) -> u32 {
        self.product_id
    }

    /// One of [`QUANTITIES`].
    pub fn quantity(&self) -> u32 {
        self.quantity
    }

    /// The idempotency key.
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// Whether `order` is what this asks for.
    pub fn is(&self, order: &Order) -> bool {
        (self.product_id, self.quantity) == (order.product_id, order.quantity)
    }
}

/// Check how many orders a client wants to see.
///
/// # Errors
/// When `limit` is not one of [`LIMITS`].
pub fn valid_limit(limit: u32) -> Result<u32, Invalid> {
    within("limit", limit, &LIMITS)
}

fn within(field: &'static str, value: u32, range: &RangeInclusive<u32>) -> Result<u32, Invalid> {
    if range.contains(&value) {
        return Ok(value);
    }
    Err(Invalid::new(field, format!("must be a whole number from {} to {}", range.start(), range.end())))
}

/// Something a client sent that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} {problem}")]
pub struct Invalid {
    /// What is wrong.
    pub field: String,
    /// Completes "FIELD ...".
    pub problem: String,
}

impl Invalid {
    /// `field` and what it must be.
    pub fn new(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { field: field.into(), problem: problem.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_knows_its_bounds() {
        for (product, quantity, field) in [
            (0, 1, "product_id"),
            (11, 1, "product_id"),
            (1, 0, "quantity"),
            (10, 101, "quantity"),
            (0, 0, "product_id"),
        ] {
            assert_eq!(NewOrder::new(product, quantity, None).unwrap_err().field, field);
        }
        assert!(NewOrder::new(1, 1, None).is_ok() && NewOrder::new(10, 100, None).is_ok());
    }

    #[test]
    fn a_key_is_short_and_visible() {
        for bad in [String::new(), "a b".into(), "ä".into(), "x".repeat(129), "a\n".into()] {
            assert_eq!(NewOrder::new(1, 1, Some(bad)).unwrap_err().field, "Idempotency-Key");
        }
        assert!(NewOrder::new(1, 1, Some("x".repeat(128))).is_ok());
    }

    #[test]
    fn an_id_is_digits() {
        for bad in ["", "0", "01", "-1", "+1", " 1", "1 ", "1.0", "1e3", "x", "9223372036854775808", "١"] {
            assert!(OrderId::parse(bad).is_err(), "{bad:?}");
        }
        assert_eq!(OrderId::parse("9223372036854775807").unwrap().get(), i64::MAX);
    }

    #[test]
    fn status_names_come_back() {
        for status in [Status::Pending, Status::Processing, Status::Fulfilled] {
            assert_eq!(Status::named(status.name()), Some(status));
        }
        assert_eq!(Status::named("PENDING"), None);
    }
}
