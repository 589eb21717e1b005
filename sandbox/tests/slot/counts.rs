//! What an outcome counts besides the limits.

use sandbox::{Backend, End, Slot, SlotConfig};
use std::time::Duration;

use crate::programs::{config, python, slow, spec};

const USER: &str = "for _ in range(2_000_000): pass";

/// Far more of the kernel's time than an interpreter takes to start, however slow the machine is.
fn system() -> String {
    let span = slow(Duration::from_millis(300)).as_secs_f64();
    format!(
        "import os, time\nd = os.open('/dev/zero', os.O_RDONLY)\nb = bytearray(1 << 24)\n\
         while time.process_time() < {span}: os.readv(d, [b])"
    )
}

#[test]
fn cpu_time_of_programs_and_kernel_is_told_apart() {
    for backend in [None, Some(Backend::None)] {
        let mut slot = Slot::start(&SlotConfig { backend, ..config() }).unwrap();
        for (code, is_system) in [(USER, false), (&*system(), true)] {
            let outcome = slot.run(&python(code)).unwrap();
            assert_eq!(outcome.end, End::Exited(0), "{outcome:?}");
            assert_eq!(outcome.cpu_user() + outcome.cpu_system, outcome.cpu);
            assert!(outcome.cpu >= Duration::from_millis(20), "{outcome:?}");
            let mostly = outcome.cpu_system > outcome.cpu_user();
            assert_eq!(mostly, is_system, "{code}: {outcome:?}");
        }
    }
}

#[test]
fn tasks_and_bytes_of_output_are_counted() {
    let mut slot = Slot::start(&config()).unwrap();
    let rows = [
        ("exec true", 1),
        ("/bin/true; /bin/true; exec true", 3),
        ("(/bin/true; exec true) & wait", 3),
    ];
    for (script, tasks) in rows {
        let outcome = slot.run(&spec(["/bin/sh", "-c", script])).unwrap();
        assert_eq!(outcome.end, End::Exited(0), "{outcome:?}");
        assert_eq!(outcome.tasks, Some(tasks), "{script}");
    }
    let threads = "import threading\nfor _ in range(5):\n  t = threading.Thread(target=len, args=('',)); t.start(); t.join()";
    assert_eq!(slot.run(&python(threads)).unwrap().tasks, Some(6));
    let mut loud = spec(["/bin/sh", "-c", "printf 12345; printf 123 >&2"]);
    loud.limits.stderr = 1;
    let outcome = slot.run(&loud).unwrap();
    assert_eq!((outcome.written(), outcome.stderr.bytes.len()), (8, 1));
}
