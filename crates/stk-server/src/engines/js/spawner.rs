//! Starts and buries isolate processes, on a thread that lives as long as the Server.
//!
//! The kernel kills an isolate when the thread that started it ends, so that none outlives the Server, whatever ends
//! that. Threads of the async runtime come and go; this one does not.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc;

use stk_isolate::status::StatusPage;
use tokio::sync::oneshot;

use super::IsolateCommand;

/// A process as it was started.
pub(super) struct Started {
    pub(super) child: Child,
    /// Does not block.
    pub(super) socket: UnixStream,
    pub(super) status: StatusPage,
}

enum Order {
    Start { command: IsolateCommand, address_space: u64, answer: oneshot::Sender<io::Result<Started>> },
    Bury(Child),
}

static SPAWNER: OnceLock<Result<mpsc::Sender<Order>, io::ErrorKind>> = OnceLock::new();

fn spawner() -> io::Result<&'static mpsc::Sender<Order>> {
    let spawner = SPAWNER.get_or_init(|| {
        let (orders, received) = mpsc::channel();
        let thread = std::thread::Builder::new().name("isolates".to_owned());
        thread.spawn(move || received.iter().for_each(obey)).map_err(|error| error.kind())?;
        Ok(orders)
    });
    spawner.as_ref().map_err(|kind| io::Error::from(*kind))
}

/// Starts a process that may map `address_space` bytes.
pub(super) async fn start(command: &IsolateCommand, address_space: u64) -> io::Result<Started> {
    let (answer, answered) = oneshot::channel();
    let order = Order::Start { command: command.clone(), address_space, answer };
    spawner()?.send(order).map_err(|_| io::ErrorKind::BrokenPipe)?;
    answered.await.map_err(|_| io::ErrorKind::BrokenPipe)?
}

/// Kills a process, if it still lives, and waits for its end.
pub(super) fn bury(child: Child) {
    if let Ok(spawner) = spawner() {
        // Without the thread the kernel has killed the process already.
        let _ = spawner.send(Order::Bury(child));
    }
}

fn obey(order: Order) {
    match order {
        Order::Start { command, address_space, answer } => {
            if let Err(Ok(started)) = answer.send(spawn(&command, address_space)) {
                obey(Order::Bury(started.child));
            }
        }
        Order::Bury(mut child) => {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn spawn(command: &IsolateCommand, address_space: u64) -> io::Result<Started> {
    let (socket, theirs) = UnixStream::pair()?;
    socket.set_nonblocking(true)?;
    let status = StatusPage::new()?;
    let child = Command::new(&command.program)
        .args(&command.arguments)
        .arg(address_space.to_string())
        .env_clear()
        .stdin(Stdio::from(OwnedFd::from(theirs)))
        .stdout(status.file()?)
        .spawn()?;
    Ok(Started { child, socket, status })
}
