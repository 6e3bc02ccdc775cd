//! `config/*.yaml`: from files to the contract's [`Config`].
//!
//! Each file has a table of its keys and a function that reads what the table let through.

mod auth;
mod databases;
mod egress;
mod http;
mod limits;
mod storage;
mod urls;

use std::collections::BTreeMap;

use stk_contract::Config;
use stk_contract::hub::Diagnostic;

use crate::code::Code;
use crate::findings::Findings;
use crate::project::Place;
use crate::shape::{Shape, ShapeCheck, ShapeCodes};
use crate::text::{Position, SourceText};
use crate::yaml::{self, Node, YamlSource};

static CODES: ShapeCodes = ShapeCodes {
    unknown_key: Code::ConfigUnknownKey,
    missing_key: Code::ConfigMissingKey,
    wrong_type: Code::ConfigWrongType,
    invalid_value: Code::ConfigInvalidValue,
    secrets: true,
};

/// The files there are: name without `.yaml`, and shape.
pub(crate) static FILES: [(&str, &Shape); 6] = [
    ("databases", &databases::SHAPE),
    ("auth", &auth::SHAPE),
    ("storage", &storage::SHAPE),
    ("egress", &egress::SHAPE),
    ("http", &http::SHAPE),
    ("limits", &limits::SHAPE),
];

/// The config, and what the check of the rest needs to know of it.
#[derive(Debug, Default)]
pub(crate) struct ConfigRead {
    pub config: Config,
    /// Where each alias is defined; `None` where `databases.yaml` can not be read, and so nothing is known.
    pub aliases: Option<BTreeMap<String, Position>>,
    /// False where `auth.yaml` can not be read, and so nothing is known of roles.
    pub roles_known: bool,
    pub secret_uses: Vec<SecretUse>,
}

/// A secret, named somewhere in the project.
#[derive(Debug)]
pub(crate) struct SecretUse {
    pub name: String,
    pub place: Place,
    /// Only the Hub reads it.
    pub hub: bool,
}

/// What one file gave to read.
struct Document<'a> {
    root: &'a Node,
    findings: &'a mut Findings,
}

/// Reads the files of `config/`, by their path in the project.
pub(crate) fn read<'a>(
    files: impl Iterator<Item = (&'a str, &'a SourceText)>,
    diagnostics: &mut Vec<Diagnostic>,
) -> ConfigRead {
    let mut read = ConfigRead { aliases: Some(BTreeMap::new()), roles_known: true, ..ConfigRead::default() };
    for (path, text) in files {
        let mut findings = Findings::default();
        read_file(path, text, &mut read, &mut findings);
        diagnostics.extend(findings.into_diagnostics(path, text));
    }
    read
}

fn read_file(path: &str, text: &SourceText, read: &mut ConfigRead, findings: &mut Findings) {
    let name = path.strip_prefix("config/").unwrap_or(path);
    let known = FILES.iter().find(|(stem, _)| name.strip_suffix(".yaml") == Some(stem));
    let Some((stem, shape)) = known else {
        let message = format!("there is no file `{name}` in `config/`");
        let names: Vec<String> = FILES.iter().map(|(stem, _)| format!("{stem}.yaml")).collect();
        let finding = findings.add(Code::ConfigUnknownFile, Position::WHOLE_FILE, message);
        match crate::findings::nearest(name, names.iter().map(String::as_str)) {
            Some(nearest) => finding.hint(format!("did you mean `{nearest}`?")),
            None => finding.hint(format!("files of `config/`: {}", names.join(", "))),
        }
        return;
    };
    let Some(root) = yaml::parse(&YamlSource::whole(text), findings) else {
        match *stem {
            "databases" => read.aliases = None,
            "auth" => read.roles_known = false,
            _ => {}
        }
        return;
    };
    let mut check = ShapeCheck::new(&CODES, findings);
    check.check(&root, shape, if matches!(root.value, yaml::Value::Map(_)) { "" } else { "the file" });
    let placeholders = check.placeholders;
    read.secret_uses.extend(placeholders.into_iter().map(|found| SecretUse {
        name: found.name,
        place: Place { file: path.to_owned(), position: found.at },
        hub: found.hub,
    }));
    let mut document = Document { root: &root, findings };
    match *stem {
        "databases" => databases::read(&mut document, read),
        "auth" => read.config.auth = auth::read(&mut document),
        "storage" => read.config.storage = Some(storage::read(&mut document)),
        "egress" => read.config.egress = egress::read(&mut document),
        "http" => read.config.cors_origins = http::read(&mut document),
        _ => read.config.limits = limits::read(&document),
    }
}
