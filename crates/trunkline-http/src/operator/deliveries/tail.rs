//! `…/deliveries/tail`: server-sent events, one per delivery as it happens.
//!
//! The stream holds no record back and waits for no reader: what a slow one misses is counted and said in a `lagged` event.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream::{self, Stream};
use tokio_util::sync::CancellationToken;
use trunkline_services::Services;
use trunkline_services::webhooks::{RecordTail, Tailed};
use trunkline_wire::operator::deliveries::{KEEP_ALIVE, Lagged, TailDeliveries};

use super::{app, convert, refused};
use crate::extract::Params;
use crate::operator::Answer;
use crate::operator::caller::Admin;

/// What a stream holds between two events.
type Following = (RecordTail, CancellationToken);

pub(super) async fn tail(
    State(services): State<Arc<Services>>,
    Extension(shutdown): Extension<CancellationToken>,
    Admin(admin): Admin,
    params: Params,
) -> Answer {
    let app = app(&params, &admin)?;
    let tail = services.webhooks.follow(&admin, app).await.map_err(|error| refused(error, &admin, app))?;
    Ok(answer(stream::unfold((tail, shutdown), next)))
}

fn answer(events: impl Stream<Item = Result<Event, Infallible>> + Send + 'static) -> Response {
    Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response()
}

/// The next event; the stream ends with the app's delivery and with the server.
async fn next((mut tail, shutdown): Following) -> Option<(Result<Event, Infallible>, Following)> {
    let tailed = shutdown.run_until_cancelled(tail.next()).await.flatten()?;
    let event = event(&tailed).unwrap_or_else(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "a delivery record cannot be printed");
        Event::default().comment("a delivery that cannot be printed")
    });
    Some((Ok(event), (tail, shutdown)))
}

fn event(tailed: &Tailed) -> serde_json::Result<Event> {
    Ok(match tailed {
        Tailed::Record(record) => {
            let data = serde_json::to_string(&convert::record(record))?;
            Event::default().event(TailDeliveries::DELIVERY).id(record.id.to_string()).data(data)
        }
        Tailed::Missed(missed) => {
            let data = serde_json::to_string(&Lagged { missed: *missed })?;
            Event::default().event(TailDeliveries::LAGGED).data(data)
        }
    })
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_quiet_stream_sends_comments() {
        let mut body = answer(stream::pending()).into_body();
        let begin = Instant::now();
        for comment in 1..=3 {
            let frame = body.frame().await.unwrap().unwrap().into_data().unwrap();
            assert_eq!(frame, ":\n\n");
            assert_eq!(begin.elapsed(), KEEP_ALIVE * comment);
        }
    }
}
