//! The client's side of an HTTP connection, as HTTP gets to read it: request by request, and only what can be read in one way.
//! What is not is answered here, in the form that every refusal has, and is the end of the HTTP connection.

use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, SystemTime};
use std::{io, mem};

use axum::http::{HeaderValue, header};
use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::{Sleep, sleep};
use zeroize::Zeroize;

use crate::app::App;
use crate::head::{self, Body, Unreadable};
use crate::last_words::in_full;

/// Bytes that are taken from the network at once.
const READ_BYTES: usize = 8 * 1024;
/// How long a client may take to hear that it is refused, and to hang up.
const FAREWELL_PATIENCE: Duration = Duration::from_secs(2);

/// A connection whose requests are looked at before they are passed on.
pub(crate) struct Screen {
    stream: TcpStream,
    app: Arc<App>,
    /// What has come and was not passed on.
    bytes: BytesMut,
    /// Whether there is something in it that has not been looked at.
    is_news: bool,
    state: ScreenState,
    /// Told when no more will be passed on.
    refused: Option<oneshot::Sender<()>>,
}

enum ScreenState {
    /// A head is next.
    Head,
    /// So many bytes are next that may pass.
    Passing(u64),
    /// Whatever comes may pass, for it is no further request.
    Open,
    /// Nothing may pass any more. What is still to be answered, and for how long, once it is its turn.
    Refused { answer: Bytes, patience: Option<Pin<Box<Sleep>>> },
}

impl Screen {
    /// In front of this connection. `refused` is told when there is a request that does not pass: then the HTTP connection
    /// is to be ended in an orderly way, and the refusal goes out as the last answer.
    pub(super) fn new(stream: TcpStream, app: Arc<App>, refused: oneshot::Sender<()>) -> Self {
        Self { stream, app, bytes: BytesMut::new(), is_news: false, state: ScreenState::Head, refused: Some(refused) }
    }

    /// The connection itself, and what has come and was not passed on.
    pub(crate) fn into_parts(self) -> (TcpStream, BytesMut) {
        (self.stream, self.bytes)
    }

    /// Looks at the head that is next, once there is something new of it.
    fn judge(&mut self) {
        if !mem::take(&mut self.is_news) {
            return;
        }
        match head::read(&self.bytes) {
            Ok(None) => {}
            Ok(Some(head)) => {
                let is_last = head::is_last(&head.request.method, &head.request.headers);
                self.state = match head.body {
                    Body::Bytes(body) if !is_last => ScreenState::Passing(body.saturating_add(head.bytes as u64)),
                    Body::Bytes(_) | Body::Chunks => ScreenState::Open,
                };
            }
            Err(unreadable) => {
                tracing::debug!(?unreadable, "refused a request");
                self.bytes.clear();
                self.state = ScreenState::Refused { answer: answer(unreadable, &self.app), patience: None };
                if let Some(refused) = self.refused.take() {
                    let _ = refused.send(());
                }
            }
        }
    }

    /// Passes on what may pass. Whether there was any.
    fn pass(&mut self, taker: &mut ReadBuf<'_>) -> bool {
        let free = match &self.state {
            ScreenState::Passing(bytes) => usize::try_from(*bytes).unwrap_or(usize::MAX),
            ScreenState::Open => usize::MAX,
            ScreenState::Head | ScreenState::Refused { .. } => 0,
        };
        let length = free.min(self.bytes.len()).min(taker.remaining());
        taker.put_slice(&self.bytes[..length]);
        self.bytes.advance(length);
        if self.bytes.is_empty() {
            // A connection that waits for its next request holds no memory for it.
            self.bytes = BytesMut::new();
        }
        if let ScreenState::Passing(bytes) = &mut self.state {
            *bytes -= length as u64;
            if *bytes == 0 {
                self.is_news = !self.bytes.is_empty();
                self.state = ScreenState::Head;
            }
        }
        length > 0
    }

    /// Takes what has come. Nothing comes any more if it is nothing.
    fn poll_take(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut space = [MaybeUninit::uninit(); READ_BYTES];
        let mut space = ReadBuf::uninit(&mut space);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut space))?;
        let taken = space.filled();
        // A head that grows by less than a line need not be looked at again.
        self.is_news |=
            self.bytes.is_empty() || taken.contains(&b'\n') || self.bytes.len() + taken.len() >= head::HEAD_BYTES_MAX;
        self.bytes.extend_from_slice(taken);
        let count = taken.len();
        // It may hold a password, and the stack is not wiped by itself.
        space.filled_mut().zeroize();
        Poll::Ready(Ok(count))
    }
}

impl AsyncRead for Screen {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, taker: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            if matches!(self.state, ScreenState::Head) {
                self.judge();
            }
            if self.pass(taker) {
                return Poll::Ready(Ok(()));
            }
            if matches!(self.state, ScreenState::Refused { .. }) {
                // Whoever was told ends the HTTP connection.
                return Poll::Pending;
            }
            if ready!(self.poll_take(cx))? == 0 {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl AsyncWrite for Screen {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    /// What is refused is answered last. Then the rest of what the client sends is read, and dropped, until it has hung up,
    /// too: to close on it would be a reset, which may overtake the answer.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let ScreenState::Refused { answer, patience } = &mut this.state else {
            return Pin::new(&mut this.stream).poll_shutdown(cx);
        };
        if patience.get_or_insert_with(|| Box::pin(sleep(FAREWELL_PATIENCE))).as_mut().poll(cx).is_ready() {
            return Poll::Ready(Ok(()));
        }
        while !answer.is_empty() {
            let written = ready!(Pin::new(&mut this.stream).poll_write(cx, answer))?;
            answer.advance(written);
        }
        ready!(Pin::new(&mut this.stream).poll_shutdown(cx))?;
        while ready!(this.poll_take(cx))? > 0 {
            this.bytes.clear();
        }
        Poll::Ready(Ok(()))
    }
}

/// The refusal of a request, as it travels.
fn answer(unreadable: Unreadable, app: &App) -> Bytes {
    let date = HeaderValue::from_str(&httpdate::fmt_http_date(SystemTime::now()));
    let date = date.into_iter().map(|date| (header::DATE, date));
    in_full(unreadable.problem(), date.collect(), &app.config)
}
