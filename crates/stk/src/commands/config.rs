//! `stk config`.

use stk_contract::hub::ApplyScope;

use crate::args::{Config, Global};
use crate::failure::Failure;
use crate::output::Output;

pub async fn run(global: &Global, args: Config, output: &Output) -> Result<(), Failure> {
    match args {
        Config::Apply(args) => super::apply::run(global, &args, ApplyScope::Config, output).await,
    }
}
