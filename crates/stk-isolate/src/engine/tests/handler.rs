//! What a handler is given, and what becomes of what it gives.

use super::*;

#[test]
fn a_handler_gets_params_and_context() {
    check("return { id: params.id + 1 }", &result(r#"{"id":8}"#));
    check("return context.request.user.roles", &result(r#"["admin"]"#));
    check(
        "return [context.request.id, context.request.path, context.request.headers.x]",
        &result(r#"["r","a","y"]"#),
    );
    check("return context.getSecret('KEY')", &result("\"s3cret\""));
    check_fails("return context.getSecret('OTHER')", "`OTHER` is not declared");
    check_fails("'use strict'; context.request.user.roles.push('root')", "TypeError");
    check_fails("'use strict'; context.request.user = null", "TypeError");
    check("return [await 1, (() => 2)(), [...'ab'].map((x) => x + x)]", &result(r#"[1,2,["aa","bb"]]"#));
}

#[test]
fn results_are_json_or_a_fault() {
    check("", &result("null"));
    check("return undefined", &result("null"));
    check("return () => 1", &result("null"));
    check("return { a: undefined, b: NaN, c: 'é\\u0000' }", &result("{\"b\":null,\"c\":\"é\\u0000\"}"));
    check_fails("return 1n", "BigInt");
    check_fails("const a = {}; a.a = a; return a", "circular");
    check_fails("return { get a() { throw new Error('no') } }", "no");
    check_fails("return { toJSON() { throw 3 } }", "thrown: 3");
    check("return 'x'.repeat(2000)", &Outcome::ResultTooLarge);
    check("const s = 'x'.repeat(1e6); return Array.from({ length: 1000 }, () => s)", &Outcome::Memory);
}

#[test]
fn whatever_is_thrown_has_a_text() {
    check_fails("throw new Error('oh')", "Error: oh\n    at handler (logic/a.js:1:");
    check_fails("throw 'text'", "thrown: text");
    check_fails("throw 'long'.repeat(1e5)", "thrown: longlong");
    check_fails("throw undefined", "thrown: undefined");
    check_fails("throw { a: 1 }", "thrown: {\"a\":1}");
    check_fails("throw Object.create(null, { toJSON: { get() { throw 1 } } })", "can not be shown");
    check_fails("throw new Error('outer', { cause: new TypeError('inner') })", "caused by: TypeError: inner");
    check_fails("setTimeout_; ", "ReferenceError");
    let refused = |status, code: &str, message: &str| {
        Outcome::Refused(Fault { status, code: code.to_owned(), message: message.to_owned() })
    };
    check("throw new StkError(402, 'pay', 'first')", &refused(402, "pay", "first"));
    check("throw new StkError(402, 'pay')", &refused(402, "pay", "pay"));
    check_fails("throw new StkError(200, 'fine', 'x')", "StkError: x");
    check_fails("throw new StkError('404', 1)", "StkError");
}

#[test]
fn modules_of_the_release_import_each_other() {
    let mut bench = Bench::with(&[
        (
            "logic/a.js",
            "import { b } from './b.js'; export const a = 1; export default async () => [b(), (await import('./c.js')).c]",
        ),
        ("logic/b.js", "import { a } from './a.js'; export const b = () => a + 1"),
        ("logic/c.js", "export const c = 3"),
    ]);
    assert_eq!(bench.run(), result("[2,3]"));
    let mut broken = Bench::with(&[
        ("logic/a.js", "import './b.js'; export default () => 1"),
        ("logic/b.js", "let = = 1"),
    ]);
    let Outcome::Failed(text) = broken.run() else { panic!("a syntax error") };
    assert!(text.contains("SyntaxError") && text.contains("logic/b.js"), "{text}");
    let mut missing = Bench::with(&[("logic/a.js", "import { x } from './a.js'; export default () => x")]);
    assert!(matches!(missing.run(), Outcome::Failed(_)));
    assert!(
        matches!(Bench::new("export default 1").run(), Outcome::Failed(text) if text.contains("not a function"))
    );
}
