//! Which secrets a project names, and who needs one. Values never come here except to be known as present.

use std::collections::{BTreeMap, BTreeSet};

use stk_contract::Release;
use stk_contract::config::{Config, Template};
use stk_contract::hub::Diagnostic;
use stk_project::{Code, Files, Position, Project, SourceText};
use zeroize::Zeroizing;

/// A diagnostic, at its place in the file, for each secret that the vault does not have.
pub fn missing(
    project: &Project,
    files: &Files,
    secrets: &BTreeMap<String, Zeroizing<String>>,
    env: &str,
) -> Vec<Diagnostic> {
    let names: BTreeSet<&String> = project.secrets.union(&project.hub_secrets).collect();
    let missing = names.into_iter().filter(|name| !secrets.contains_key(*name));
    missing.map(|name| diagnose(project, files, name, env)).collect()
}

fn diagnose(project: &Project, files: &Files, name: &str, env: &str) -> Diagnostic {
    let (file, position) = project
        .secret_uses
        .get(name)
        .map_or(("config", Position::WHOLE_FILE), |place| (place.file.as_str(), place.position));
    let text = files.get(file).and_then(|bytes| SourceText::from_utf8(bytes).ok()).unwrap_or_default();
    let message = format!("the secret `{name}` is not in the vault of `{env}`");
    let mut diagnostic = Code::SecretMissing.at(file, position, &text, message);
    diagnostic.hint = Some(format!("`stk secret set {name} --env {env}`"));
    diagnostic
}

/// Who in a release needs the secret: keys of the config, and logic.
pub fn who_needs(release: &Release, name: &str) -> Vec<String> {
    let config = templates(&release.config);
    let config = config.iter().filter(|(_, template)| template.names().contains(&name));
    let logic =
        release.manifest.logic.iter().filter(|(_, spec)| spec.secrets.iter().any(|secret| secret == name));
    config
        .map(|(key, _)| format!("`{key}` of the config"))
        .chain(logic.map(|(path, _)| format!("logic `{path}`")))
        .collect()
}

/// Names of the secrets that only the Hub uses, to change schemas and check logic.
pub fn of_hub(release: &Release) -> BTreeSet<String> {
    let migrate = release.config.databases.values().filter_map(|database| database.migrate.as_ref());
    migrate.flat_map(Template::names).map(str::to_owned).collect()
}

/// Every value of the config that may hold placeholders, by its key.
fn templates(config: &Config) -> Vec<(String, &Template)> {
    let mut all = Vec::new();
    for (alias, database) in &config.databases {
        all.push((format!("databases.{alias}.url"), &database.url));
        all.extend(database.migrate.as_ref().map(|migrate| (format!("databases.{alias}.migrate"), migrate)));
    }
    if let Some(secret) = config.auth.jwt.as_ref().and_then(|jwt| jwt.secret.as_ref()) {
        all.push(("auth.jwt.secret".to_owned(), secret));
    }
    for (name, provider) in &config.auth.providers {
        all.push((format!("auth.providers.{name}.clientId"), &provider.client_id));
        all.push((format!("auth.providers.{name}.clientSecret"), &provider.client_secret));
    }
    if let Some(storage) = &config.storage {
        let keys = [
            ("storage.endpoint", &storage.endpoint),
            ("storage.accessKeyId", &storage.access_key_id),
            ("storage.secretAccessKey", &storage.secret_access_key),
        ];
        all.extend(keys.into_iter().filter_map(|(key, template)| Some((key.to_owned(), template.as_ref()?))));
    }
    all
}
