//! All modules together: where imports lead, whether what they ask for is there, and what can never settle.

use std::collections::{BTreeMap, BTreeSet};

use stk_contract::hub::Diagnostic;
use stk_contract::{Hash, JsCode};

use super::links::DynamicImport;
use super::resolve::{Fault, Places};
use super::{Script, Scripts};
use crate::code::Code;
use crate::findings::{Findings, nearest};

/// Where the imports of every module lead.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    /// By file, then by specifier.
    pub resolved: BTreeMap<String, BTreeMap<String, String>>,
    /// Files that types are imported from, the same way.
    pub types: BTreeMap<String, BTreeMap<String, String>>,
}

/// Resolves and checks every import.
pub(super) fn link(
    scripts: &BTreeMap<String, Script>,
    other: &[&str],
    diagnostics: &mut Vec<Diagnostic>,
) -> Graph {
    let places = Places { scripts, other };
    let mut graph = Graph::default();
    let mut findings: BTreeMap<&str, Findings> = BTreeMap::new();
    for (file, script) in scripts {
        let found = findings.entry(file.as_str()).or_default();
        graph.resolved.insert(file.clone(), resolve(&places, file, script, found));
        let types = script
            .types
            .specifiers()
            .filter_map(|specifier| Some((specifier.to_owned(), places.types(file, specifier)?)));
        graph.types.insert(file.clone(), types.collect());
    }
    let linked = Linked { scripts, resolved: &graph.resolved };
    for (file, script) in scripts {
        let found = findings.entry(file.as_str()).or_default();
        linked.check_names(file, script, found);
        linked.check_settles(file, script, found);
    }
    for (file, found) in findings {
        diagnostics.extend(found.into_diagnostics(file, &scripts[file].text));
    }
    graph
}

fn resolve(
    places: &Places<'_>,
    file: &str,
    script: &Script,
    findings: &mut Findings,
) -> BTreeMap<String, String> {
    let mut resolved = BTreeMap::new();
    let imports = script.links.imports.iter().map(|import| (&import.specifier, import.at));
    let dynamic = script.links.dynamic.iter().map(|import| (&import.specifier, import.at));
    for (specifier, at) in imports.chain(dynamic) {
        match places.module(file, specifier) {
            Ok(module) => drop(resolved.insert(specifier.clone(), module)),
            Err(Fault { code, message, hint }) => {
                let finding = findings.add(code, script.text.position_of_byte(at), message);
                if let Some(hint) = hint {
                    finding.hint(hint);
                }
            }
        }
    }
    resolved
}

/// How many missing names of one file are told.
const TOLD_MAX: usize = 20;

/// What looking for a name in a module's exports gave.
#[derive(Debug, PartialEq, Eq)]
enum Lookup {
    Found,
    Missing,
    /// Re-exports that lead back to themselves.
    Circle,
    /// Two `export *` give it.
    Ambiguous,
    /// A module on the way could not be read or found, which is told there.
    Unknown,
}

struct Linked<'a> {
    scripts: &'a BTreeMap<String, Script>,
    resolved: &'a BTreeMap<String, BTreeMap<String, String>>,
}

impl Linked<'_> {
    fn target(&self, file: &str, specifier: &str) -> Option<&str> {
        self.resolved.get(file)?.get(specifier).map(String::as_str)
    }

    fn check_names(&self, file: &str, script: &Script, findings: &mut Findings) {
        let mut told = 0;
        for import in &script.links.imports {
            let Some(target) = self.target(file, &import.specifier) else { continue };
            for (name, at) in &import.names {
                if told >= TOLD_MAX {
                    return;
                }
                let (message, hint) = match self.find(target, name, &mut Vec::new()) {
                    Lookup::Found | Lookup::Unknown => continue,
                    Lookup::Missing => self.missing(target, name),
                    Lookup::Circle => (
                        format!(
                            "`{name}` of `{target}` is re-exported in a circle, so nothing ever defines it"
                        ),
                        "export it from the file that declares it".to_owned(),
                    ),
                    Lookup::Ambiguous => (
                        format!("`{name}` comes from more than one `export *` of `{target}`"),
                        format!("name it there: `export {{ {name} }} from …`"),
                    ),
                };
                told += 1;
                findings.add(Code::JsExportMissing, script.text.position_of_byte(*at), message).hint(hint);
            }
        }
    }

    fn missing(&self, target: &str, name: &str) -> (String, String) {
        let script = &self.scripts[target];
        if name == "default" {
            let message = format!("`{target}` has no default export");
            return (message, "import by name: `import { name } from …`".to_owned());
        }
        let message = format!("`{target}` does not export `{name}`");
        if script.types.declares(name) {
            return (message, format!("`{name}` is a type there: write `import type`, or `export type`"));
        }
        let names = || script.links.exports.keys().map(String::as_str);
        let hint = match nearest(name, names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if names().next().is_none() => "it exports nothing".to_owned(),
            None => format!(
                "it exports {}",
                names().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
            ),
        };
        (message, hint)
    }

    fn find<'s>(&'s self, file: &'s str, name: &str, seen: &mut Vec<(&'s str, String)>) -> Lookup {
        let Some(script) = self.scripts.get(file).filter(|script| script.whole) else {
            return Lookup::Unknown;
        };
        if seen.iter().any(|(known, known_name)| *known == file && known_name == name) {
            return Lookup::Circle;
        }
        seen.push((file, name.to_owned()));
        let links = &script.links;
        let target = |index: usize| self.target(file, &links.imports[index].specifier);
        let found = match links.exports.get(name) {
            Some(None | Some((_, None))) => Lookup::Found,
            Some(Some((index, Some(name)))) => match target(*index) {
                Some(target) => self.find(target, name, seen),
                None => Lookup::Unknown,
            },
            None if name == "default" => Lookup::Missing,
            None => self.find_in_stars(&links.stars, &target, name, seen),
        };
        seen.pop();
        found
    }

    fn find_in_stars<'s>(
        &'s self,
        stars: &[usize],
        target: &dyn Fn(usize) -> Option<&'s str>,
        name: &str,
        seen: &mut Vec<(&'s str, String)>,
    ) -> Lookup {
        let mut found: Option<&str> = None;
        for star in stars {
            let Some(module) = target(*star) else { return Lookup::Unknown };
            match self.find(module, name, seen) {
                Lookup::Found if found.is_some_and(|other| other != module) => return Lookup::Ambiguous,
                Lookup::Found => found = Some(module),
                // A circle of `export *` adds nothing.
                Lookup::Missing | Lookup::Circle => {}
                other => return other,
            }
        }
        if found.is_some() { Lookup::Found } else { Lookup::Missing }
    }

    /// A module that waits, while it loads, for a module that waits for it.
    fn check_settles(&self, file: &str, script: &Script, findings: &mut Findings) {
        for import in script.links.dynamic.iter().filter(|import| import.awaited) {
            let Some(target) = self.target(file, &import.specifier) else { continue };
            if !self.waits_for(target, file) {
                continue;
            }
            let message = match target == file {
                true => "this module waits for itself, and never settles".to_owned(),
                false => {
                    format!("this waits for `{target}`, which waits for this module: neither ever settles")
                }
            };
            findings
                .add(Code::JsCycle, script.text.position_of_byte(import.at), message)
                .hint("import it inside the function that needs it, or at the top without `await import`");
        }
    }

    /// Whether loading `from` waits until `to` is loaded.
    fn waits_for(&self, from: &str, to: &str) -> bool {
        let awaited = |import: &&DynamicImport| import.awaited;
        let (mut seen, mut open) = (BTreeSet::new(), vec![from]);
        while let Some(file) = open.pop() {
            if file == to {
                return true;
            }
            let Some(script) = self.scripts.get(file).filter(|_| seen.insert(file)) else { continue };
            let fixed = script.links.imports.iter().map(|import| &import.specifier);
            let dynamic = script.links.dynamic.iter().filter(awaited).map(|import| &import.specifier);
            open.extend(fixed.chain(dynamic).filter_map(|specifier| self.target(file, specifier)));
        }
        false
    }
}

/// The code whose handler is in `entry`: it, and all that it may load.
pub(super) fn code(entry: &str, scripts: &Scripts) -> JsCode {
    let mut modules: BTreeSet<&str> = BTreeSet::new();
    let mut open = vec![entry];
    while let Some(file) = open.pop() {
        if modules.insert(file) {
            open.extend(
                scripts.graph.resolved.get(file).into_iter().flat_map(BTreeMap::values).map(String::as_str),
            );
        }
    }
    // Lengths first, so that no two sets of modules read alike.
    let mut content = Vec::new();
    let mut put = |text: &str| {
        content.extend((text.len() as u64).to_le_bytes());
        content.extend(text.as_bytes());
    };
    put(entry);
    for file in &modules {
        put(file);
        put(scripts.files.get(*file).map_or("", |script| &script.source));
        for (specifier, target) in scripts.graph.resolved.get(*file).into_iter().flatten() {
            put(specifier);
            put(target);
        }
    }
    JsCode {
        entry: entry.to_owned(),
        modules: modules.into_iter().map(str::to_owned).collect(),
        content: Hash::of(&content),
    }
}
