//! Bodies that tell who waits for whom while they pass.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http_body::{Body, Frame, SizeHint};

use super::places::Peer;

/// A request's body: until all of it is there, the server waits for the peer.
#[derive(Debug)]
pub(super) struct Arriving<B> {
    body: B,
    peer: Arc<Peer>,
}

/// A response's body: while there is nothing more to send yet, the peer waits for the server.
#[derive(Debug)]
pub(super) struct Leaving<B> {
    body: B,
    peer: Arc<Peer>,
}

impl<B: Body> Arriving<B> {
    /// Once the head is there.
    pub(super) fn new(body: B, peer: Arc<Peer>) -> Self {
        if body.is_end_stream() {
            peer.served();
        } else {
            peer.awaited();
        }
        Self { body, peer }
    }
}

impl<B> Leaving<B> {
    /// Once there is an answer.
    pub(super) fn new(body: B, peer: Arc<Peer>) -> Self {
        peer.awaited();
        Self { body, peer }
    }
}

impl<B: Body + Unpin> Body for Arriving<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if matches!(polled, Poll::Ready(None)) || self.body.is_end_stream() {
            self.peer.served();
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<B: Body + Unpin> Body for Leaving<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        match polled {
            Poll::Pending => self.peer.served(),
            Poll::Ready(_) => self.peer.awaited(),
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
