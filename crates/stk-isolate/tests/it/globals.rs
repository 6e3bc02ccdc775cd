//! The web's globals in the real process, with its rights given up, and what one call's scripts leave for the next.

use stk_isolate::protocol::Outcome;

use crate::Isolate;

#[track_caller]
fn check(isolate: &mut Isolate, body: &str, expected: &str) {
    let outcome = isolate.run(&format!("export default async function handler() {{ {body} }}"));
    assert_eq!(outcome, Outcome::Result(expected.as_bytes().to_vec()), "{body}");
}

#[test]
fn every_global_works_without_rights() {
    let mut isolate = Isolate::spawn();
    check(
        &mut isolate,
        "const keys = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
         const signature = await crypto.subtle.sign('Ed25519', keys.privateKey, new Uint8Array(3));
         const derived = await crypto.subtle.importKey('raw', new Uint8Array(3), 'PBKDF2', false, ['deriveBits']);
         const pbkdf2 = { name: 'PBKDF2', hash: 'SHA-512', salt: new Uint8Array(3), iterations: 2 };
         return [
             crypto.randomUUID().length, signature.byteLength,
             (await crypto.subtle.deriveBits(pbkdf2, derived, 512)).byteLength,
             new URL('../b?x=ä', 'https://bücher.example/a/').href, new TextDecoder('shift_jis').decode(new Uint8Array([130, 160])),
             structuredClone(new Map([[1, [2]]])).get(1)[0], atob(btoa('é')), performance.now() >= 0,
             (await new Response(new Blob(['blob'])).text()), (await new Response(new URLSearchParams('a=1')).formData()).get('a'),
             await new Promise((done) => setTimeout(done, 1, 'timer')), AbortSignal.abort().reason.name,
         ];",
        r#"[36,64,64,"https://xn--bcher-kva.example/b?x=%C3%A4","あ",2,"é",true,"blob","1","timer","AbortError"]"#,
    );
}

#[test]
fn what_a_script_does_to_the_globals_is_gone_with_its_call() {
    let mut isolate = Isolate::spawn();
    let look =
        "return [typeof fetch, typeof URL, new URL('http://a').hash, typeof globalThis.leak, [].at.length];";
    for _ in 0..3 {
        check(
            &mut isolate,
            "globalThis.leak = 1; Object.defineProperty(URL.prototype, 'hash', { value: 'mine' });
             fetch = 5; delete globalThis.URL; Array.prototype.at = null; String.prototype.slice = () => 'sliced';
             return typeof URL;",
            r#""undefined""#,
        );
        check(&mut isolate, look, r#"["function","function","","undefined",1]"#);
    }
}

#[test]
fn what_is_thrown_in_a_listener_or_a_microtask_fails_the_call() {
    let mut isolate = Isolate::spawn();
    for body in [
        "const t = new EventTarget(); t.addEventListener('x', () => { throw new Error('lost'); }); t.dispatchEvent(new Event('x'));",
        "queueMicrotask(() => { throw new Error('lost'); });",
        "setTimeout(() => { throw new Error('lost'); });",
    ] {
        let outcome = isolate.run(&format!(
            "export default async function handler() {{ {body} await new Promise((done) => setTimeout(done, 1000)); }}"
        ));
        assert!(
            matches!(&outcome, Outcome::Failed(text) if text.starts_with("Error: lost")),
            "{body} {outcome:?}"
        );
    }
}

#[test]
fn natives_that_can_not_be_interrupted_have_an_end() {
    let mut isolate = Isolate::spawn();
    check(
        &mut isolate,
        "const key = await crypto.subtle.importKey('raw', new Uint8Array(3), 'PBKDF2', false, ['deriveBits']);
         const bits = (iterations, length) => crypto.subtle.deriveBits(
             { name: 'PBKDF2', hash: 'SHA-512', salt: new Uint8Array(3), iterations }, key, length).catch((e) => e.name);
         return [await bits(4e9, 512), await bits(1e300, 512), await bits(1, 8e9)];",
        r#"["OperationError","OperationError","OperationError"]"#,
    );
    let outcome = isolate.run("export default () => new URLSearchParams('a&'.repeat(2e7)).size");
    assert!(matches!(outcome, Outcome::Memory | Outcome::Failed(_)), "{outcome:?}");
    check(&mut isolate, "return 'still here';", r#""still here""#);
}
