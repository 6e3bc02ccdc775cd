//! The `.d.ts` text of callable logic, as `@santokit/client` reads it: one global `interface SantokitLogic`.
//!
//! A pure function of the manifest: equal manifests give equal bytes.

mod declared;
mod types;
mod writer;

use std::collections::BTreeMap;

use stk_contract::client_manifest::{ClientLogic, ClientManifest};
use stk_contract::{Hash, JsonType};

pub(crate) use types::quote as quoted;
use types::{Prec, result_type};
use writer::{Writer, doc_lines};

/// Declares every callable logic; `hash` is the manifest's.
pub fn declarations(manifest: &ClientManifest, hash: Hash) -> String {
    let mut root = Folder::default();
    for (path, logic) in &manifest.logic {
        root.insert(path.segments(), logic);
    }
    let mut writer = Writer::default();
    writer.line("// Written by `stk sync` from the release's manifest. Do not edit.");
    writer.line(&format!("// manifest {hash}"));
    writer.line("");
    named(manifest, &mut writer);
    writer.open("interface SantokitLogic {");
    root.members(&mut writer);
    writer.close("}");
    writer.text
}

/// Types that hold themselves, so that they can not be written out where they are used.
fn named(manifest: &ClientManifest, writer: &mut Writer) {
    let named: BTreeMap<&String, &JsonType> = manifest
        .logic
        .values()
        .filter_map(|logic| logic.result.as_ref())
        .flat_map(|result| &result.named)
        .collect();
    if named.is_empty() {
        return;
    }
    writer.open("interface SantokitTypes {");
    for (name, json) in named {
        writer.line(&format!("{}: {};", types::quote(name), declared::json_type(json).at(Prec::Union)));
    }
    writer.close("}");
    writer.line("");
}

/// Members of one level, by name.
#[derive(Default)]
struct Folder<'a> {
    members: BTreeMap<&'a str, Member<'a>>,
}

/// A logic, a folder, or a path that is both.
#[derive(Default)]
struct Member<'a> {
    logic: Option<&'a ClientLogic>,
    folder: Folder<'a>,
}

impl<'a> Folder<'a> {
    fn insert(&mut self, mut segments: impl Iterator<Item = &'a str>, logic: &'a ClientLogic) {
        let Some(first) = segments.next() else { return };
        let mut member = self.members.entry(first).or_default();
        for segment in segments {
            member = member.folder.members.entry(segment).or_default();
        }
        member.logic = Some(logic);
    }

    fn members(&self, writer: &mut Writer) {
        for (name, member) in &self.members {
            match member.logic {
                Some(logic) if member.folder.members.is_empty() => signature(name, logic, writer),
                logic => {
                    writer.open(&format!("{name}: {{"));
                    if let Some(logic) = logic {
                        signature("", logic, writer);
                    }
                    member.folder.members(writer);
                    writer.close("};");
                }
            }
        }
    }
}

/// A method, or, without a name, a call signature.
fn signature(name: &str, logic: &ClientLogic, writer: &mut Writer) {
    writer.doc(&doc_lines(logic.description.as_deref()));
    let result = format!("Promise<{}>", result_type(logic));
    if logic.params.is_empty() {
        writer
            .line(&format!("{name}(params?: Santokit.NoParams, options?: Santokit.CallOptions): {result};"));
        return;
    }
    let optional = if logic.params.values().any(|param| param.required) { "" } else { "?" };
    writer.open(&format!("{name}("));
    writer.open(&format!("params{optional}: {{"));
    for (name, param) in &logic.params {
        let mut lines = doc_lines(param.description.as_deref());
        if let Some(default) = &param.default {
            lines.push(format!("@default {default}"));
        }
        writer.doc(&lines);
        let mark = if param.required { "" } else { "?" };
        writer.line(&format!("{name}{mark}: {};", types::param_type(param).at(Prec::Union)));
    }
    writer.close("},");
    writer.line("options?: Santokit.CallOptions,");
    writer.close(&format!("): {result};"));
}
