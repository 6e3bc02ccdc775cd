//! What a script must keep to because of its header. Its params have no statement that would tell their types: what the
//! header declares is what the handler gets.

use stk_contract::{LogicSpec, Vary};

use super::params::{Params, RESERVED};
use super::spec::LogicFindings;
use crate::code::Code;
use crate::findings::nearest;
use crate::js::{Handler, Script};

pub(super) fn check(
    spec: &LogicSpec,
    params: &Params,
    script: &Script,
    handler: &Handler,
    readable: bool,
    findings: &mut LogicFindings<'_>,
) {
    let place = |at: usize| script.text.position_of_byte(at);
    if let Some(what) = handler.not_function {
        let message = format!("the default export is {what}, and a call needs a function");
        findings.body.add(Code::LogicNotFunction, place(handler.at), message).hint(
            "write `export default async function handler(params, context) { … }`; modules export by name",
        );
    }
    if readable {
        check_taken(params, script, handler, findings);
        check_secrets(spec, script, findings);
    }
    if spec.cache.as_ref().is_some_and(|cache| cache.vary == Vary::Shared) {
        for at in &script.uses.identity {
            let message = "the caller, in a logic whose cached answer is shared by everybody";
            findings
                .body
                .add(Code::CacheIdentity, place(*at), message)
                .hint("write `cache: { ttl: …, vary: user }`");
        }
    }
}

/// What the handler takes out of its params is declared.
fn check_taken(params: &Params, script: &Script, handler: &Handler, findings: &mut LogicFindings<'_>) {
    let declared = || params.declared.iter().map(|(name, _)| name.as_str());
    for (name, at) in &handler.taken {
        if declared().any(|known| known == name) {
            continue;
        }
        let message = format!("param `{name}` is not declared");
        let finding = findings.body.add(Code::ParamUndeclared, script.text.position_of_byte(*at), message);
        match nearest(name, declared()) {
            _ if RESERVED.contains(&name.as_str()) => finding.hint("the caller is in `context.request.user`"),
            Some(near) => finding.hint(format!("did you mean `{near}`?")),
            None => finding.hint(format!("add it to `params:` of the header: `{name}: {{ type: string }}`")),
        }
    }
}

fn check_secrets(spec: &LogicSpec, script: &Script, findings: &mut LogicFindings<'_>) {
    for (name, at) in script.uses.secrets.iter().filter(|(name, _)| !spec.secrets.contains(name)) {
        let message = format!("the header does not declare the secret `{name}`");
        let finding = findings.body.add(Code::SecretUndeclared, script.text.position_of_byte(*at), message);
        match nearest(name, spec.secrets.iter().map(String::as_str)) {
            Some(near) => finding.hint(format!("did you mean `{near}`?")),
            None => finding.hint(format!("add it: `secrets: [{name}]`")),
        }
    }
}
