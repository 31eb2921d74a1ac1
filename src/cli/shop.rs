//! `stackctl shop ROLE`.

use clap::{Args, ValueEnum};

use crate::{
    commands::{self, Context, Exit, Failure},
    shop::Role,
};

/// Run one service of the sample, configured by environment variables as in a container.
#[derive(Debug, Args)]
pub struct Shop {
    /// The service to run
    #[arg(value_enum)]
    role: RoleArg,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum RoleArg {
    /// HTTP and JSON: LISTEN (0.0.0.0:3000), ORDER_API_URL
    WebGateway,
    /// gRPC: LISTEN (0.0.0.0:50051), HEALTH_LISTEN (0.0.0.0:8081), DATABASE_URL, DATABASE_PASSWORD_FILE, REDIS_URL, REDIS_PASSWORD_FILE, KAFKA_BROKERS
    OrderApi,
    /// HEALTH_LISTEN (0.0.0.0:8082), ORDER_RETENTION (7d), and DATABASE_*, REDIS_* and KAFKA_BROKERS as order-api
    FulfillmentWorker,
}

impl Shop {
    pub fn run(self, context: &Context) -> Result<Exit, Failure> {
        let role = match self.role {
            RoleArg::WebGateway => Role::WebGateway,
            RoleArg::OrderApi => Role::OrderApi,
            RoleArg::FulfillmentWorker => Role::FulfillmentWorker,
        };
        commands::shop::run(context, role)
    }
}
