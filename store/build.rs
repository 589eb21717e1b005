//! Tells cargo that the migrations are part of the crate: they are embedded at compile time.

fn main() {
    println!("cargo:rerun-if-changed=../migrations");
}
