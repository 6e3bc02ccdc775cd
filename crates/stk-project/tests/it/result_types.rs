//! Types of results that handlers declare: what clients see of them.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use stk_contract::Hash;
use stk_contract::client_manifest::ClientManifest;
use stk_project::{check, declarations, openapi};

use crate::{good, project, report};

/// What the client's types say of the result of `logic/get.ts`, and the warnings about it.
fn result(text: &str, more: &[(&str, &str)]) -> String {
    let files = project(&[&[("logic/get.ts", text)], more].concat());
    let (checked, found) = check("shop", &files);
    let manifest = ClientManifest::new(&checked.manifest, &BTreeMap::new());
    let text = declarations(&manifest, Hash::of(b""));
    let line = text.lines().find(|line| line.trim_start().starts_with("get(")).unwrap();
    let result = line.split_once("): Promise<").unwrap().1.trim_end_matches(">;").to_owned();
    let named = text.lines().filter(|line| line.trim_start().starts_with("\"logic/")).map(str::trim);
    let lost = found.iter().map(|found| found.message.as_str());
    [result.as_str()].into_iter().chain(named).chain(lost).collect::<Vec<_>>().join("\n")
}

/// The result of a handler that is annotated with this type, `declared` around it.
fn returned(declared: &str, of: &str) -> String {
    result(
        &format!("{declared}\nexport default async function handler(): Promise<{of}> {{ throw 1; }}\n"),
        &[],
    )
}

#[test]
fn types_become_those_of_their_json() {
    for (of, expected) in [
        ("string", "string"),
        ("void", "null"),
        ("undefined | number", "number | null"),
        (
            "{ id: string; at: Date; note?: string; left: undefined | boolean }",
            "{ id: string; at: string; note?: string; left?: boolean }",
        ),
        ("readonly (string | undefined)[]", "(string | null)[]"),
        ("ReadonlyArray<Date>", "string[]"),
        ("[number, string]", "[number, string]"),
        ("{ run(): void; call: () => void; key: symbol; a: 1 }", "{ a: 1 }"),
        ("{ [key: string]: number }", "{ [key: string]: number }"),
        ("Record<'a' | 'b', boolean>", "{ a: boolean; b: boolean }"),
        ("Record<string, { x: 1 }>", "{ [key: string]: { x: 1 } }"),
        ("'a' | 'b' | null", "\"a\" | \"b\" | null"),
        ("true | false | -1", "-1 | boolean"),
        ("{ 'a b': string; __proto__: 1 }", "{ \"a b\": string; \"__proto__\": 1 }"),
        ("{ a: { b: string[] }[] }", "{ a: { b: string[] }[] }"),
        ("`x-${string}`", "string"),
        ("Partial<{ a: string; b: number }>", "{ a?: string; b?: number }"),
        ("Required<{ a?: string }>", "{ a: string }"),
        ("Pick<{ a: string; b: number }, 'a'>", "{ a: string }"),
        ("Omit<{ a: string; b: number }, 'a'>", "{ b: number }"),
        ("NonNullable<string | null>", "string"),
        ("Exclude<'a' | 'b' | 'c', 'b'>", "\"a\" | \"c\""),
        ("{ a: string } & { b: number }", "{ a: string; b: number }"),
        ("{ a: string } & { [key: string]: unknown }", "{ a: string } & { [key: string]: unknown }"),
        ("string & { readonly __brand: 'Id' }", "string"),
        ("{ a: { b: 1 } }['a']['b']", "1"),
        (
            "{ a: string }[]['length']",
            "unknown\na part of the result is `unknown` to callers: what is taken out of this type can not be told",
        ),
        ("keyof { a: 1; b: 2 }", "\"a\" | \"b\""),
        ("Santokit.Json", "unknown"),
        ("any", "unknown"),
        ("URL", "string"),
    ] {
        assert_eq!(returned("", of), expected, "{of}");
    }
}

#[test]
fn names_are_followed_through_files() {
    let more = [
        (
            "logic/types.ts",
            "export * from './lib/base';\nexport type { Money as Price } from './lib/base';\nimport type { Base } from './lib/base';\nexport interface User extends Base { name: string }\n",
        ),
        (
            "logic/lib/base.ts",
            "export interface Base { id: string; at: Date }\nexport type Money = string;\nexport enum Status { Open = 'open', Closed = 'closed' }\nexport enum Level { Low, High = 5, Top }\n",
        ),
        ("logic/shapes.d.ts", "export interface Point { x: number; y: number }\n"),
    ];
    let text = "import type { User, Price, Status } from './types';\nimport * as all from './types';\nimport { type Point } from './shapes';\n\
                interface Page<T, More = null> { items: T[]; more: More }\n\
                type Local = { price: Price; status: Status; open: Status.Open; level: all.Level };\n\
                export default async (): Promise<Page<User & Local, string> & { at: Point }> => { throw 1; };\n";
    assert_eq!(
        result(text, &more),
        "{ items: { id: string; at: string; name: string; price: string; status: \"open\" | \"closed\"; open: \"open\"; \
         level: 0 | 5 | 6 }[]; more: string; at: { x: number; y: number } }"
    );
}

#[test]
fn types_that_hold_themselves_have_a_name() {
    assert_snapshot!(returned(
        "interface Tree { name: string; children: Tree[]; owner?: Owner }\ninterface Owner { tree: Tree | null }",
        "{ root: Tree }"
    ), @r#"
    { root: SantokitTypes["logic/get.ts#Tree"] }
    "logic/get.ts#Tree": { name: string; children: SantokitTypes["logic/get.ts#Tree"][]; owner?: { tree: SantokitTypes["logic/get.ts#Tree"] | null } };
    "#);
    assert_snapshot!(returned("type Json = string | number | boolean | null | Json[] | { [key: string]: Json };", "Json"), @r#"
    SantokitTypes["logic/get.ts#Json"]
    "logic/get.ts#Json": string | number | boolean | null | SantokitTypes["logic/get.ts#Json"][] | { [key: string]: SantokitTypes["logic/get.ts#Json"] };
    "#);
    assert_snapshot!(returned("type Loop = Loop;", "Loop"), @r#"
    SantokitTypes["logic/get.ts#Loop"]
    "logic/get.ts#Loop": unknown;
    "#);
    assert_snapshot!(returned("type Grow<T> = { next: Grow<T[]>; value: T };", "Grow<string>"), @r#"
    { next: unknown; value: string }
    a part of the result is `unknown` to callers: `Grow` holds itself with other arguments
    "#);
}

#[test]
fn what_json_can_not_carry_is_told() {
    for (declared, of) in [
        ("", "{ total: bigint }"),
        ("", "Map<string, number>"),
        ("", "Uint8Array"),
        ("class User { name = '' }", "User"),
        ("", "Missing"),
        ("import type { Row } from 'pg';", "Row[]"),
        ("const x = { a: 1 };", "typeof x"),
        ("", "{ toJSON(): string }"),
        ("", "{ [K in 'a' | 'b']: number }"),
        ("type If<T> = T extends string ? 1 : 2;", "If<'a'>"),
    ] {
        let told = returned(declared, of);
        assert!(
            told.contains("unknown") && told.contains("a part of the result is `unknown`"),
            "{of}: {told}"
        );
    }
    let wide = format!(
        "type T0 = string;\n{}",
        (1..100).map(|n| format!("type T{n} = [T{0}, T{0}];\n", n - 1)).collect::<String>()
    );
    assert!(returned(&wide, "T99").ends_with("the type is too large"), "no type takes all memory");
}

#[test]
fn every_way_to_declare_a_result_is_read() {
    for text in [
        "export default async function handler(): Promise<{ id: string }> { throw 1; }",
        "export default function (): { id: string } { throw 1; }",
        "export default async (): Promise<{ id: string }> => ({ id: '' });",
        "const handler = async (): Promise<{ id: string }> => ({ id: '' });\nexport default handler;",
        "async function handler(): Promise<{ id: string }> { throw 1; }\nexport { handler as default };",
        "const handler: Santokit.Handler<{ a: string }, { id: string }> = async () => ({ id: '' });\nexport default handler;",
        "export default (async () => ({ id: '' })) satisfies Handler<any, { id: string }>;",
        "/* returns: { id: string } */\nexport default async () => ({ id: '' });",
        "/* returns: \"{ id: string }\" */\nexport default async (): Promise<any> => ({ id: '' });",
        "/* returns: Mine */\ninterface Mine { id: string }\nexport default async () => ({ id: '' });",
    ] {
        assert_eq!(result(text, &[]), "{ id: string }", "{text}");
    }
    let listed = "/* returns: [{ id: string, tags: [string], \"at?\": Date, owner: { name: string | null } }] */\nexport default () => [];";
    assert_eq!(
        result(listed, &[]),
        "{ id: string; tags: string[]; at?: string; owner: { name: string | null } }[]"
    );
    assert_eq!(result("/* returns: none */\nexport default () => {};", &[]), "void");
}

#[test]
fn what_is_no_type_is_told() {
    assert_snapshot!(report(&project(&[
        ("logic/a.js", "/* returns: many */\nexport default () => 1;"),
        ("logic/b.js", "/* returns: \"{ id: string\" */\nexport default () => 1;"),
        ("logic/c.js", "/* returns: \"string; type X = 1\" */\nexport default () => 1;"),
        ("logic/d.js", "/* returns: [string, number] */\nexport default () => 1;"),
        ("logic/e.js", "/* returns: { id: 5 } */\nexport default () => 1;"),
        ("logic/f.js", "/* returns: 5 */\nexport default () => 1;"),
        ("logic/g.sql", "/* returns: { id: string } */\nselect 1"),
        ("logic/h.sql", "/* returns: al */\nselect 1"),
        ("logic/i.js", "/* access: public */\nexport default () => 1;"),
        ("logic/_j.js", "/* access: public */\nexport default () => 1;"),
        ("logic/k.ts", "export default async (params: any) => 1;"),
    ])), @r#"
    logic/a.js:1:13 error header.invalid_value
      `many` speaks of rows, which only SQL has
      hint: write a type, such as `{ id: string }` or `"string[]"`, or `none`
      | /* returns: many */
      |             ^
    logic/b.js:1:13 error header.invalid_value
      `{ id: string` is not a TypeScript type: Expected `}` but found `EOF`
      | /* returns: "{ id: string" */
      |             ^
    logic/c.js:1:13 error header.invalid_value
      `string; type X = 1` is not a TypeScript type: it is more than one type
      | /* returns: "string; type X = 1" */
      |             ^
    logic/d.js:1:13 error header.invalid_value
      a list here holds the one type of its elements
      hint: as in `returns: [{ id: string }]`
      | /* returns: [string, number] */
      |             ^
    logic/e.js:1:19 error header.wrong_type
      a type must be text, not a number
      hint: put it in quotes
      | /* returns: { id: 5 } */
      |                   ^
    logic/f.js:1:13 error header.wrong_type
      `returns` must be text, or a list, or a mapping, not a number
      | /* returns: 5 */
      |             ^
    logic/g.sql:1:13 error header.wrong_type
      `returns` is a word for SQL: its columns are known from the database
      hint: use `types:` where a column's own type is not what is meant
      | /* returns: { id: string } */
      |             ^
    logic/h.sql:1:13 error header.invalid_value
      `returns` must be one of `one`, `optional`, `many`, `value`, `none`, not `al`
      | /* returns: al */
      |             ^
    logic/i.js:2:16 info result.unknown
      nothing says what this logic answers, so callers see `unknown`
      hint: say it in the header, as in `returns: { id: string }`
      | export default () => 1;
      |                ^
    logic/k.ts:1:16 info result.unknown
      nothing says what this logic answers, so callers see `unknown`
      hint: annotate what the handler returns, as in `: Promise<{ id: string }>`, or say it with `returns:`
      | export default async (params: any) => 1;
      |                ^
    "#);
}

#[test]
fn openapi_and_json_know_declared_results() {
    let text = "/* access: public */\ninterface Tree { children: Tree[] }\n\
                export default (): { id: string; n?: number | null; kind: 'a' | 'b'; pair: [number, string]; tree: Tree; more: Record<string, boolean> } => { throw 1; };\n";
    let checked = good(&project(&[("logic/get.ts", text)]));
    let manifest = ClientManifest::new(&checked.manifest, &BTreeMap::new());
    let document: serde_json::Value = serde_json::from_str(&openapi("shop", &manifest)).unwrap();
    let schema =
        &document["paths"]["/call/get"]["post"]["responses"]["200"]["content"]["application/json"]["schema"];
    assert_snapshot!(schema, @r##"{"properties":{"id":{"type":"string"},"kind":{"enum":["a","b"]},"more":{"additionalProperties":{"type":"boolean"},"type":"object"},"n":{"anyOf":[{"type":"number"},{"type":"null"}]},"pair":{"maxItems":2,"minItems":2,"prefixItems":[{"type":"number"},{"type":"string"}],"type":"array"},"tree":{"$ref":"#/components/schemas/logic.get.ts.Tree"}},"required":["id","kind","pair","tree","more"],"type":"object"}"##);
    assert_snapshot!(document["components"]["schemas"]["logic.get.ts.Tree"], @r##"{"properties":{"children":{"items":{"$ref":"#/components/schemas/logic.get.ts.Tree"},"type":"array"}},"required":["children"],"type":"object"}"##);
    let again: ClientManifest = serde_json::from_str(&manifest.to_json()).unwrap();
    assert_eq!(again, manifest, "`stk sync --offline` writes the same types");
}
