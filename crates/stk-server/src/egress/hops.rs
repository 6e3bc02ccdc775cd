//! From the first address to the last: each hop is judged before it is taken.

use std::net::IpAddr;

use http::{HeaderMap, Method, StatusCode, header};
use reqwest::{Client, Response, Url};
use stk_runtime::OperationFault;

use super::address::may_connect;
use super::allow::AllowList;
use super::body::Body;
use super::fault::{failed, of_client, refused};
use super::input::{Open, Redirect};

/// Redirects of one fetch: the bound of the standard.
const HOPS_MAX: usize = 20;

/// Headers that are of the body.
const OF_BODY: [header::HeaderName; 4] =
    [header::CONTENT_TYPE, header::CONTENT_ENCODING, header::CONTENT_LANGUAGE, header::CONTENT_LOCATION];

/// Headers that are for one origin only.
const OF_ORIGIN: [header::HeaderName; 2] = [header::AUTHORIZATION, header::COOKIE];

/// The answer that counts, and whether a redirect led to it.
pub(super) struct Arrived {
    pub(super) response: Response,
    pub(super) redirected: bool,
}

/// Refuses what the project does not name, and literal addresses that are not public.
pub(super) fn check(url: &Url, allowed: &AllowList, loopback: bool) -> Result<(), OperationFault> {
    let host = url.host_str().unwrap_or_default();
    if !allowed.allows(url) {
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        let detail =
            format!("`{host}{port}` is not allowed; hint: name it under `hosts` in config/egress.yaml");
        return Err(refused(detail));
    }
    // The client takes a literal address as it is, without asking the resolver.
    let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    if literal.is_ok_and(|address| !may_connect(address, loopback)) {
        return Err(refused(format!("`{host}` is an address inside a private network")));
    }
    Ok(())
}

/// Sends the request and goes where redirects lead.
pub(super) async fn travel(
    client: Client,
    open: Open,
    mut body: Body,
    allowed: &AllowList,
    loopback: bool,
) -> Result<Arrived, OperationFault> {
    let Open { mut url, mut method, mut headers, redirect, .. } = open;
    for hop in 0..=HOPS_MAX {
        let sent = body.next().ok_or_else(|| failed("a streamed body can not be sent again"))?;
        let request = client.request(method.clone(), url.clone()).headers(headers.clone());
        let request = if body.is_some() { request.body(sent) } else { request };
        let response = request.send().await.map_err(of_client)?;
        check_peer(&response, loopback)?;
        let Some(next) = target(&response, redirect)? else {
            return Ok(Arrived { response, redirected: hop > 0 });
        };
        let next = next.map_err(|error| failed(format!("the redirect leads to no URL: {error}")))?;
        if !matches!(next.scheme(), "http" | "https") {
            return Err(failed(format!("the redirect leads to the scheme `{}`", next.scheme())));
        }
        check(&next, allowed, loopback)?;
        (method, body) = follow(response.status(), method, body, &mut headers);
        if next.origin() != url.origin() {
            OF_ORIGIN.iter().for_each(|name| drop(headers.remove(name)));
        }
        url = next;
    }
    Err(failed(format!("more than {HOPS_MAX} redirects")))
}

type Target = Result<Url, <Url as std::str::FromStr>::Err>;

/// Where the answer redirects to, if it is to be followed.
fn target(response: &Response, redirect: Redirect) -> Result<Option<Target>, OperationFault> {
    let is_redirect = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    let Some(location) = response.headers().get(header::LOCATION).filter(|_| is_redirect) else {
        return Ok(None);
    };
    match redirect {
        Redirect::Manual => Ok(None),
        Redirect::Error => Err(failed("the address redirects, and `redirect` is `error`")),
        Redirect::Follow => {
            let location = String::from_utf8_lossy(location.as_bytes());
            Ok(Some(response.url().join(&location)))
        }
    }
}

/// Method and body of the next request, as the standard has it.
fn follow(status: StatusCode, method: Method, body: Body, headers: &mut HeaderMap) -> (Method, Body) {
    let becomes_get = match status {
        StatusCode::SEE_OTHER => method != Method::GET && method != Method::HEAD,
        StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => method == Method::POST,
        _ => false,
    };
    if !becomes_get {
        return (method, body);
    }
    OF_BODY.iter().for_each(|name| drop(headers.remove(name)));
    (Method::GET, Body::None)
}

/// Once more, of the connection that was made: nothing but a vetted address can be at its other end.
fn check_peer(response: &Response, loopback: bool) -> Result<(), OperationFault> {
    match response.remote_addr() {
        Some(peer) if !may_connect(peer.ip(), loopback) => {
            Err(refused("the connection leads into a private network"))
        }
        _ => Ok(()),
    }
}
