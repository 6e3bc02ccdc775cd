//! `stk secret`: values go in from standard input or a prompt, and never come out.

use std::io::{IsTerminal as _, Read as _};

use stk_contract::hub::{SecretInfo, SecretValue};

use crate::args::{Global, Secret};
use crate::failure::{Doing as _, Exit, Failure};
use crate::output::{GREEN, Output, paint, table};
use crate::profile::Target;

pub async fn run(global: &Global, args: Secret, output: &Output) -> Result<(), Failure> {
    let target = Target::resolve(global)?;
    match args {
        Secret::Set { name } => {
            let value = read_secret(&format!("value of {name}: "))?;
            let path = target.path(&format!("/secrets/{name}"));
            let info: SecretInfo = target.hub.put(&path, &SecretValue { value }).await?;
            output.result(&info, || {
                format!(
                    "{} {name}, version {}, in {}/{}",
                    paint(GREEN, "set"),
                    info.version,
                    target.project,
                    target.env
                )
            });
        }
        Secret::List => {
            let secrets: Vec<SecretInfo> = target.hub.get(&target.path("/secrets")).await?;
            let row = |secret: &SecretInfo| {
                vec![secret.name.clone(), secret.version.to_string(), secret.updated_at.clone()]
            };
            output.result(&secrets, || {
                table(&["name", "version", "updated"], &secrets.iter().map(row).collect::<Vec<_>>())
            });
        }
        Secret::Delete { name } => {
            target.hub.delete(&target.path(&format!("/secrets/{name}"))).await?;
            output.result(&serde_json::json!({ "deleted": name }), || {
                format!("{} {name}", paint(GREEN, "deleted"))
            });
        }
    }
    Ok(())
}

/// From a prompt without echo on a terminal, else all of standard input; one newline at the end is dropped.
pub fn read_secret(prompt: &str) -> Result<String, Failure> {
    let stdin = std::io::stdin();
    let text = if stdin.is_terminal() {
        rpassword::prompt_password(prompt).doing(|| "can not read from the terminal".to_owned())?
    } else {
        let mut text = String::new();
        stdin.lock().read_to_string(&mut text).doing(|| "can not read standard input".to_owned())?;
        text
    };
    let value = text.strip_suffix('\n').unwrap_or(&text);
    let value = value.strip_suffix('\r').unwrap_or(value);
    if value.is_empty() {
        return Err(Failure::new("the value is empty")
            .exit(Exit::Usage)
            .hint("pipe it in, or type it at the prompt"));
    }
    Ok(value.to_owned())
}
