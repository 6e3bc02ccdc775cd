//! The keys of `config/auth.yaml`.

use crate::shape::{Key, NameRule, Object, Shape};

pub(in crate::config) static SHAPE: Shape = Shape::Object(&AUTH);

pub(super) static AUTH: Object = Object {
    keys: &[
        Key {
            name: "jwt",
            shape: Shape::Object(&JWT),
            required: false,
            doc: "Tokens that the environment signs itself.",
        },
        Key {
            name: "issuers",
            shape: Shape::List(&Shape::Object(&ISSUER)),
            required: false,
            doc: "Foreign issuers whose tokens are accepted.",
        },
        Key {
            name: "providers",
            shape: Shape::Map { keys: NameRule::Identifier, values: &Shape::Object(&PROVIDER) },
            required: false,
            doc: "Identity providers to sign in with: `google`, `github`, or any OpenID provider with its `issuer`.",
        },
        Key {
            name: "emailPassword",
            shape: Shape::Object(&EMAIL_PASSWORD),
            required: false,
            doc: "Accounts with an email address and a password.",
        },
        Key {
            name: "session",
            shape: Shape::Object(&SESSION),
            required: false,
            doc: "Cookies of a session.",
        },
        Key {
            name: "roles",
            shape: Shape::List(&Shape::Either(&Shape::Name(NameRule::Role), &Shape::Object(&ROLE))),
            required: false,
            doc: "The closed list of roles; `access:` of a logic names only these.",
        },
        Key {
            name: "defaultRole",
            shape: Shape::Name(NameRule::Role),
            required: false,
            doc: "The role of a new account.",
        },
        Key {
            name: "redirects",
            shape: Shape::List(&Shape::Text),
            required: false,
            doc: "Addresses that a sign-in may return to, exactly.",
        },
    ],
};

static JWT: Object = Object {
    keys: &[
        Key {
            name: "secret",
            shape: Shape::Secret,
            required: false,
            doc: "HS256 with this secret, as a placeholder. Without one: the environment's own EdDSA keys.",
        },
        Key {
            name: "expiresIn",
            shape: Shape::Duration,
            required: false,
            doc: "Life of an access token. Default: 15m.",
        },
        Key {
            name: "refreshExpiresIn",
            shape: Shape::Duration,
            required: false,
            doc: "Life of a refresh token. Default: 30d.",
        },
    ],
};

pub(super) static ISSUER: Object = Object {
    keys: &[
        Key {
            name: "name",
            shape: Shape::Name(NameRule::Identifier),
            required: true,
            doc: "Short name; ids of its users are `name:subject`.",
        },
        Key { name: "issuer", shape: Shape::Text, required: true, doc: "The exact `iss` of its tokens." },
        Key { name: "audience", shape: Shape::Text, required: true, doc: "The exact `aud` of its tokens." },
        Key { name: "jwks", shape: Shape::Text, required: true, doc: "Address of its key set." },
        Key {
            name: "claims",
            shape: Shape::Object(&CLAIMS),
            required: false,
            doc: "Where its tokens say what, as dotted paths.",
        },
        Key {
            name: "subject",
            shape: Shape::Choice(&["raw"]),
            required: false,
            doc: "`raw`: ids of its users stand without the name. Only one source of tokens may.",
        },
    ],
};

static CLAIMS: Object = Object {
    keys: &[
        Key { name: "id", shape: Shape::Text, required: false, doc: "The subject. Default: sub." },
        Key { name: "email", shape: Shape::Text, required: false, doc: "The email address." },
        Key { name: "roles", shape: Shape::Text, required: false, doc: "The roles." },
    ],
};

pub(super) static PROVIDER: Object = Object {
    keys: &[
        Key {
            name: "enabled",
            shape: Shape::Bool,
            required: false,
            doc: "Whether it can be used. Default: true.",
        },
        Key {
            name: "clientId",
            shape: Shape::Template,
            required: true,
            doc: "The id that the provider gave the app.",
        },
        Key {
            name: "clientSecret",
            shape: Shape::Secret,
            required: true,
            doc: "The secret that the provider gave the app, as a placeholder.",
        },
        Key {
            name: "scopes",
            shape: Shape::List(&Shape::Text),
            required: false,
            doc: "What the app asks for.",
        },
        Key {
            name: "issuer",
            shape: Shape::Text,
            required: false,
            doc: "Address of an OpenID provider, found by discovery.",
        },
    ],
};

static EMAIL_PASSWORD: Object = Object {
    keys: &[
        Key {
            name: "enabled",
            shape: Shape::Bool,
            required: false,
            doc: "Whether people may register and sign in so. Default: true.",
        },
        Key {
            name: "requireEmailVerification",
            shape: Shape::Bool,
            required: false,
            doc: "Whether the address must be verified first. Default: true.",
        },
        Key {
            name: "passwordMinLength",
            shape: Shape::Int { min: 6, max: 128 },
            required: false,
            doc: "The shortest password. Default: 8.",
        },
    ],
};

static SESSION: Object = Object {
    keys: &[
        Key {
            name: "secure",
            shape: Shape::Bool,
            required: false,
            doc: "Cookies over https only. Default: true.",
        },
        Key {
            name: "httpOnly",
            shape: Shape::Bool,
            required: false,
            doc: "Cookies that scripts can not read. Default: true.",
        },
        Key {
            name: "sameSite",
            shape: Shape::Choice(&["strict", "lax", "none"]),
            required: false,
            doc: "Which sites' requests carry the cookies. Default: lax.",
        },
    ],
};

pub(super) static ROLE: Object = Object {
    keys: &[
        Key { name: "name", shape: Shape::Name(NameRule::Role), required: true, doc: "Name of the role." },
        Key { name: "description", shape: Shape::Text, required: false, doc: "Who has it." },
    ],
};
