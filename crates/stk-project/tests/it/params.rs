//! Params, access and what the SQL makes of them.

use insta::assert_snapshot;

use crate::report_sql;

#[test]
fn params_are_declared_and_used() {
    assert_snapshot!(report_sql("---\nparams:\n  limit: { type: int }\n  user_id: { type: uuid }\n  then: { type: int }\n---\nselect :limt, :user_ids, :wholly_other, :naïve"), @r#"
    logic/get.sql:3:3 error param.unused
      param `limit` is declared, but the SQL does not use it
      hint: write `:limit` where its value goes, or remove it
      |   limit: { type: int }
      |   ^
    logic/get.sql:4:3 error param.reserved
      `user_id` can not be declared
      hint: `:user_id` comes from the verified token, without a declaration
      |   user_id: { type: uuid }
      |   ^
    logic/get.sql:5:3 error header.invalid_value
      `then` is refused as a name, because JavaScript gives it a meaning of its own
      |   then: { type: int }
      |   ^
    logic/get.sql:5:3 error param.unused
      param `then` is declared, but the SQL does not use it
      hint: write `:then` where its value goes, or remove it
      |   then: { type: int }
      |   ^
    logic/get.sql:7:8 error param.undeclared
      param `:limt` is not declared
      hint: did you mean `:limit`?
      | select :limt, :user_ids, :wholly_other, :naïve
      |        ^
    logic/get.sql:7:15 error param.undeclared
      param `:user_ids` is not declared
      hint: did you mean `:user_id`?
      | select :limt, :user_ids, :wholly_other, :naïve
      |               ^
    logic/get.sql:7:26 error param.undeclared
      param `:wholly_other` is not declared
      hint: add it to `params:` of the header: `wholly_other: { type: string }`
      | select :limt, :user_ids, :wholly_other, :naïve
      |                          ^
    logic/get.sql:7:41 error param.name
      `naïve` is not a name: letters, digits and `_`, not starting with a digit, at most 63 bytes
      | select :limt, :user_ids, :wholly_other, :naïve
      |                                         ^
    "#);
}

#[test]
fn checks_and_defaults_fit_the_type() {
    assert_snapshot!(report_sql("\
---
params:
  a: { type: string, min: 1, default: 5 }
  b: { type: int, minLength: 1, default: 1.5 }
  c: { type: int, min: 5, max: 1, required: true, default: 3 }
  d: { type: enum }
  e: { type: enum, values: [x, x, 1], default: z }
  f: { type: array, default: [1] }
  g: { type: array, items: { type: int, max: 3 }, default: [1, 4] }
  h: { type: string, pattern: '(', minLength: 3, maxLength: 2 }
  i: { type: date, default: 2026-02-30, min: soon }
  j: { type: int, default: 9007199254740992 }
  k: { type: int, min: 1, default: 0 }
  l: { type: string, default: }
  m: { type: timestamp, default: '2026-01-31T12:00:00' }
  n: { required: true }
  o: uuid
  p: { type: bool, values: [a] }
---
select :a,:b,:c,:d,:e,:f,:g,:h,:i,:j,:k,:l,:m,:n,:o,:p"), @r#"
    logic/get.sql:3:27 error param.check
      `min` of `a` means nothing for type string
      hint: type string has `minLength`, `maxLength`, `pattern`, `format`
      |   a: { type: string, min: 1, default: 5 }
      |                           ^
    logic/get.sql:3:39 error param.default
      the default of `a` must be text, in quotes if it looks like something else
      |   a: { type: string, min: 1, default: 5 }
      |                                       ^
    logic/get.sql:4:30 error param.check
      `minLength` of `b` means nothing for type int
      hint: type int has `min`, `max`
      |   b: { type: int, minLength: 1, default: 1.5 }
      |                              ^
    logic/get.sql:4:42 error param.default
      the default of `b` must be a whole number within ±(2^53−1)
      |   b: { type: int, minLength: 1, default: 1.5 }
      |                                          ^
    logic/get.sql:5:24 error param.check
      `min` of `c` is more than `max`
      |   c: { type: int, min: 5, max: 1, required: true, default: 3 }
      |                        ^
    logic/get.sql:5:60 error param.required_default
      `c` is required and has a default, which could never be used
      hint: leave one of the two out
      |   c: { type: int, min: 5, max: 1, required: true, default: 3 }
      |                                                            ^
    logic/get.sql:6:14 error param.check
      enum `d` has no values
      hint: list them: `values: [a, b]`
      |   d: { type: enum }
      |              ^
    logic/get.sql:7:32 error param.check
      `x` stands twice in the values of `e`
      |   e: { type: enum, values: [x, x, 1], default: z }
      |                                ^
    logic/get.sql:7:35 error header.wrong_type
      an item of `params.e.values` must be text, not a number
      hint: put it in quotes
      |   e: { type: enum, values: [x, x, 1], default: z }
      |                                   ^
    logic/get.sql:7:48 error param.default
      the default of `e` must be one of `x`
      |   e: { type: enum, values: [x, x, 1], default: z }
      |                                                ^
    logic/get.sql:8:14 error param.check
      array `f` does not say what its items are
      hint: add `items: { type: string }`, or another type
      |   f: { type: array, default: [1] }
      |              ^
    logic/get.sql:9:60 error param.default
      the default of `g` must be a list whose items pass the checks: it is more than `max`
      |   g: { type: array, items: { type: int, max: 3 }, default: [1, 4] }
      |                                                            ^
    logic/get.sql:10:31 error param.check
      `pattern` of `h` is no regular expression: found open group without closing ')'
      hint: patterns have no look-around and no back-references; single quotes keep `\` as it is
      |   h: { type: string, pattern: '(', minLength: 3, maxLength: 2 }
      |                               ^
    logic/get.sql:10:47 error param.check
      `minLength` of `h` is more than `maxLength`
      |   h: { type: string, pattern: '(', minLength: 3, maxLength: 2 }
      |                                               ^
    logic/get.sql:11:29 error param.default
      the default of `i` must be a date, such as `2026-01-31`
      |   i: { type: date, default: 2026-02-30, min: soon }
      |                             ^
    logic/get.sql:11:46 error param.check
      `min` of `i` must be a date, such as `2026-01-31`
      |   i: { type: date, default: 2026-02-30, min: soon }
      |                                              ^
    logic/get.sql:12:28 error param.default
      the default of `j` must be a whole number within ±(2^53−1)
      |   j: { type: int, default: 9007199254740992 }
      |                            ^
    logic/get.sql:13:36 error param.default
      the default of `k` fails its checks: it is less than `min`
      |   k: { type: int, min: 1, default: 0 }
      |                                    ^
    logic/get.sql:14:22 error param.default
      the default of `l` is null
      hint: a param that is left out is null already: remove `default`
      |   l: { type: string, default: }
      |                      ^
    logic/get.sql:15:34 error param.default
      the default of `m` must be a timestamp with an offset, such as `2026-01-31T12:00:00Z`
      |   m: { type: timestamp, default: '2026-01-31T12:00:00' }
      |                                  ^
    logic/get.sql:16:6 error header.missing_key
      `type` of `params.n` is missing
      |   n: { required: true }
      |      ^
    logic/get.sql:17:6 error header.wrong_type
      `params.o` must be a mapping, not text
      |   o: uuid
      |      ^
    logic/get.sql:18:28 error param.check
      `values` of `p` means nothing for type bool
      hint: type bool has no checks
      |   p: { type: bool, values: [a] }
      |                            ^
    "#);
}

#[test]
fn access_names_the_closed_list_of_roles() {
    assert_snapshot!(report_sql("---\naccess: admn\n---\nselect 1"), @r#"
    logic/get.sql:2:9 error access.unknown_role
      there is no role `admn` in `config/auth.yaml`
      hint: did you mean `admin`?
      | access: admn
      |         ^
    "#);
    assert_snapshot!(report_sql("---\naccess: [staff, publik, public, staff]\n---\nselect 1"), @r#"
    logic/get.sql:2:17 error access.unknown_role
      there is no role `publik` in `config/auth.yaml`
      hint: add it there: `roles: [publik]`
      | access: [staff, publik, public, staff]
      |                 ^
    logic/get.sql:2:25 error header.invalid_value
      `public` stands by itself, not in a list of roles
      | access: [staff, publik, public, staff]
      |                         ^
    logic/get.sql:2:33 error header.invalid_value
      role `staff` stands twice
      | access: [staff, publik, public, staff]
      |                                 ^
    "#);
    assert_snapshot!(report_sql("---\naccess: []\n---\nselect 1"), @r#"
    logic/get.sql:2:9 error header.invalid_value
      an empty list of roles lets nobody call
      hint: a logic that only other logic may call has a name that starts with `_`
      | access: []
      |         ^
    "#);
}
