//! A timer for what nearly always comes in time: a connection has one alarm, which is set anew only when it has gone off
//! too early. Setting one for every request and taking it back takes the lock of the runtime's timers twice.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};
use tokio::time::{Instant, Sleep, sleep_until};

/// The timer of one connection.
#[derive(Debug, Default)]
pub(super) struct Alarm(Option<Pin<Box<Sleep>>>);

impl Alarm {
    /// Ready once it is that late.
    pub(super) fn poll(&mut self, deadline: Instant, context: &mut Context<'_>) -> Poll<()> {
        let sleep = self.0.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if deadline < sleep.deadline() {
            sleep.as_mut().reset(deadline);
        }
        ready!(sleep.as_mut().poll(context));
        if deadline <= Instant::now() {
            return Poll::Ready(());
        }
        // It was set for a request that is over.
        sleep.as_mut().reset(deadline);
        sleep.as_mut().poll(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{future::poll_fn, time::Duration};

    #[tokio::test]
    async fn every_wait_ends_at_its_own_time_whatever_was_waited_for_before() {
        let begun = Instant::now();
        let at = |millis| begun + Duration::from_millis(millis);
        let mut alarm = Alarm::default();
        let first = poll_fn(|context| Poll::Ready(alarm.poll(at(10), context))).await;
        assert!(first.is_pending(), "sets the alarm");
        poll_fn(|context| alarm.poll(at(60), context)).await;
        assert!(begun.elapsed() >= Duration::from_millis(60), "later than the alarm was set for");
        let late = poll_fn(|context| Poll::Ready(alarm.poll(at(3_600_000), context))).await;
        assert!(late.is_pending());
        // Were it an hour, the test would not end.
        poll_fn(|context| alarm.poll(at(80), context)).await;
    }
}
