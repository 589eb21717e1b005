//! What every protocol over a WebSocket has in common: greet, then listen to both sides until one ends it.

use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::feed::{Feed, Stir, Told, sleep};
use crate::socket::{End, Socket};

/// A protocol: what is said to a client, and what is made of what it says.
pub(crate) trait Protocol: Send {
    /// Says what is said first.
    fn greet(&mut self, socket: &mut Socket) -> impl Future<Output = Result<(), End>> + Send;

    /// Does what a message asks, and answers.
    fn answer(&mut self, socket: &mut Socket, text: &str) -> impl Future<Output = Result<(), End>> + Send;

    /// Tells what is new.
    fn tell(&mut self, socket: &mut Socket, news: Vec<Told>) -> impl Future<Output = Result<(), End>> + Send;

    /// Where what is new comes from.
    fn feed(&mut self) -> &mut Feed;

    /// Until when it has to be clear who is there; no more where it is.
    fn patience(&self) -> Option<Instant>;

    /// What a socket is told whose patience is over.
    fn out_of_patience(&self) -> End;
}

enum Happening {
    Said(Utf8Bytes),
    Stirred(Stir),
}

/// Speaks a protocol to the end.
pub(crate) async fn converse<P: Protocol>(mut socket: Socket, mut protocol: P) {
    // What happens once or seldom is in a box, so that a socket that only waits does not hold the memory for it.
    let end = match Box::pin(protocol.greet(&mut socket)).await {
        Ok(()) => serve(&mut socket, &mut protocol).await,
        Err(end) => end,
    };
    drop(protocol);
    Box::pin(socket.finish(end)).await;
}

async fn serve<P: Protocol>(socket: &mut Socket, protocol: &mut P) -> End {
    loop {
        let patience = protocol.patience();
        let happening = tokio::select! {
            said = socket.receive() => match said {
                Ok(text) => Happening::Said(text),
                Err(end) => return end,
            },
            stir = protocol.feed().wait() => Happening::Stirred(stir),
            () = sleep(patience) => return protocol.out_of_patience(),
        };
        if let Err(end) = Box::pin(react(socket, protocol, happening)).await {
            return end;
        }
    }
}

async fn react<P: Protocol>(socket: &mut Socket, protocol: &mut P, happening: Happening) -> Result<(), End> {
    match happening {
        Happening::Said(text) => protocol.answer(socket, &text).await,
        Happening::Stirred(stir) => {
            let news = protocol.feed().take(stir).await;
            if news.is_empty() {
                return Ok(());
            }
            protocol.tell(socket, news).await
        }
    }
}
