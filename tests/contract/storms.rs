//! Messages that are nothing but names, tags and signs: they are text, whatever they look like, and cost what their length costs.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::Server;

/// As much of a text as there may be.
const CHARS_MAX: usize = 8_000;

#[tokio::test]
async fn x35_a_storm_of_names_tags_and_signs_is_one_event_as_it_was_typed_and_rings_nobody_twice() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let (mut says, mut hears) = (ada.arrives().await, grace.arrives().await);
    says.hears_users(&["ada", "grace"]).await;
    for piece in ["@grace ", "@everyone ", "#tag", ":wave:", "👋🏽", "@", "@@grace:", "<@2>"] {
        let text = piece.repeat(CHARS_MAX / piece.chars().count());
        let (text, began) = (text.trim_end(), Instant::now());
        says.does(json!({"type": "send", "text": text})).await;
        let heard = hears.hears_message(text).await;
        assert!(heard.to_string().len() < text.len() * 2 + 512, "{piece}: it grows");
        // Some fifty times what it takes, and far less than anything quadratic would.
        assert!(began.elapsed() < Duration::from_secs(5), "{piece}: {:?}", began.elapsed());
        hears.hears_nothing().await;
    }
}
