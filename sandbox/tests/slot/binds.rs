//! Host directories and files at places of their own.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::programs::{config, spec, stdout};
use sandbox::{Bind, End, SandboxError, Slot, SlotConfig};

fn config_with(home: &Path, binds: &[(&str, &str)]) -> SlotConfig {
    let bind = |(source, target): &(&str, &str)| Bind {
        source: home.join(source),
        target: target.into(),
    };
    SlotConfig {
        binds: binds.iter().map(bind).collect(),
        bind_roots: vec![home.to_owned()],
        ..config()
    }
}

#[test]
fn a_bind_is_seen_and_cannot_be_changed() {
    let home = tempfile::tempdir().unwrap();
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::create_dir(home.path().join("data")).unwrap();
    fs::write(home.path().join("data/list"), "in it\n").unwrap();
    fs::set_permissions(home.path().join("data"), fs::Permissions::from_mode(0o777)).unwrap();
    fs::write(home.path().join("one"), "alone\n").unwrap();
    fs::set_permissions(home.path().join("one"), fs::Permissions::from_mode(0o666)).unwrap();
    let config = config_with(home.path(), &[("data", "/opt/deep/data"), ("one", "/one")]);
    let mut slot = Slot::start(&config).unwrap();
    let script = "cat /opt/deep/data/list /one; touch /opt/deep/data/new /opt/deep/new || true; echo x >/one";
    let outcome = slot.run(&spec(["/bin/sh", "-c", script])).unwrap();
    assert_eq!(stdout(&outcome), "in it\nalone\n");
    assert_ne!(outcome.end, End::Exited(0));
    let said = String::from_utf8_lossy(&outcome.stderr.bytes).into_owned();
    assert_eq!(said.matches("Read-only file system").count(), 3, "{said}");
    assert_eq!(fs::read_to_string(home.path().join("one")).unwrap(), "alone\n");
}

#[test]
fn a_bind_that_cannot_be_shown_is_refused_as_such() {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("data")).unwrap();
    let nobody = fs::Permissions::from_mode(0o000);
    fs::set_permissions(home.path().join("data"), nobody).unwrap();
    let closed = home.path().join("data").join("in");
    // The second is refused by the driver as an ordinary user, and by the init as root, whose rights it does not have.
    for source in ["missing".as_ref(), closed.as_path()] {
        if source == closed && is_root(home.path()) {
            let open = fs::Permissions::from_mode(0o700);
            fs::set_permissions(home.path().join("data"), open).unwrap();
            fs::create_dir(&closed).unwrap();
        }
        let config = config_with(home.path(), &[(source.to_str().unwrap(), "/data")]);
        let error = Slot::start(&config).unwrap_err();
        assert!(
            matches!(&error, SandboxError::Invalid { field: "binds", .. }),
            "{error}"
        );
    }
}

/// Whether this is root, who may look into what is closed to everybody.
fn is_root(home: &Path) -> bool {
    fs::read_dir(home.join("data")).is_ok()
}
