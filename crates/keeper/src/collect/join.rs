//! Several questions at once.

use std::{
    future::{poll_fn, Future},
    pin::Pin,
    task::Poll,
};

/// Requests under way at a time: enough to hide the way to a server, few enough not to be taken for an attack.
pub(super) const AT_ONCE: usize = 8;

/// Runs all, at most so many at a time; what they give, in their order.
pub(super) async fn join_all<F: Future>(futures: Vec<F>, at_once: usize) -> Vec<F::Output> {
    let mut waiting = futures.into_iter().enumerate();
    let mut running: Vec<(usize, Pin<Box<F>>)> = Vec::new();
    let mut done: Vec<Option<F::Output>> = Vec::new();
    poll_fn(|context| loop {
        while running.len() < at_once {
            let Some((place, future)) = waiting.next() else {
                break;
            };
            done.push(None);
            running.push((place, Box::pin(future)));
        }
        if running.is_empty() {
            return Poll::Ready(());
        }
        let before = running.len();
        running.retain_mut(|(place, future)| match future.as_mut().poll(context) {
            Poll::Pending => true,
            Poll::Ready(output) => {
                done[*place] = Some(output);
                false
            }
        });
        // Room became free: what takes it must be polled once, too.
        if running.len() == before {
            return Poll::Pending;
        }
    })
    .await;
    done.into_iter().flatten().collect()
}
