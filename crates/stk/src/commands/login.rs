//! `stk login`, `logout` and `whoami`.

use serde_json::json;
use stk_contract::hub::{AccessToken, Bootstrap, Whoami};

use crate::args::{Global, Login, LoginWith};
use crate::failure::{Exit, Failure};
use crate::hub_client::HubClient;
use crate::output::{GREEN, Output, paint};
use crate::profile::{Credentials, Profile, normal_url};
use crate::project_folder::ProjectFolder;

pub async fn run(global: &Global, args: Login, output: &Output) -> Result<(), Failure> {
    let hub_url = global.hub_url.as_deref().map(normal_url).ok_or_else(|| {
        Failure::new("which Hub?").exit(Exit::Usage).hint("name it with --hub-url URL or STK_HUB_URL")
    })?;
    let typed = super::secret::read_secret(match args.with {
        LoginWith::Access => "access token: ",
        LoginWith::Bootstrap => "bootstrap token: ",
    })?;
    let token = match args.with {
        LoginWith::Access => typed,
        LoginWith::Bootstrap => bootstrap(&hub_url, typed).await?,
    };
    let hub =
        HubClient::new(&Profile { hub_url: hub_url.clone(), token: Some(token.clone()), is_dev: false })?;
    let who: Whoami = hub.get("/whoami").await?;
    let mut credentials = Credentials::load()?;
    credentials.tokens.insert(hub_url.clone(), token);
    credentials.default_hub = Some(hub_url.clone());
    credentials.save()?;
    output.result(&json!({ "hub": hub_url, "operator": who.operator, "role": who.role }), || {
        format!("{} to {hub_url} as {} ({})", paint(GREEN, "logged in"), who.operator, who.role)
    });
    Ok(())
}

/// Turns the one-time token of a new Hub into an access token.
pub async fn bootstrap(hub_url: &str, token: String) -> Result<String, Failure> {
    let hub = HubClient::new(&Profile { hub_url: hub_url.to_owned(), token: None, is_dev: false })?;
    let token: AccessToken = hub.post("/bootstrap", &Bootstrap { token }).await?;
    Ok(token.access_token)
}

pub fn logout(global: &Global, output: &Output) -> Result<(), Failure> {
    let mut credentials = Credentials::load()?;
    let hub_url = global.hub_url.as_deref().map(normal_url).or_else(|| credentials.default_hub.clone());
    let hub_url = hub_url.ok_or_else(|| Failure::new("not logged in").exit(Exit::NotLoggedIn))?;
    credentials.tokens.remove(&hub_url);
    if credentials.default_hub.as_ref() == Some(&hub_url) {
        credentials.default_hub = None;
    }
    credentials.save()?;
    output.result(&json!({ "hub": hub_url }), || format!("{} of {hub_url}", paint(GREEN, "logged out")));
    Ok(())
}

pub async fn whoami(global: &Global, output: &Output) -> Result<(), Failure> {
    let folder = ProjectFolder::find(global.dir.as_deref()).ok();
    let hub = HubClient::new(&Profile::resolve(global, folder.as_ref())?)?;
    let who: Whoami = hub.get("/whoami").await?;
    output.result(&json!({ "hub": hub.url(), "operator": who.operator, "role": who.role }), || {
        format!("{} ({}) at {}", who.operator, who.role, hub.url())
    });
    Ok(())
}
