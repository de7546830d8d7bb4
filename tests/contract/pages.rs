//! The pages: part of the program, compressed, cached for good or asked for anew, and nothing inline that nobody named.

use std::collections::BTreeSet;

use base64::prelude::{BASE64_STANDARD, Engine};
use reqwest::Method;
use sha2::{Digest, Sha256};

use crate::harness::{Answer, Asks, Plan, Server, skip};

const PAGES: [&str; 4] = ["login", "register", "chat", "admin"];

/// Whether this program has its pages. Without them there is little to test.
fn has_pages(test: &str) -> bool {
    let is_stub = option_env!("CHATTERBOX_WEB") == Some("stub");
    if is_stub {
        skip(test, "the program was built with CHATTERBOX_WEB=stub");
    }
    !is_stub
}

/// The files that a page speaks of, which it names by their place beside it.
fn files(text: &str) -> BTreeSet<String> {
    let ends = |c: char| matches!(c, '"' | '\'' | '`' | ')' | '?' | '#' | ' ' | '>' | '\\');
    let found = text.match_indices("\"./").map(|(at, open)| text[at + open.len()..].split(ends).next().unwrap());
    found.filter(|path| path.contains('.') && !path.ends_with(".html")).map(|path| format!("/ui/{path}")).collect()
}

async fn with_encoding(server: &Server, path: &str, accepted: &str) -> Answer {
    Answer::to(server.request(Method::GET, path).header("accept-encoding", accepted)).await
}

#[tokio::test]
async fn the_front_door_leads_to_registration_as_long_as_there_is_nobody_and_then_to_the_chat() {
    let server = Server::start().await;
    for path in ["/", "/ui", "/ui/"] {
        let answer = server.gets(path).await;
        assert_eq!((answer.status, answer.header("location")), (307, "/ui/register.html"));
    }
    server.register("ada").await;
    for path in ["/", "/ui", "/ui/"] {
        assert_eq!(server.gets(path).await.header("location"), "/ui/chat.html");
    }
}

#[tokio::test]
async fn the_contracts_pages_are_there_without_a_session() {
    let server = Server::start().await;
    for page in PAGES {
        let answer = server.gets(&format!("/ui/{page}.html")).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(answer.header("cache-control"), "no-cache");
        assert!(answer.text().to_ascii_lowercase().starts_with("<!doctype html>"));
    }
}

#[tokio::test]
async fn what_is_asked_of_every_host_is_answered_also_below_a_path() {
    let server = Server::start().await;
    let below = Plan::new().with("--public-url", "https://example.org/chat/").start().await;
    for (server, prefix) in [(&server, ""), (&below, ""), (&below, "/chat")] {
        let icon = server.gets(&format!("{prefix}/favicon.ico")).await;
        assert_eq!((icon.status, icon.header("content-type")), (200, "image/vnd.microsoft.icon"));
        assert!(icon.body.starts_with(&[0, 0, 1, 0]), "no icon");
        let robots = server.gets(&format!("{prefix}/robots.txt")).await;
        assert_eq!((robots.status, robots.header("content-type")), (200, "text/plain; charset=utf-8"));
        assert_eq!(robots.text(), "User-agent: *\nAllow: /ui/\nDisallow: /\n");
        for answer in [&icon, &robots] {
            assert_eq!(answer.header("cache-control"), "no-cache");
            assert!(answer.maybe_header("etag").is_some());
        }
    }
}

#[tokio::test]
async fn a_page_that_has_not_changed_is_not_sent_again() {
    let server = Server::start().await;
    for page in PAGES {
        let path = format!("/ui/{page}.html");
        let tag = server.gets(&path).await.header("etag").to_owned();
        for (known, status) in [
            (tag.clone(), 304),
            ("*".to_owned(), 304),
            (format!("W/{tag}"), 304),
            (format!("\"x\", {tag}"), 304),
            ("\"x\"".to_owned(), 200),
            (tag.trim_matches('"').to_owned(), 200),
        ] {
            let answer = Answer::to(server.request(Method::GET, &path).header("if-none-match", &known)).await;
            assert_eq!(answer.status, status, "{known}");
            assert_eq!(answer.header("etag"), tag);
            assert_eq!(answer.body.is_empty(), status == 304);
        }
    }
}

#[tokio::test]
async fn pages_and_what_they_need_come_compressed_for_whoever_takes_that() {
    if !has_pages("compression") {
        return;
    }
    let server = Server::start().await;
    let page = server.gets("/ui/chat.html").await;
    let script = files(&page.text()).into_iter().find(|path| path.ends_with(".js")).expect("the chat has a script");
    for path in ["/ui/chat.html", &script] {
        let plain = with_encoding(&server, path, "identity").await;
        assert!(plain.maybe_header("content-encoding").is_none());
        for (accepted, coding) in [
            ("gzip, deflate, br", Some("br")),
            ("gzip", Some("gzip")),
            ("br;q=0, gzip", Some("gzip")),
            ("deflate", None),
            ("gzip;q=0", None),
            ("", None),
            ("BR", Some("br")),
        ] {
            let answer = with_encoding(&server, path, accepted).await;
            assert_eq!(answer.maybe_header("content-encoding"), coding, "{path} for {accepted:?}");
            assert!(answer.header("vary").to_ascii_lowercase().contains("accept-encoding"));
            assert_eq!(answer.header("content-type"), plain.header("content-type"));
            assert!(coding.is_none() || answer.body.len() < plain.body.len(), "{path} for {accepted:?}");
        }
    }
}

#[tokio::test]
async fn each_encoding_of_a_page_has_a_tag_of_its_own() {
    if !has_pages("tags of encodings") {
        return;
    }
    let server = Server::start().await;
    let mut tags = BTreeSet::new();
    for accepted in ["identity", "gzip", "br"] {
        let tag = with_encoding(&server, "/ui/chat.html", accepted).await.header("etag").to_owned();
        for (known, status) in
            [(&*tag, 304), ("\"x\"", 200)].into_iter().chain(tags.iter().map(|other: &String| (&**other, 200)))
        {
            let request = server.request(Method::GET, "/ui/chat.html").header("accept-encoding", accepted);
            let answer = Answer::to(request.header("if-none-match", known)).await;
            assert_eq!((answer.status, answer.header("etag")), (status, &*tag), "{accepted}");
            assert!(answer.header("vary").eq_ignore_ascii_case("accept-encoding"));
        }
        tags.insert(tag);
    }
    assert_eq!(tags.len(), 3, "{tags:?}");
}

#[tokio::test]
async fn a_page_asks_for_nothing_by_a_path_from_the_root() {
    if !has_pages("paths in pages") {
        return;
    }
    let server = Server::start().await;
    for page in PAGES {
        let text = server.gets(&format!("/ui/{page}.html")).await.text();
        for attribute in ["src=\"", "href=\""] {
            for (at, _) in text.match_indices(attribute) {
                assert!(text[at + attribute.len()..].starts_with("./"), "{page}: {}", &text[at..at + 40]);
            }
        }
    }
}

#[tokio::test]
async fn everything_that_a_page_needs_is_there_and_kept_for_good_if_its_name_has_a_hash() {
    if !has_pages("what pages need") {
        return;
    }
    let server = Server::start().await;
    for page in PAGES {
        let text = server.gets(&format!("/ui/{page}.html")).await.text();
        let needed = files(&text);
        assert!(needed.iter().any(|path| path.ends_with(".js")), "{page} has no script: {needed:?}");
        for path in needed {
            let answer = server.gets(&path).await;
            assert_eq!(answer.status, 200, "{path}");
            let kind = match path.rsplit('.').next().unwrap() {
                "js" => "text/javascript; charset=utf-8",
                "css" => "text/css; charset=utf-8",
                "svg" => "image/svg+xml",
                "png" => "image/png",
                "webmanifest" => "application/manifest+json",
                other => panic!("{path}: who serves {other}?"),
            };
            assert_eq!(answer.header("content-type"), kind, "{path}");
            let caching =
                if path.starts_with("/ui/assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
            assert_eq!(answer.header("cache-control"), caching, "{path}");
        }
    }
}

#[tokio::test]
async fn x30_nothing_is_inline_in_a_page_but_what_its_policy_names_by_hash() {
    if !has_pages("inline scripts") {
        return;
    }
    let server = Server::start().await;
    for page in PAGES {
        let answer = server.gets(&format!("/ui/{page}.html")).await;
        let (text, policy) = (answer.text(), answer.header("content-security-policy"));
        for element in ["script", "style"] {
            let of_element = format!("{element}-src ");
            let rule = policy.split("; ").find_map(|rule| rule.strip_prefix(&of_element)).unwrap();
            let mut named: BTreeSet<&str> = rule.split(' ').filter(|source| *source != "'self'").collect();
            for after in text.split(&format!("<{element}")).skip(1) {
                let (attributes, rest) = after.split_once('>').unwrap();
                if attributes.contains("src=\"./") {
                    continue;
                }
                let inline = rest.split(&format!("</{element}>")).next().unwrap();
                let source = format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(inline)));
                assert!(attributes.is_empty() && named.remove(&*source), "{page}: {element}{attributes}: {inline}");
            }
            assert!(named.is_empty(), "{page}: the policy allows what is not there: {named:?}");
        }
        let known = Answer::to(server.request(Method::GET, &format!("/ui/{page}.html")).header("if-none-match", "*"));
        assert_eq!(known.await.header("content-security-policy"), policy, "of a page that has not changed");
        assert!(!text.contains(" style="), "{page}: an inline style");
        assert!(!text.contains("onload=") && !text.contains("onclick=") && !text.contains("javascript:"), "{page}");
        for (at, _) in text.match_indices("http") {
            let address = &text[at..text.len().min(at + 60)];
            assert!(!address.starts_with("http://") && !address.starts_with("https://"), "{page} asks {address}");
        }
    }
}
