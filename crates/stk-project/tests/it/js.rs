//! JavaScript and TypeScript of `logic/`: what is a logic, how modules are linked, and what is refused.

use insta::assert_snapshot;
use stk_contract::manifest::Isolate;
use stk_contract::{Access, Code, JsCode, Returns};
use stk_project::{Files, Project};

use crate::{good, project, report};

/// A handler that says nothing of its result, and so has a note; `none` keeps it quiet.
const QUIET: &str = "/** returns: none */\nexport default async () => {};\n";

fn code(project: &Project, path: &str) -> JsCode {
    match project.release(String::new()).code.remove(path) {
        Some(Code::Js(code)) => code,
        other => panic!("{path}: {other:?}"),
    }
}

/// The diagnostics of modules that `logic/get.js` imports, and of it.
fn report_js(text: &str, more: &[(&str, &str)]) -> String {
    let text = format!("/** returns: none */\n{text}");
    report(&project(&[&[("logic/get.js", text.as_str())], more].concat()))
}

#[test]
fn a_default_export_makes_a_logic_and_everything_else_is_a_module() {
    let checked = good(&project(&[
        ("logic/a.js", QUIET),
        ("logic/b.ts", "// returns: none\nexport default function (params: unknown): void {}\n"),
        ("logic/c.js", "/* returns: none */\nasync function handler() {}\nexport { handler as default };\n"),
        ("logic/d.js", "export const helper = 1;\n"),
        ("logic/lib/string-utils.ts", "export type A = string;\n"),
        ("logic/e.ts", "/* returns: none */\nexport { default } from './a.js';\n"),
        ("logic/types.d.ts", "export interface B {}\ndeclare global {}\n"),
        ("logic/tsconfig.json", "{}"),
        ("logic/f.ts", "export default interface F {}\n"),
    ]));
    let paths: Vec<&str> = checked.logic.keys().map(|path| path.as_str()).collect();
    assert_eq!(paths, ["a", "b", "c", "e"]);
    let modules: Vec<&String> = checked.modules.keys().collect();
    assert_eq!(modules, ["logic/a.js", "logic/b.ts", "logic/c.js", "logic/e.ts"], "only what logic needs");
    assert_eq!(code(&checked, "e").modules, ["logic/a.js", "logic/e.ts"]);
}

#[test]
fn every_form_of_a_header_is_read() {
    let body = "export default async function handler() {}\n";
    let header = "access: public\nreturns: none\nisolate: reuse\ntimeout: 5s";
    let starred = header.replace('\n', "\n * ");
    for text in [
        format!("---\n{header}\n---\n{body}"),
        format!("/*\n{header}\n*/\n{body}"),
        format!("/* ---\n{header}\n--- */\n{body}"),
        format!("/**\n * {starred}\n */\n{body}"),
        format!("// About it.\n\n/**\n * {starred}\n */\n{body}"),
        format!("import './m.js';\n/** {starred} */\n{body}"),
    ] {
        let checked = good(&project(&[("logic/get.js", &text), ("logic/m.js", "export {}")]));
        let spec = &checked.manifest.logic["get"];
        assert_eq!((&spec.access, spec.returns), (&Access::Public, Returns::None), "{text}");
        assert_eq!((spec.isolate, spec.timeout_ms), (Isolate::Reuse, Some(5000)), "{text}");
    }
    let twin = [("logic/get.js", body), ("logic/get.yaml", header)];
    assert_eq!(good(&project(&twin)).manifest.logic["get"].access, Access::Public);
}

#[test]
fn a_fence_is_no_part_of_the_code_and_keeps_every_place() {
    let text = "---\nreturns: none # ä\n---\nexport default () => {};\n";
    let checked = good(&project(&[("logic/get.js", text)]));
    let module = &checked.modules["logic/get.js"].module;
    assert_eq!(module.source.lines().nth(3), Some("export default () => {};"));
    assert!(module.source.lines().take(3).all(|line| line.trim().is_empty()), "{}", module.source);
    assert_eq!(module.source_map, "", "JavaScript runs as it is written");
}

#[test]
fn typescript_is_stripped_and_the_map_leads_back() {
    let checked = good(&project(&[
        (
            "logic/get.ts",
            "/** returns: none */\nimport type { A } from './a';\nimport { B, type C } from './a';\nenum Color { Red = 'r' }\n\
             class P { constructor(private readonly x: number) {} }\n\
             export default async function handler(params: { a: A }): Promise<void> {\n  const c = params as unknown as C;\n  \
             console.log(c!, Color.Red, new P(1) satisfies P, B);\n}\n",
        ),
        ("logic/a.ts", "export interface A {}\nexport type C = 1;\nexport const B: number = 1;\n"),
    ]));
    let module = &checked.modules["logic/get.ts"].module;
    for gone in ["interface", "import type", "Promise<void>", "satisfies", " as ", "private"] {
        assert!(!module.source.contains(gone), "{gone}: {}", module.source);
    }
    assert!(module.source.contains("import { B } from \"./a\""), "{}", module.source);
    assert_eq!(module.imports["./a"], "logic/a.ts");
    let map: serde_json::Value = serde_json::from_str(&module.source_map).unwrap();
    assert_eq!((&map["version"], &map["sources"]), (&3.into(), &serde_json::json!(["logic/get.ts"])));
}

#[test]
fn imports_find_files_with_and_without_their_extension() {
    let checked = good(&project(&[
        (
            "logic/users/get.ts",
            "/* returns: none */\nimport '../lib';\nimport '../lib/a';\nimport './b.js';\nimport './c.ts';\nimport '../lib/d.js';\n\
             export default async () => { await import('./e'); await import(`../users/e.js`); };\n",
        ),
        ("logic/lib/index.ts", "export {}"),
        ("logic/lib/a.js", "export {}"),
        ("logic/users/b.ts", "export {}"),
        ("logic/users/c.ts", "import './get';"),
        ("logic/lib/d.js", "export {}"),
        ("logic/users/e.js", "export {}"),
    ]));
    let code = code(&checked, "users/get");
    assert_eq!(code.entry, "logic/users/get.ts");
    assert_eq!(
        code.modules,
        [
            "logic/lib/a.js",
            "logic/lib/d.js",
            "logic/lib/index.ts",
            "logic/users/b.ts",
            "logic/users/c.ts",
            "logic/users/e.js",
            "logic/users/get.ts"
        ]
    );
    let imports = &checked.modules["logic/users/get.ts"].module.imports;
    assert_eq!(imports["./b.js"], "logic/users/b.ts", "the name that TypeScript would compile it to");
    assert_eq!(imports["../lib"], "logic/lib/index.ts");
}

#[test]
fn equal_code_has_an_equal_hash() {
    let hash = |helper: &str, header: &str| {
        let main = format!("/* {header} */\nimport {{ a }} from './a.js';\nexport default () => a;\n");
        code(&good(&project(&[("logic/get.js", &main), ("logic/a.js", helper)])), "get").content
    };
    let one = hash("export const a = 1;", "returns: none");
    assert_eq!(one, hash("export const a = 1;", "returns: none"));
    assert_ne!(one, hash("export const a = 2;", "returns: none"), "an import's change is a change");
}

#[test]
fn imports_that_can_not_be_are_told_with_what_to_do() {
    assert_snapshot!(report_js(
        "import a from 'lodash';\nimport b from 'node:fs';\nimport c from 'path';\nimport d from 'https://x.example/y.js';\n\
         import e from '/etc/passwd';\nimport f from '../config/auth.yaml';\nimport g from './users/list.sql';\n\
         import h from './price.wasm';\nimport i from './data.json';\nimport j from './readme.md';\nimport k from './helpr.js';\n\
         import l from './Helper.js';\nimport m from './nowhere';\nexport * from '../../x.js';\n\
         export default () => [a, b, c, d, e, f, g, h, i, j, k, l, m];",
        &[
            ("logic/users/list.sql", "select 1 as a"),
            ("logic/helper.js", "export default 1;\nexport const x = 1;"),
            ("logic/readme.md", "# x"),
        ],
    ), @r#"
    logic/get.js:2:15 error js.import
      `lodash` would be an npm package, and logic has none
      hint: copy what you need into a file under `logic/` and import that; for a file beside this one write `./`
      | import a from 'lodash';
      |               ^
    logic/get.js:3:15 error js.import
      `node:fs` is a module of Node, which logic does not run in
      hint: logic has the Web's globals (`crypto`, `URL`, `fetch`, …) and `context`
      | import b from 'node:fs';
      |               ^
    logic/get.js:4:15 error js.import
      `path` is a module of Node, which logic does not run in
      hint: logic has the Web's globals (`crypto`, `URL`, `fetch`, …) and `context`
      | import c from 'path';
      |               ^
    logic/get.js:5:15 error js.import
      `https://x.example/y.js` is a URL, and nothing is loaded from one
      hint: put the code into a file under `logic/`
      | import d from 'https://x.example/y.js';
      |               ^
    logic/get.js:6:15 error js.import
      `/etc/passwd` is not relative
      hint: write it from this file: `./name` or `../folder/name`
      | import e from '/etc/passwd';
      |               ^
    logic/get.js:7:15 error js.import
      `../config/auth.yaml` leads out of `logic/`
      hint: modules are files under `logic/`
      | import f from '../config/auth.yaml';
      |               ^
    logic/get.js:8:15 error js.import
      `./users/list.sql` is a logic of its own, not a module
      hint: call it: `await context.invoke('users/list', { … })`
      | import g from './users/list.sql';
      |               ^
    logic/get.js:9:15 error js.import
      `./price.wasm` is a logic of its own, not a module
      hint: call it: `await context.invoke('price', { … })`
      | import h from './price.wasm';
      |               ^
    logic/get.js:10:15 error js.import
      `./data.json` is JSON, not a module
      hint: make it a module: `export const data = { … };` in a `.js` file
      | import i from './data.json';
      |               ^
    logic/get.js:11:15 error js.import
      `./readme.md` is not a module
      hint: imports take `.js` and `.ts` files
      | import j from './readme.md';
      |               ^
    logic/get.js:12:15 error js.import_missing
      there is no module `logic/helpr.js`
      hint: did you mean `logic/helper`?
      | import k from './helpr.js';
      |               ^
    logic/get.js:13:15 error js.import_case
      `./Helper.js` and `logic/helper.js` differ in case
      hint: write it as the file is called: other file systems keep the two apart
      | import l from './Helper.js';
      |               ^
    logic/get.js:14:15 error js.import_missing
      there is no module `logic/nowhere`
      hint: it would be that name with `.ts` or `.js`, or a folder with an `index.ts`
      | import m from './nowhere';
      |               ^
    logic/get.js:15:15 error js.import
      `../../x.js` leads out of `logic/`
      hint: modules are files under `logic/`
      | export * from '../../x.js';
      |               ^
    logic/helper.js:1:16 error logic.not_a_function
      the default export is a number, and a call needs a function
      hint: write `export default async function handler(params, context) { … }`; modules export by name
      | export default 1;
      |                ^
    logic/readme.md:0:0 warning logic.unread_file
      nothing reads this file: logic is in `.sql`, `.js`, `.ts` and `.wasm` files, headers of their own are in `.yaml` files
    "#);
}

#[test]
fn names_that_a_module_does_not_export_are_told() {
    assert_snapshot!(report_js(
        "import { one, tow, Shape, deep, twice } from './a.ts';\nimport nothing from './a.ts';\nimport * as all from './a.ts';\n\
         import { gone } from './circle1.js';\nexport { missing } from './empty.js';\n\
         export default () => [one, tow, Shape, deep, twice, nothing, all, gone];",
        &[
            (
                "logic/a.ts",
                "export const one = 1, two = 2;\nexport interface Shape {}\nexport * from './b';\nexport * from './c';\n",
            ),
            ("logic/b.ts", "export const deep = 1, twice = 1;\nexport * from './b';\n"),
            ("logic/c.ts", "export const twice = 2;\n"),
            ("logic/circle1.js", "export { gone } from './circle2.js';\n"),
            ("logic/circle2.js", "export { gone } from './circle1.js';\n"),
            ("logic/empty.js", "console.log(1);\n"),
        ],
    ), @r#"
    logic/circle1.js:1:10 error js.export_missing
      `gone` of `logic/circle2.js` is re-exported in a circle, so nothing ever defines it
      hint: export it from the file that declares it
      | export { gone } from './circle2.js';
      |          ^
    logic/circle2.js:1:10 error js.export_missing
      `gone` of `logic/circle1.js` is re-exported in a circle, so nothing ever defines it
      hint: export it from the file that declares it
      | export { gone } from './circle1.js';
      |          ^
    logic/get.js:2:15 error js.export_missing
      `logic/a.ts` does not export `tow`
      hint: did you mean `two`?
      | import { one, tow, Shape, deep, twice } from './a.ts';
      |               ^
    logic/get.js:2:20 error js.export_missing
      `logic/a.ts` does not export `Shape`
      hint: `Shape` is a type there: write `import type`, or `export type`
      | import { one, tow, Shape, deep, twice } from './a.ts';
      |                    ^
    logic/get.js:2:33 error js.export_missing
      `twice` comes from more than one `export *` of `logic/a.ts`
      hint: name it there: `export { twice } from …`
      | import { one, tow, Shape, deep, twice } from './a.ts';
      |                                 ^
    logic/get.js:3:8 error js.export_missing
      `logic/a.ts` has no default export
      hint: import by name: `import { name } from …`
      | import nothing from './a.ts';
      |        ^
    logic/get.js:5:10 error js.export_missing
      `gone` of `logic/circle1.js` is re-exported in a circle, so nothing ever defines it
      hint: export it from the file that declares it
      | import { gone } from './circle1.js';
      |          ^
    logic/get.js:6:10 error js.export_missing
      `logic/empty.js` does not export `missing`
      hint: it exports nothing
      | export { missing } from './empty.js';
      |          ^
    "#);
}

#[test]
fn modules_that_wait_for_each_other_are_told_and_plain_circles_are_fine() {
    assert_snapshot!(report(&project(&[
        ("logic/a.js", "/* returns: none */\nimport './b.js';\nexport default () => {};\nexport const a = 1;\n"),
        ("logic/b.js", "import { a } from './a.js';\nexport const b = () => a;\nconst late = () => import('./a.js');\n"),
        ("logic/c.js", "await Promise.all([import('./d.js')]);\n"),
        ("logic/d.js", "import './e.js';\n"),
        ("logic/e.js", "const { x } = await import('./c.js');\n"),
        ("logic/f.js", "export const f = async () => await import('./f.js');\nawait import('./f.js');\n"),
        ("logic/g.js", "await import('./h.js');\n"),
        ("logic/h.js", "export const load = () => import('./g.js');\n"),
    ])), @r#"
    logic/c.js:1:27 error js.cycle
      this waits for `logic/d.js`, which waits for this module: neither ever settles
      hint: import it inside the function that needs it, or at the top without `await import`
      | await Promise.all([import('./d.js')]);
      |                           ^
    logic/e.js:1:28 error js.cycle
      this waits for `logic/c.js`, which waits for this module: neither ever settles
      hint: import it inside the function that needs it, or at the top without `await import`
      | const { x } = await import('./c.js');
      |                            ^
    logic/f.js:2:14 error js.cycle
      this module waits for itself, and never settles
      hint: import it inside the function that needs it, or at the top without `await import`
      | await import('./f.js');
      |              ^
    "#);
}

#[test]
fn syntax_is_told_at_its_place() {
    assert_snapshot!(report_js("export default async () => {\n  const x = ;\n};", &[]), @r#"
    logic/get.js:3:13 error js.syntax
      Unexpected token
      |   const x = ;
      |             ^
    "#);
    assert_snapshot!(report_js("export default async (params) => {\n  const ä = 1; let ä = 2;\n};", &[]), @r#"
    logic/get.js:3:9 error js.syntax
      Identifier `ä` has already been declared
      |   const ä = 1; let ä = 2;
      |         ^
    "#);
    assert_snapshot!(report_js("export default (a: string) => a;", &[]), @r#"
    logic/get.js:2:18 error js.syntax
      Expected `,` or `)` but found `:`
      | export default (a: string) => a;
      |                  ^
    "#);
    assert_snapshot!(report_js("export default () => /(/;", &[]), @r#"
    logic/get.js:2:23 error js.syntax
      Invalid regular expression: Unterminated capturing group
      hint: Add the missing closing delimiter
      | export default () => /(/;
      |                       ^
    "#);
    assert_snapshot!(report_js("export default () => { return await 1; };", &[]), @r#"
    logic/get.js:2:31 error js.syntax
      `await` is only allowed within async functions and at the top levels of modules
      hint: Either remove this `await` or add the `async` keyword to the enclosing function
      | export default () => { return await 1; };
      |                               ^
    "#);
    assert_snapshot!(report_js("const a = <div/>;\nexport default () => a;", &[]), @r#"
    logic/get.js:2:11 error js.syntax
      Unexpected JSX expression
      hint: there is no JSX in logic
      | const a = <div/>;
      |           ^
    "#);
    assert_snapshot!(report_js("export default 1;\nexport default 2;", &[]), @r#"
    logic/get.js:2:8 error js.syntax
      A module cannot have multiple default exports.
      | export default 1;
      |        ^
    "#);
    assert_snapshot!(report_js("with (Math) {}\nexport default () => 1;", &[]), @r#"
    logic/get.js:2:1 error js.syntax
      'with' statements are not allowed
      | with (Math) {}
      | ^
    "#);
    assert_snapshot!(report_js("export default () => {", &[("logic/get.yaml", "access: public")]), @r#"
    logic/get.js:2:23 error js.syntax
      Expected `}` but found `EOF`
      | export default () => {
      |                       ^
    "#);
}

#[test]
fn what_the_engine_does_not_have_is_told() {
    assert_snapshot!(report(&project(&[(
        "logic/get.ts",
        "/* returns: none */\nimport data from './data.js' with { type: 'json' };\nfunction log(c: any, x: any) {}\n\
         class A { @log m() {} accessor y = 1; }\n\
         export default async (params: { name: string }) => {\n  using file = open();\n  await import(params.name);\n  \
         return process.env.KEY ?? require('fs') ?? Buffer.from('x') ?? process.cwd();\n};\ndeclare function open(): any;\n",
    ), ("logic/data.js", "export default 1 as any;")])), @r#"
    logic/data.js:1:16 error js.syntax
      Type assertion expressions can only be used in TypeScript files.
      | export default 1 as any;
      |                ^
    logic/get.ts:2:35 error js.unsupported
      there are no import attributes where logic runs
      hint: make it a module: `export const data = { … };` in a `.js` file
      | import data from './data.js' with { type: 'json' };
      |                                   ^
    logic/get.ts:4:11 error js.unsupported
      there are no decorators where logic runs
      hint: call the function that the decorator would be
      | class A { @log m() {} accessor y = 1; }
      |           ^
    logic/get.ts:4:23 error js.unsupported
      there are no `accessor` properties where logic runs
      hint: write `get` and `set`
      | class A { @log m() {} accessor y = 1; }
      |                       ^
    logic/get.ts:6:3 error js.unsupported
      there is no `using` where logic runs
      hint: write `const`, and `try { … } finally { … }`
      |   using file = open();
      |   ^
    logic/get.ts:7:16 error js.dynamic_import
      what is imported here is known only once it runs, and a release holds what is known before
      hint: write the path as a literal: `await import('./name')`
      |   await import(params.name);
      |                ^
    logic/get.ts:8:10 warning js.global
      there is no `process` where logic runs
      hint: secrets are read with `context.getSecret`
      |   return process.env.KEY ?? require('fs') ?? Buffer.from('x') ?? process.cwd();
      |          ^
    logic/get.ts:8:29 warning js.global
      there is no `require` where logic runs
      hint: use `import`, of files under `logic/`
      |   return process.env.KEY ?? require('fs') ?? Buffer.from('x') ?? process.cwd();
      |                             ^
    logic/get.ts:8:46 warning js.global
      there is no `Buffer` where logic runs
      hint: use `Uint8Array`, `TextEncoder`, `atob` and `btoa`
      |   return process.env.KEY ?? require('fs') ?? Buffer.from('x') ?? process.cwd();
      |                                              ^
    "#);
}

#[test]
fn a_handler_is_a_function() {
    for (text, what) in [
        ("export default { a: 1 };", "an object"),
        ("export default class {}", "a class"),
        ("const x = [];\nexport default x;", "an array"),
        ("export default function* () {}", "a generator"),
        ("export default 'x';", "text"),
    ] {
        let report = report_js(text, &[]);
        assert!(report.contains("error logic.not_a_function") && report.contains(what), "{text}: {report}");
    }
    for text in ["export default wrap(async () => {});", "import { h } from './h.js';\nexport default h;"] {
        let more = [("logic/h.js", "export const h = () => 1;")];
        assert_eq!(report_js(&format!("const wrap = (f) => f;\n{text}"), &more), "", "{text}");
    }
    assert_snapshot!(report(&project(&[
        ("logic/a.js", "/* access: public */\nexport const handler = () => 1;\n"),
        ("logic/b.js", "export const b = 1;"),
        ("logic/b.yaml", "access: public"),
        ("logic/c.mjs", "export default 1"),
        ("logic/d.tsx", "export default 1"),
    ])), @r#"
    logic/a.js:1:1 error logic.no_handler
      this file has a header and no default export, so that nothing can call it
      hint: write `export default async function handler(params, context) { … }`, or remove the header
      | /* access: public */
      | ^
    logic/b.yaml:0:0 error logic.twin_alone
      `logic/b.js` beside it has no default export, so that it is a module and no logic
    logic/c.mjs:0:0 error logic.extension
      rename it: its extension must be `.js`
    logic/d.tsx:0:0 error logic.extension
      rename it: its extension must be `.ts`
    "#);
}

#[test]
fn the_header_is_held_against_the_code() {
    assert_snapshot!(report(&project(&[
        (
            "logic/get.js",
            "/**\n * target: main\n * types: { a: string }\n * isolation: serializable\n * returns: one\n * params:\n *   id: { type: uuid, required: true, default: x }\n \
             * secrets: [KEY]\n * cache: { ttl: 60s, vary: shared }\n * invalidates: [x]\n */\n\
             export default async function ({ ide, user_id, ...rest }, context) {\n  \
             context.getSecret('KEI');\n  context.getSecret('KEY');\n  const me = context.request.user;\n  \
             await context.invoke('user/get', {});\n  await context.invoke('users/get', {});\n  \
             await context.db.query('mian', 'select 1');\n}\n",
        ),
        ("logic/users/get.sql", "select 1 as a"),
    ])), @r#"
    logic/get.js:2:12 warning header.idle_key
      `target` means nothing for a script
      |  * target: main
      |            ^
    logic/get.js:3:11 warning header.idle_key
      `types` means nothing for a script
      |  * types: { a: string }
      |           ^
    logic/get.js:4:15 warning header.idle_key
      `isolation` means nothing for a script
      |  * isolation: serializable
      |               ^
    logic/get.js:5:13 error header.invalid_value
      `one` speaks of rows, which only SQL has
      hint: write a type, such as `{ id: string }` or `"string[]"`, or `none`
      |  * returns: one
      |             ^
    logic/get.js:7:49 error param.required_default
      `id` is required and has a default, which could never be used
      hint: leave one of the two out
      |  *   id: { type: uuid, required: true, default: x }
      |                                                 ^
    logic/get.js:10:17 error cache.invalidates
      a cached logic can not invalidate: most calls would not run it
      hint: leave out `cache` or `invalidates`
      |  * invalidates: [x]
      |                 ^
    logic/get.js:12:34 error param.undeclared
      param `ide` is not declared
      hint: did you mean `id`?
      | export default async function ({ ide, user_id, ...rest }, context) {
      |                                  ^
    logic/get.js:12:39 error param.undeclared
      param `user_id` is not declared
      hint: the caller is in `context.request.user`
      | export default async function ({ ide, user_id, ...rest }, context) {
      |                                       ^
    logic/get.js:13:21 error secret.undeclared
      the header does not declare the secret `KEI`
      hint: did you mean `KEY`?
      |   context.getSecret('KEI');
      |                     ^
    logic/get.js:15:14 error cache.identity
      the caller, in a logic whose cached answer is shared by everybody
      hint: write `cache: { ttl: …, vary: user }`
      |   const me = context.request.user;
      |              ^
    logic/get.js:16:24 error logic.unknown_path
      there is no logic `user/get`
      hint: did you mean `users/get`?
      |   await context.invoke('user/get', {});
      |                        ^
    logic/get.js:18:26 error logic.unknown_alias
      there is no database `mian` in `config/databases.yaml`
      hint: did you mean `main`?
      |   await context.db.query('mian', 'select 1');
      |                          ^
    "#);
}

#[test]
fn parts_that_are_taken_out_of_the_context_are_known() {
    assert_snapshot!(report(&project(&[(
        "logic/get.js",
        "/**\n * returns: none\n * cache: { ttl: 60s, vary: shared }\n */\n\
         export default async function (params, { db: base, invoke, getSecret, request: { user }, request }) {\n  \
         await base.query('mian', 'select 1');\n  await invoke('nowhere');\n  getSecret('KEY');\n  request.user;\n}\n\
         const other = (a, invoke) => invoke('fine');\nconst mine = { getSecret(x) {} };\nmine.getSecret('fine');\n",
    )])), @r#"
    logic/get.js:6:20 error logic.unknown_alias
      there is no database `mian` in `config/databases.yaml`
      hint: did you mean `main`?
      |   await base.query('mian', 'select 1');
      |                    ^
    logic/get.js:7:16 error logic.unknown_path
      there is no logic `nowhere`
      hint: it would be `logic/nowhere.sql`, `.js`, `.ts` or `.wasm`
      |   await invoke('nowhere');
      |                ^
    logic/get.js:8:13 error secret.undeclared
      the header does not declare the secret `KEY`
      hint: add it: `secrets: [KEY]`
      |   getSecret('KEY');
      |             ^
    logic/get.js:9:3 error cache.identity
      the caller, in a logic whose cached answer is shared by everybody
      hint: write `cache: { ttl: …, vary: user }`
      |   request.user;
      |   ^
    "#);
}

#[test]
fn constant_statements_are_found_with_their_places() {
    let text = "/* returns: none */\nconst LIST = 'id, ' + NAME, NAME = 'name';\n\
                export default async (params, context) => {\n  \
                await context.db.query('main', `select ${LIST}\n  from t`);\n  \
                await context.db.transaction('main', async (tx) => {\n    await tx.query('delete from t');\n    ((tx) => tx.query('not this one'))(params);\n  });\n  \
                let late = 'select 1';\n  await context.db.query('main', late);\n  await context.db.query('main', `select ${params.x}`);\n};\n";
    let checked = good(&project(&[("logic/get.js", text)]));
    let queries = &checked.modules["logic/get.js"].queries;
    let seen: Vec<_> = queries
        .iter()
        .map(|query| {
            let at = |offset| {
                let position = query.positions.locate(offset);
                (position.line, position.column)
            };
            (query.sql.as_str(), at(0), at(query.sql.chars().count() - 1))
        })
        .collect();
    assert_eq!(
        seen,
        [("select id, name\n  from t", (4, 35), (5, 8)), ("delete from t", (7, 21), (7, 33))],
        "a place in a constant is its place in the file"
    );
    let name = queries[0].sql.find("name").unwrap();
    assert_eq!((queries[0].positions.locate(name).line, queries[0].positions.locate(name).column), (2, 37));
}

#[test]
fn no_text_takes_a_parser_long() {
    for text in [
        format!("export default {}1{};", "(a = ".repeat(400), ")".repeat(400)),
        format!("export default {}1{};", "(a = (b) => ".repeat(300), ")".repeat(300)),
        format!("export default {}1{};", "`${".repeat(300), "}`".repeat(300)),
        format!("export default {}1{};", "async (a = ".repeat(300), ") => 1".repeat(300)),
        format!("export default {}", "({ a: [".repeat(300)),
        format!("export default () => {}", "/x/.test(".repeat(300)),
    ] {
        let start = std::time::Instant::now();
        report_js(&text, &[]);
        report(&project(&[("logic/get.ts", &format!("/* returns: none */\n{text}"))]));
        let types = format!(
            "/* returns: none */\ntype A = {}string{};\nexport default () => {{}};",
            "X<(a: ".repeat(200),
            ") => 1>".repeat(200)
        );
        report(&project(&[("logic/get.ts", &types)]));
        assert!(start.elapsed().as_secs() < 10, "{}…: {:?}", &text[..40], start.elapsed());
    }
}

#[test]
fn texts_that_nest_without_end_are_told_and_end_nothing() {
    let deep = |text: String| {
        let report = report_js(&text, &[]);
        report.lines().next().unwrap_or("fine").to_owned()
    };
    let wide = 20_000;
    assert!(
        deep(format!("export default {}1{};", "(".repeat(wide), ")".repeat(wide))).contains("js.too_large")
    );
    for text in [
        format!("export default {}1;", "!".repeat(wide)),
        format!("export default {}1;", "- ".repeat(wide)),
        format!("export default () => {}1;", "1 + ".repeat(wide)),
        format!("export default () => {}1;", "a ? b : ".repeat(wide)),
        format!("export default () => a{};", ".b".repeat(wide)),
        format!("export default () => {}1;", "a => ".repeat(wide)),
        format!("export default () => {{ {}; }}", "if (a) ".repeat(wide)),
        format!("export default () => {{ {}; }}", "a: ".repeat(wide)),
        format!("export default () => {}'x';", "'x' + ".repeat(wide)),
        format!("{}\nexport default () => {{}};", "const a = b = ".repeat(wide)),
    ] {
        deep(text);
    }
    let types =
        format!("/* returns: none */\ntype A = {}string;\nexport default () => {{}};", "keyof ".repeat(wide));
    report(&project(&[("logic/get.ts", &types)]));
    // What comes behind the parser looks from each statement to those around it.
    assert!(deep(format!("export default () => {{ {}; }}", "a: ".repeat(wide))).contains("js.too_large"));
    let doubled: String = (1..60).map(|n| format!("const a{n} = a{0} + a{0};\n", n - 1)).collect();
    let doubled =
        format!("const a0 = 'xx';\n{doubled}export default (p, context) => context.db.query('main', a59);");
    assert_eq!(deep(doubled), "fine");
    let types: String = (1..60).map(|n| format!("type T{n}<A> = T{}<[A, A]>;\n", n - 1)).collect();
    let types = format!("type T0<A> = [A, A];\n{types}export default (): T30<string> => {{ throw 1; }};");
    assert!(report(&project(&[("logic/get.ts", &types)])).contains("the type is too large"));
    let names: Vec<String> = (0..5_000).map(|n| format!("n{n}")).collect();
    let told = report(&project(&[
        ("logic/a.js", &format!("import {{ {} }} from './b.js';", names.join(", "))),
        ("logic/b.js", "export const other = 1;"),
    ]));
    assert_eq!(told.matches("js.export_missing").count(), 20, "the first ones are enough");
    let large = format!("/* {} */", "x".repeat(1024 * 1024));
    assert!(deep(large).contains("js.too_large"));
}

#[test]
fn five_hundred_scripts_are_no_wait() {
    let text = "/* returns: none */\nimport { add } from '../lib';\nexport default async function handler(params: { a: number }, context: any): Promise<void> {\n  \
                const rows = await context.db.query('main', 'select id from things where id = $1', [params.a]);\n  \
                for (const row of rows) { console.log(add(row.id as number, 1)); }\n}\n";
    let paths: Vec<String> = (0..500).map(|number| format!("logic/f{}/l{number}.ts", number % 20)).collect();
    let mut all: Files = project(&paths.iter().map(|path| (path.as_str(), text)).collect::<Vec<_>>());
    all.insert(
        "logic/lib.ts".to_owned(),
        b"export const add = (a: number, b: number): number => a + b;".to_vec(),
    );
    let text = text.replace("{ a: number }", "any");
    all.insert("logic/f0/l0.ts".to_owned(), text.into_bytes());
    let start = std::time::Instant::now();
    assert_eq!(good(&all).logic.len(), 500);
    let took = start.elapsed();
    let most = if cfg!(debug_assertions) { 15_000 } else { 800 };
    assert!(took.as_millis() < most, "{took:?}");
}
