//! The messages of proto/orders.proto, and an order's way into and out of them.

use super::order;

/// Generated.
pub mod v1 {
    #![expect(clippy::allow_attributes, reason = "tonic writes them")]

    tonic::include_proto!("orders.v1");
}

/// The metadata key that names the field of an INVALID_ARGUMENT.
pub const FIELD: &str = "field";

impl From<order::Order> for v1::Order {
    fn from(order: order::Order) -> Self {
        let status = match order.status {
            order::Status::Pending => v1::Status::Pending,
            order::Status::Processing => v1::Status::Processing,
            order::Status::Fulfilled => v1::Status::Fulfilled,
        };
        Self {
            id: order.id.get(),
            product_id: order.product_id,
            quantity: order.quantity,
            status: status.into(),
            created_at: Some(order.created_at.into()),
        }
    }
}

/// An order as a peer sent it; none when it makes no sense.
pub fn read_order(sent: v1::Order) -> Option<order::Order> {
    let status = match sent.status() {
        v1::Status::Pending => order::Status::Pending,
        v1::Status::Processing => order::Status::Processing,
        v1::Status::Fulfilled => order::Status::Fulfilled,
        v1::Status::Unspecified => return None,
    };
    Some(order::Order {
        id: order::OrderId::new(sent.id)?,
        product_id: sent.product_id,
        quantity: sent.quantity,
        status,
        created_at: sent.created_at?.try_into().ok()?,
    })
}
