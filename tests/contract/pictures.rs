//! The pictures that people show of themselves: whoever has their card sees them, and nobody else; nothing but pixels is left of
//! what they sent.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use reqwest::Method;
use serde_json::json;

use super::guests::becomes_guest;
use super::making_rooms::makes;
use crate::harness::{Answer, Asks, Plan, Server, Socket, User};

/// A picture of one colour, as a program writes it.
pub(crate) fn png(shade: u8) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let image = RgbImage::from_pixel(40, 30, Rgb([shade, 100, 100]));
    DynamicImage::ImageRgb8(image).write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// Shows this of oneself.
pub(crate) async fn shows(user: &User, bytes: Vec<u8>) -> Answer {
    // Whatever it says that it is.
    let request = user.request(Method::PUT, "/api/me/picture").header("content-type", "text/html");
    Answer::to(request.body(bytes)).await
}

/// The address of somebody's picture.
fn address(user: &User, version: &str) -> String {
    format!("/api/users/{}/picture/{version}", user.id)
}

/// Opens a socket that follows the house's log.
async fn follows_house(user: &User) -> Socket {
    let mut socket = user.connects_for_more().await;
    socket.say(json!({"type": "hello", "follow": [], "house": 0})).await;
    socket.hears_where("the house", |event| event["type"] == "states" && event["house"] == json!(true)).await;
    socket
}

/// The version of the picture that is told of next.
pub(crate) async fn hears_version(socket: &mut Socket, of: &User) -> Option<String> {
    let card = socket.hears_where("a card", |event| event["kind"] == "card" && event["id"] == of.id).await;
    card["state"]["profile"]["picture"].as_str().map(str::to_owned)
}

#[tokio::test]
async fn a_picture_is_on_the_card_at_once_and_another_one_has_another_address() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let mut hears = follows_house(&ada).await;
    let mut old = ada.arrives().await;
    shows(&grace, png(10)).await.done();
    let first = hears_version(&mut hears, &grace).await.unwrap();
    assert!(first.len() >= 22, "nobody guesses {first}");
    let picture = ada.gets(&address(&grace, &first)).await;
    assert_eq!((picture.status, picture.header("content-type")), (200, "image/webp"));
    assert!(picture.body.len() <= 64 * 1024);
    let read = image::load_from_memory_with_format(&picture.body, ImageFormat::WebP).unwrap();
    assert_eq!((read.width(), read.height()), (256, 256));
    // Opened by itself it runs nothing, and nobody but the browser that asked keeps it.
    assert_eq!(picture.header("content-security-policy"), "sandbox; default-src 'none'");
    assert_eq!(picture.header("x-content-type-options"), "nosniff");
    assert_eq!(picture.header("cross-origin-resource-policy"), "same-origin");
    assert_eq!(picture.header("cache-control"), "private, max-age=31536000, immutable");
    shows(&grace, png(200)).await.done();
    let second = hears_version(&mut hears, &grace).await.unwrap();
    assert_ne!(first, second);
    ada.gets(&address(&grace, &first)).await.refused(404, "not_found");
    Answer::to(grace.request(Method::PATCH, "/api/me").json(&json!({"bio": "Counts."}))).await.done();
    assert_eq!(hears_version(&mut hears, &grace).await, Some(second.clone()), "the rest of a profile changes alone");
    old.hears_nothing().await;
    // It is in the database, and so in each backup.
    let server = server.again().await;
    let (ada, grace) = (ada.at(&server), grace.at(&server));
    assert_eq!(ada.gets(&address(&grace, &second)).await.status, 200);
    let mut hears = follows_house(&ada).await;
    grace.deletes_at("/api/me/picture").await.done();
    assert_eq!(hears_version(&mut hears, &grace).await, None);
    grace.deletes_at("/api/me/picture").await.done();
    ada.gets(&address(&grace, &second)).await.refused(404, "not_found");
}

#[tokio::test]
async fn z2_nobody_puts_a_picture_on_another_and_administrators_take_one_away() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let linus = server.register("linus").await;
    let mut hears = follows_house(&ada).await;
    shows(&grace, png(1)).await.done();
    let version = hears_version(&mut hears, &grace).await.unwrap();
    let path = format!("/api/users/{}/picture", grace.id);
    linus.deletes_at(&path).await.refused(403, "forbidden");
    Answer::to(ada.request(Method::PUT, &path).body(png(2))).await.refused(405, "method_not_allowed");
    assert_eq!(linus.gets(&address(&grace, &version)).await.status, 200);
    ada.deletes_at(&path).await.done();
    assert_eq!(hears_version(&mut hears, &grace).await, None);
    ada.deletes_at("/api/users/99/picture").await.refused(404, "not_found");
    server.gets(&address(&grace, &version)).await.refused(401, "unauthorized");
    Answer::to(server.request(Method::PUT, "/api/me/picture").body(png(3))).await.refused(401, "unauthorized");
}

#[tokio::test]
async fn p2_a_guest_sees_the_pictures_of_those_who_share_a_room_with_them_and_whatever_else_is_not_there() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let (guest, stranger) = (server.register("guest").await, server.register("stranger").await);
    let mut hears = follows_house(&ada).await;
    let mut versions = Vec::new();
    for user in [&grace, &stranger] {
        shows(user, png(1)).await.done();
        versions.push(hears_version(&mut hears, user).await.unwrap());
    }
    makes(&ada, json!({"name": "Den", "kind": "closed", "people": [grace.id, guest.id]})).await;
    let guest = becomes_guest(&server, &ada, &guest).await;
    assert_eq!(guest.gets(&address(&grace, &versions[0])).await.status, 200);
    let refused = guest.gets(&address(&stranger, &versions[1])).await;
    refused.refused(404, "not_found");
    for path in [address(&stranger, "never"), address(&grace, "never"), "/api/users/99/picture/never".to_owned()] {
        assert_eq!(guest.gets(&path).await.body, refused.body, "{path}");
    }
    shows(&guest, png(9)).await.done();
}

#[tokio::test]
async fn x61_x62_what_is_no_picture_or_too_much_of_one_changes_nothing() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let mut hears = follows_house(&ada).await;
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".to_vec();
    for bytes in [svg, b"<!doctype html><script>alert(1)</script>".to_vec(), Vec::new(), png(1)[..50].to_vec()] {
        shows(&ada, bytes).await.refused(422, "picture_refused");
    }
    let mut bomb = png(1);
    // Sixty thousand times as many, without the checksum of the header.
    bomb[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
    shows(&ada, bomb).await.refused(422, "picture_refused");
    shows(&ada, vec![0x89; 8 * 1024 * 1024 + 1]).await.refused(413, "too_large");
    shows(&ada, png(1)).await.done();
    assert!(hears_version(&mut hears, &ada).await.is_some(), "what was refused was told to nobody");
}

#[tokio::test]
async fn who_changes_a_picture_all_the_time_has_to_wait_before_any_of_it_is_read() {
    let server = Plan::new().with_rate_limits().start().await;
    let ada = server.register("ada").await;
    let mut refused = 0;
    for _ in 0..15 {
        refused += u32::from(shows(&ada, b"no picture".to_vec()).await.status == 429);
    }
    assert_eq!(refused, 5);
    // Pages look at hundreds of pictures, and go on with the rest meanwhile.
    for _ in 0..300 {
        ada.gets("/api/users/1/picture/never").await.refused(404, "not_found");
    }
    ada.gets("/api/me").await.ok();
}
