//! The system calls of a payload.
pub(crate) fn program() -> Vec<crate::sys::Instruction> {
    Vec::new()
}
