//! An alarm that is precise to some ten microseconds. The runtime's own timers count whole
//! milliseconds, which would be most of a fast server's latency.

use std::io;
use std::time::Duration;

#[cfg(target_os = "linux")]
pub(super) use linux::Alarm;

#[cfg(not(target_os = "linux"))]
pub(super) use elsewhere::Alarm;

#[cfg(target_os = "linux")]
mod linux {
    use std::future::poll_fn;
    use std::pin::Pin;

    use rustix::time::{
        Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
        timerfd_settime,
    };
    use tokio::io::{AsyncRead as _, ReadBuf};
    use tokio::net::unix::pipe::Receiver;

    use super::{Duration, io};

    /// A timer of the kernel's (timerfd(2)). It is waited for and read like a pipe that has eight
    /// bytes each time it rings, so the runtime's pipe does for it.
    pub(in crate::bench) struct Alarm(Receiver);

    impl Alarm {
        pub(in crate::bench) fn new() -> io::Result<Self> {
            let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
            let timer = timerfd_create(TimerfdClockId::Monotonic, flags)?;
            Ok(Self(Receiver::from_owned_fd_unchecked(timer)?))
        }

        /// Waits this long.
        pub(in crate::bench) async fn after(&mut self, wait: Duration) -> io::Result<()> {
            if wait.is_zero() {
                return Ok(()); // for the kernel, zero switches the timer off
            }
            let zero = Timespec { tv_sec: 0, tv_nsec: 0 };
            let value = Timespec {
                tv_sec: i64::try_from(wait.as_secs()).unwrap_or(i64::MAX),
                tv_nsec: wait.subsec_nanos().into(),
            };
            let once = Itimerspec { it_interval: zero, it_value: value };
            timerfd_settime(&self.0, TimerfdTimerFlags::empty(), &once)?;
            // There is room for more than comes: what fills it less tells the runtime that nothing
            // is left, which saves asking again.
            let mut rings = [0; 16];
            let ring = poll_fn(|context| {
                Pin::new(&mut self.0).poll_read(context, &mut ReadBuf::new(&mut rings))
            });
            ring.await
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod elsewhere {
    use super::{Duration, io};

    /// The runtime's timer, for want of a better one.
    pub(in crate::bench) struct Alarm;

    impl Alarm {
        pub(in crate::bench) fn new() -> io::Result<Self> {
            Ok(Self)
        }

        pub(in crate::bench) async fn after(&mut self, wait: Duration) -> io::Result<()> {
            tokio::time::sleep(wait).await;
            Ok(())
        }
    }
}
