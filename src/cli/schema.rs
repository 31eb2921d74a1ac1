//! `stackctl schema`.

use clap::Args;

use crate::commands::{
    Context, Exit, Failure,
    schema::{self, Action},
};

/// What stack.toml can say, as a JSON Schema: editors complete and check with it
#[derive(Debug, Args)]
#[command(
    after_help = "Taplo, Even Better TOML and Tombi read the line `#:schema ./stack.schema.json` at the top of stack.toml."
)]
pub struct Schema {
    /// Write the file that the first line of stack.toml names, or stack.schema.json beside it
    #[arg(long, conflicts_with = "check")]
    write: bool,
    /// Write nothing; exit 1 when that file is not this program's schema
    #[arg(long)]
    check: bool,
}

impl Schema {
    pub fn run(self, context: &Context) -> Result<Exit, Failure> {
        let action = match self {
            Self { write: true, .. } => Action::Write,
            Self { check: true, .. } => Action::Check,
            _ => Action::Print,
        };
        schema::run(context, action)
    }
}
