//! Tells cargo that the language files are part of the crate: they are embedded at compile time, new ones, too.

fn main() {
    println!("cargo:rerun-if-changed=languages");
}
