//! The lock: one program on one data folder, found by the others, gone with its process.

use app::lock::{DataLock, LOCK_FILE, LockError, installation, running};
use std::{
    fs,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

/// Answers every connection with this head.
fn server(head: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0_u8; 1024];
            let length = stream.read(&mut request).unwrap();
            assert!(request[..length].starts_with(b"GET /live HTTP/1.1\r\n"));
            stream.write_all(head.as_bytes()).unwrap();
        }
    });
    address
}

#[test]
fn a_folder_has_one_user_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("a/b");
    assert_eq!(running(&data), None);
    let mut lock = DataLock::take(&data).unwrap();
    assert_eq!(fs::metadata(&data).unwrap().permissions().mode() & 0o777, 0o700);
    let address: SocketAddr = "127.0.0.1:7420".parse().unwrap();
    lock.publish(address).unwrap();
    let error = DataLock::take(&data).unwrap_err();
    assert!(
        matches!(&error, LockError::Held { pid: Some(pid), address: Some(at), .. }
            if *pid == std::process::id() && *at == address),
        "{error:?}"
    );
    assert!(error.to_string().contains("http://127.0.0.1:7420"));
    drop(lock);
    drop(DataLock::take(&data).unwrap());
    assert_eq!(running(&data), None);
}

#[test]
fn the_one_that_runs_is_found_only_when_it_answers() {
    let folder = tempfile::tempdir().unwrap();
    let mut lock = DataLock::take(folder.path()).unwrap();
    let good = server("HTTP/1.1 200 OK\r\n\r\n");
    lock.publish(good).unwrap();
    assert_eq!(running(folder.path()), Some(good));
    lock.publish(server("HTTP/1.1 404 Not Found\r\n\r\n")).unwrap();
    assert_eq!(running(folder.path()), None, "something else listens there");
    lock.publish(good).unwrap();
    drop(lock);
    fs::write(folder.path().join(LOCK_FILE), format!(r#"{{"pid":1,"address":"{good}"}}"#)).unwrap();
    assert_eq!(running(folder.path()), None, "what a dead process left says nothing");
}

#[test]
fn one_that_has_just_started_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let mut lock = DataLock::take(folder.path()).unwrap();
    let address = server("HTTP/1.1 200 OK\r\n\r\n");
    let publisher = thread::spawn(move || {
        thread::sleep(Duration::from_millis(200));
        lock.publish(address).unwrap();
        lock
    });
    assert_eq!(running(folder.path()), Some(address));
    drop(publisher.join().unwrap());
}

#[test]
fn an_installation_keeps_its_id() {
    let folder = tempfile::tempdir().unwrap();
    let id = installation(folder.path()).unwrap();
    assert_eq!(installation(folder.path()).unwrap(), id);
    fs::write(folder.path().join("installation.id"), "garbage").unwrap();
    assert!(matches!(installation(folder.path()), Err(LockError::Io { .. })));
    assert!(installation(&folder.path().join("missing")).is_err());
}

#[test]
fn a_killed_process_leaves_no_lock() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "lock::child_that_gets_killed", "--ignored"])
        .env("APP_TEST_CHILD_FOLDER", folder.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let is_held = || matches!(DataLock::take(folder.path()), Err(LockError::Held { .. }));
    // Only look once the child has the lock: a look of ours would take it away from the child.
    wait_for(|| fs::read_to_string(folder.path().join(LOCK_FILE)).is_ok_and(|text| text.contains("pid")));
    assert!(is_held());
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!is_held());
}

fn wait_for(condition: impl Fn() -> bool) {
    for _ in 0..600 {
        if condition() {
            return;
        }
        thread::sleep(Duration::from_millis(50));
    }
    panic!("it did not come to pass in 30 s");
}

/// Not a test of its own: the process that [`a_killed_process_leaves_no_lock`] kills.
#[test]
#[ignore = "started by another test, which kills it"]
#[expect(clippy::disallowed_methods, reason = "the parent tells it where the folder is")]
fn child_that_gets_killed() {
    let Ok(folder) = std::env::var("APP_TEST_CHILD_FOLDER") else { return };
    let _lock = DataLock::take(Path::new(&folder)).unwrap();
    thread::sleep(Duration::from_secs(60));
}
