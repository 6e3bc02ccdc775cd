//! `stk env`: environments of the project.

use stk_contract::hub::{Environment, EnvironmentKey};

use crate::args::{Env, Global};
use crate::failure::Failure;
use crate::output::{GREEN, Output, paint, table};
use crate::profile::{Target, write_private};

pub async fn run(global: &Global, args: Env, output: &Output) -> Result<(), Failure> {
    let target = Target::resolve(global)?;
    let path = format!("/projects/{}/environments", target.project);
    match args {
        Env::Create { name } => {
            let environment: Environment =
                target.hub.post(&path, &Environment { name, number: None }).await?;
            output.result(&environment, || {
                format!("{} environment {} of {}", paint(GREEN, "made"), environment.name, target.project)
            });
        }
        Env::List => {
            let environments: Vec<Environment> = target.hub.get(&path).await?;
            let number =
                |environment: &Environment| environment.number.map_or("–".to_owned(), |n| n.to_string());
            let rows: Vec<_> = environments.iter().map(|e| vec![e.name.clone(), number(e)]).collect();
            output.result(&environments, || table(&["environment", "release"], &rows));
        }
        Env::Key { output: file } => {
            let key: EnvironmentKey = target.hub.get(&target.path("/key")).await?;
            write_private(&file, key.key.as_bytes())?;
            let made = serde_json::json!({ "file": file, "signingKey": key.signing_key });
            output.result(&made, || {
                let wrote = paint(GREEN, "wrote");
                format!(
                    "{wrote} the environment key to {}\nsigning key to pin: {}",
                    file.display(),
                    key.signing_key
                )
            });
        }
    }
    Ok(())
}
