//! Messages: pages of history.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::routing::get;
use axum::{Json, Router};
use chatterbox_protocol::errors::{ErrorCode, Refusal};
use chatterbox_protocol::ids::{RoomId, Seq};
use chatterbox_protocol::limits::{HISTORY_PAGE, HISTORY_PAGE_MAX};
use chatterbox_protocol::messages::MessagePage;
use chatterbox_store::{NewestPage, Page, PageAfter, PageBefore};

use super::authentication::Authenticated;
use super::query::{Query, number};
use super::segment::Segment;
use crate::app::App;
use crate::refusals::Answer;

/// The doors of messages.
pub(super) fn doors() -> Router<Arc<App>> {
    Router::new().route("/api/rooms/{room}/messages", get(page))
}

/// `GET /api/rooms/{room}/messages?before=SEQ&limit=N`, or `after=SEQ`: a page of history, oldest first.
pub(crate) async fn page(
    State(app): State<Arc<App>>,
    Authenticated(actor): Authenticated,
    Segment(room): Segment,
    RawQuery(query): RawQuery,
) -> Answer<Json<MessagePage>> {
    let room = RoomId(number("room", &room, 1)?);
    let Range { bound, limit } = match Range::parse(query.as_deref().unwrap_or_default()) {
        Ok(range) => range,
        Err(refusal) => {
            // Whoever may not see the room is told that, whatever else they got wrong.
            app.store.ask(actor, NewestPage { room, limit: 0 }).await??;
            return Err(refusal.into());
        }
    };
    let page = match bound {
        Bound::Before(before) => app.store.ask(actor, PageBefore { room, before, limit }).await??,
        Bound::After(after) => app.store.ask(actor, PageAfter { room, after, limit }).await??,
        Bound::Newest => app.store.ask(actor, NewestPage { room, limit }).await??,
    };
    let Page { messages, states, more, .. } = page;
    Ok(Json(MessagePage { messages: app.hub.receipts.describe(messages), states, more }))
}

#[derive(Debug, PartialEq, Eq)]
struct Range {
    bound: Bound,
    limit: usize,
}

/// Where a page ends or begins.
#[derive(Debug, PartialEq, Eq)]
enum Bound {
    Before(Seq),
    After(Seq),
    Newest,
}

impl Range {
    fn parse(query: &str) -> Result<Self, Refusal> {
        let query = Query::parse(Some(query), &["before", "after", "limit"])?;
        let (before, after) = (query.number_from("before", 1)?, query.number("after")?);
        let limit =
            query.number_from("limit", 1)?.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(HISTORY_PAGE);
        let bound = match (before, after) {
            (None, None) => Bound::Newest,
            (Some(before), None) => Bound::Before(Seq(before)),
            (None, Some(after)) => Bound::After(Seq(after)),
            (Some(_), Some(_)) => {
                let message = "`after` may not be there beside `before`: a page has one of them.";
                return Err(Refusal::field(ErrorCode::InvalidField, "after", message));
            }
        };
        Ok(Self { bound, limit: limit.min(HISTORY_PAGE_MAX) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x25_x27_only_whole_numbers_and_each_once() {
        assert_eq!(
            Range::parse("before=7&limit=1000"),
            Ok(Range { bound: Bound::Before(Seq(7)), limit: HISTORY_PAGE_MAX })
        );
        assert_eq!(Range::parse("after=0"), Ok(Range { bound: Bound::After(Seq(0)), limit: HISTORY_PAGE }));
        assert_eq!(Range::parse(""), Ok(Range { bound: Bound::Newest, limit: HISTORY_PAGE }));
        for bad in [
            "before=0",
            "before=-1",
            "before=+1",
            "before=1e3",
            "before=9007199254740992",
            "before=1&before=2",
            "limit=",
            "limit",
            "after=-1",
            "after=1&after=1",
            "after=1&before=3",
            "around=1",
            "before=1.0",
            "before=%31",
        ] {
            assert!(Range::parse(bad).is_err(), "{bad}");
        }
    }
}
