//! Taking turns: waits in line behind the `exec`s that came before.

use std::time::{Duration, Instant};

use crate::commands::context::Context;
use crate::config;
use crate::error::{BusyRemedy, Error, Result, span};
use crate::interrupt::Signals;
use crate::session::{Exec, Line, Named, Place};

/// Who joins the line.
pub(super) struct Request {
    pub(super) wanted: Named,
    /// How long to wait; `None` is as long as it takes.
    pub(super) patience: Option<Duration>,
}

/// Joins the line and waits until everybody before has ended.
///
/// # Errors
/// [`Error::NestedExec`], [`Error::Busy`] once the patience is over, [`Error::Stopped`].
pub(super) async fn take(
    context: &Context,
    line: Line,
    request: Request,
    events: &mut Signals,
) -> Result<Place> {
    let enclosing = config::enclosing_execs();
    if let Some(outer) = line
        .standing()?
        .into_iter()
        .find(|exec| enclosing.contains(&exec.id))
    {
        return Err(Error::NestedExec {
            pid: outer.pid,
            label: outer.profile.label,
        });
    }
    let place = line.join(request.wanted)?;
    let wait = Wait {
        context,
        place: &place,
        patience: request.patience,
        start: Instant::now(),
    };
    match wait.until_first(events).await {
        Ok(()) => Ok(place),
        Err(error) => {
            place.leave()?;
            Err(error)
        }
    }
}

struct Wait<'a> {
    context: &'a Context,
    place: &'a Place,
    patience: Option<Duration>,
    start: Instant,
}

impl Wait<'_> {
    async fn until_first(&self, events: &mut Signals) -> Result<()> {
        let mut told = None;
        loop {
            let ahead = self.place.ahead()?;
            let (Some(holder), Some(next)) = (ahead.first(), ahead.last()) else {
                return Ok(());
            };
            let left = self
                .patience
                .map(|patience| patience.saturating_sub(self.start.elapsed()));
            if left.is_some_and(|left| left.is_zero()) {
                return Err(busy(holder));
            }
            if told.as_ref() != Some(&holder.id) {
                self.tell(holder, ahead.len());
                told = Some(holder.id.clone());
            }
            let (sender, over) = tokio::sync::oneshot::channel();
            let wait = self.place.until_end_of(next);
            std::thread::spawn(move || {
                wait();
                // Nothing listens any more where the wait was given up.
                let _ = sender.send(());
            });
            let left = left.unwrap_or(Duration::MAX);
            if let Ok(waited) = tokio::time::timeout(left, events.unless_stopped(over)).await {
                // The sender is never dropped before it has sent.
                let _ = waited?;
            }
        }
    }

    fn tell(&self, holder: &Exec, ahead: usize) {
        let others = match ahead {
            0 | 1 => String::new(),
            2 => "; 1 more is waiting before this one".to_owned(),
            count => format!("; {} more are waiting before this one", count - 1),
        };
        self.context.console.note(&format!(
            "Waiting for the exec on {} (pid {}, for {} now){others}.",
            holder.profile.label,
            holder.pid,
            span(holder.age())
        ));
    }
}

fn busy(holder: &Exec) -> Error {
    Error::Busy {
        pid: holder.pid,
        label: holder.profile.label.clone(),
        age: holder.age(),
        remedy: BusyRemedy::Wait,
    }
}
