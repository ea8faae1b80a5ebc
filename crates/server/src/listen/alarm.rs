//! A timer for what nearly always comes in time: a connection has one alarm, which is set anew only when it has
//! gone off too early. Setting one for every request and taking it back costs more than reading the request's head.

use hyper::rt::{Sleep, Timer};
use parking_lot::Mutex;
use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

/// The timer of one connection.
#[derive(Debug, Default)]
pub(super) struct Alarm(Shared);

type Shared = Arc<Mutex<Option<Pin<Box<tokio::time::Sleep>>>>>;

/// One wait, by the connection's alarm.
struct Wait {
    alarm: Shared,
    deadline: tokio::time::Instant,
}

impl Timer for Alarm {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        self.sleep_until(self.now() + duration)
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(Wait { alarm: Arc::clone(&self.0), deadline: deadline.into() })
    }

    fn now(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }
}

impl Future for Wait {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut alarm = self.alarm.lock();
        let alarm = alarm.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(self.deadline)));
        if self.deadline < alarm.deadline() {
            alarm.as_mut().reset(self.deadline);
        }
        ready!(alarm.as_mut().poll(cx));
        if self.deadline <= tokio::time::Instant::now() {
            return Poll::Ready(());
        }
        // It was set for a wait that is over.
        alarm.as_mut().reset(self.deadline);
        alarm.as_mut().poll(cx)
    }
}

impl Sleep for Wait {}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_wait_ends_at_its_own_time_whatever_was_waited_for_before() {
        let (short, long) = (Duration::from_millis(10), Duration::from_millis(60));
        let alarm = Alarm::default();
        assert!(futures::poll!(alarm.sleep(short)).is_pending(), "sets the alarm");
        let begun = Instant::now();
        alarm.sleep(long).await;
        assert!(begun.elapsed() >= long, "later than the alarm was set for");
        assert!(futures::poll!(alarm.sleep(Duration::from_secs(3_600))).is_pending());
        // Were it an hour, the test would not end.
        alarm.sleep(short).await;
    }
}
