//! `stk auth`: users of the app.

use stk_contract::hub::{UserToken, UserTokenRequest};

use crate::args::{Auth, Global};
use crate::failure::Failure;
use crate::output::Output;
use crate::profile::Target;

pub async fn run(global: &Global, args: Auth, output: &Output) -> Result<(), Failure> {
    let Auth::Token { user, roles, email, ttl } = args;
    let target = Target::resolve(global)?;
    let request = UserTokenRequest { user, email, roles, ttl };
    let token: UserToken = target.hub.post(&target.path("/tokens"), &request).await?;
    output.result(&token, || token.token.clone());
    Ok(())
}
